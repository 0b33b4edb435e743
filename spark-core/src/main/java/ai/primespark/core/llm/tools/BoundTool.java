package ai.primespark.core.llm.tools;

import ai.primespark.core.llm.schema.Arguments;
import ai.primespark.core.llm.schema.Shape;
import ai.primespark.core.llm.schema.ShapeJson;
import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolFunction;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A tool with its schema. Immutable; as thread-safe as the application's code. */
final class BoundTool {

    /** What is told of a tool that gives nothing back: models take an empty result for a failure. */
    private static final String NOTHING = "done";

    private final Tool declaration;
    private final Arguments arguments;
    private final Work work;
    private final @Nullable Duration timeLimit;

    @FunctionalInterface
    private interface Work {
        @Nullable
        Object run(Object arguments) throws Exception;
    }

    private BoundTool(ToolFunction function, Arguments arguments, Work work) {
        this(new Tool(function.name(), function.description(), arguments.schema()), arguments, work, null);
    }

    private BoundTool(Tool declaration, Arguments arguments, Work work, @Nullable Duration timeLimit) {
        this.declaration = declaration;
        this.arguments = arguments;
        this.work = work;
        this.timeLimit = timeLimit;
    }

    /** Refuses what cannot be called or described, with the tool's name. */
    static BoundTool of(ToolFunction function) {
        if (function instanceof ToolFunction.Limited limited) {
            BoundTool tool = of(limited.tool());
            return new BoundTool(tool.declaration, tool.arguments, tool.work, limited.limit());
        }
        try {
            if (function instanceof ToolFunction.OfSchema raw) {
                return new BoundTool(
                        raw,
                        Arguments.of(raw.declaration().parametersSchema()),
                        json -> raw.body().run((String) json));
            } else if (function instanceof ToolFunction.OfMethod called) {
                Method method = called.method();
                requireAccess(method);
                Object target = Modifier.isStatic(method.getModifiers()) ? null : called.target();
                return new BoundTool(called, Arguments.of(method), values -> call(method, target, (Object[]) values));
            } else if (function instanceof ToolFunction.OfRecord<?> typed) {
                return ofRecord(typed);
            }
            throw new IllegalStateException("no other kind of tool is permitted");
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("tool '" + function.name() + "' cannot be used: " + e.getMessage(), e);
        }
    }

    private static <A> BoundTool ofRecord(ToolFunction.OfRecord<A> typed) {
        return new BoundTool(
                typed,
                Arguments.of(typed.arguments()),
                value -> typed.body().run(typed.arguments().cast(value)));
    }

    private static void requireAccess(Method method) {
        if (!method.trySetAccessible()) {
            throw new IllegalArgumentException(
                    "its method " + method.getDeclaringClass().getName() + "."
                            + method.getName() + " cannot be called; open the package "
                            + method.getDeclaringClass().getPackageName() + " to ai.primespark.core");
        }
    }

    private static @Nullable Object call(Method method, @Nullable Object target, Object[] values) throws Exception {
        try {
            return method.invoke(target, values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof Exception thrown ? thrown : e;
        }
    }

    Tool declaration() {
        return declaration;
    }

    /** The tool's own; empty when it has none. */
    Optional<Duration> timeLimit() {
        return Optional.ofNullable(timeLimit);
    }

    Shape.Reading read(String json) {
        return arguments.read(json);
    }

    /** Does the work, and gives what the model is told. */
    String run(Object read) throws Exception {
        Object result = work.run(Objects.requireNonNull(read));
        if (result == null) {
            return NOTHING;
        }
        if (result instanceof CharSequence text) {
            return text.toString();
        }
        try {
            return ShapeJson.mapper().writeValueAsString(result);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(
                    "the result of tool '" + declaration.name() + "', a "
                            + result.getClass().getName() + ", cannot be written as JSON",
                    e);
        }
    }
}

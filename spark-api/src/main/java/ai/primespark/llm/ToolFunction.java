package ai.primespark.llm;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A tool together with the code that does its work. Immutable; as thread-safe as that code, which several threads may run at
 * the same time.
 *
 * <p>What the code gives back is told to the model: a text as it is, everything else as JSON, nothing as {@code done}. It is
 * interrupted when its time is over or the run is closed.
 */
public sealed interface ToolFunction {

    /**
     * The tool's name.
     *
     * @return {@code [a-zA-Z0-9_-]{1,64}}
     */
    String name();

    /**
     * What the model is told about it.
     *
     * @return when and how to use it
     */
    String description();

    /**
     * How long the tool may run.
     *
     * @return empty when the toolbox decides
     */
    default Optional<Duration> timeLimit() {
        return Optional.empty();
    }

    /**
     * The same tool with a time limit of its own. When its time is over it is interrupted, the model is told so, and the run
     * goes on.
     *
     * @param limit positive; goes before the toolbox's, whether it is longer or shorter
     * @return the tool
     */
    default ToolFunction within(Duration limit) {
        return new Limited(this instanceof Limited before ? before.tool() : this, limit);
    }

    /**
     * The work of a tool.
     *
     * @param <A> its arguments
     */
    @FunctionalInterface
    interface Body<A> {

        /**
         * Does the work.
         *
         * @param arguments what the model gave, checked against the schema
         * @return what the model is told; null when there is nothing to tell
         * @throws ToolException to tell the model why it could not be done
         * @throws Exception when it could not be done; see {@link Toolbox.Builder#errorText}
         */
        @Nullable
        Object run(A arguments) throws Exception;
    }

    /**
     * A tool whose arguments are the components of a record.
     *
     * @param <A> the record
     * @param name {@code [a-zA-Z0-9_-]{1,64}}
     * @param description when and how to use it
     * @param arguments a record; the tool's schema is made from it
     * @param body what it does
     * @return the tool
     */
    static <A> ToolFunction of(String name, String description, Class<A> arguments, Body<A> body) {
        return new OfRecord<>(name, description, arguments, body);
    }

    /**
     * A tool with a schema written by hand.
     *
     * @param declaration its name, description and schema
     * @param body what it does; it gets the arguments as JSON
     * @return the tool
     */
    static ToolFunction of(Tool declaration, Body<String> body) {
        return new OfSchema(declaration, body);
    }

    /**
     * The tools of an object: its methods that are marked with {@link ToolMethod}, inherited ones included.
     *
     * @param target the object
     * @return its tools, by name
     * @throws IllegalArgumentException when it has none
     */
    static List<ToolFunction> methodsOf(Object target) {
        List<ToolFunction> found = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Class<?> type = target.getClass(); type != null; type = type.getSuperclass()) {
            collect(target, type, seen, found);
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    "no method of " + target.getClass().getName() + " is marked with @ToolMethod");
        }
        found.sort(Comparator.comparing(ToolFunction::name)); // reflection gives no order, and a cache needs one
        return List.copyOf(found);
    }

    private static void collect(Object target, Class<?> type, Set<String> seen, List<ToolFunction> found) {
        for (Method method : type.getDeclaredMethods()) {
            ToolMethod mark = method.getAnnotation(ToolMethod.class);
            if (mark != null
                    && !method.isBridge()
                    && seen.add(method.getName() + Arrays.toString(method.getParameterTypes()))) {
                String name = mark.name().isEmpty() ? method.getName() : mark.name();
                ToolFunction tool = new OfMethod(name, mark.value(), target, method);
                found.add(mark.timeLimitMillis() == 0 ? tool : tool.within(Duration.ofMillis(mark.timeLimitMillis())));
            }
        }
        for (Class<?> inherited : type.getInterfaces()) {
            collect(target, inherited, seen, found);
        }
    }

    /**
     * See {@link ToolFunction#of(String, String, Class, Body)}.
     *
     * @param <A> the record
     * @param name the tool's name
     * @param description when and how to use it
     * @param arguments the record's class
     * @param body what it does
     */
    record OfRecord<A>(String name, String description, Class<A> arguments, Body<A> body) implements ToolFunction {

        /** Checks the name. */
        public OfRecord {
            Tool.checkName(name);
            Objects.requireNonNull(description, "description");
            Objects.requireNonNull(body, "body");
            if (!arguments.isRecord()) {
                throw new IllegalArgumentException("the arguments of tool '" + name + "' must be a record, and "
                        + arguments.getName() + " is none");
            }
        }

        @Override
        public String toString() {
            return "ToolFunction[" + name + "]";
        }
    }

    /**
     * See {@link ToolFunction#of(Tool, Body)}.
     *
     * @param declaration the tool's name, description and schema
     * @param body what it does
     */
    record OfSchema(Tool declaration, Body<String> body) implements ToolFunction {

        /** Refuses nulls. */
        public OfSchema {
            Objects.requireNonNull(declaration, "declaration");
            Objects.requireNonNull(body, "body");
        }

        @Override
        public String name() {
            return declaration.name();
        }

        @Override
        public String description() {
            return declaration.description();
        }

        @Override
        public String toString() {
            return "ToolFunction[" + name() + "]";
        }
    }

    /**
     * See {@link ToolFunction#methodsOf}.
     *
     * @param name the tool's name
     * @param description when and how to use it
     * @param target the object
     * @param method its method
     */
    record OfMethod(String name, String description, Object target, Method method) implements ToolFunction {

        /** Checks the name. */
        public OfMethod {
            Tool.checkName(name);
            Objects.requireNonNull(description, "description");
            Objects.requireNonNull(target, "target");
            Objects.requireNonNull(method, "method");
        }

        @Override
        public String toString() {
            return "ToolFunction[" + name + "]";
        }
    }

    /**
     * See {@link ToolFunction#within}.
     *
     * @param tool a tool
     * @param limit how long it may run
     */
    record Limited(ToolFunction tool, Duration limit) implements ToolFunction {

        /** Checks the limit. */
        public Limited {
            Objects.requireNonNull(tool, "tool");
            positive(limit);
        }

        @Override
        public String name() {
            return tool.name();
        }

        @Override
        public String description() {
            return tool.description();
        }

        @Override
        public Optional<Duration> timeLimit() {
            return Optional.of(limit);
        }

        @Override
        public String toString() {
            return tool.toString();
        }

        static Duration positive(Duration limit) {
            if (limit.isZero() || limit.isNegative()) {
                throw new IllegalArgumentException("a time limit must be positive: " + limit);
            }
            return limit;
        }
    }
}

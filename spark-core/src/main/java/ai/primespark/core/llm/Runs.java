package ai.primespark.core.llm;

import ai.primespark.TypeRef;
import ai.primespark.core.llm.schema.Shape;
import ai.primespark.core.llm.tools.ToolHost;
import ai.primespark.core.llm.tools.ToolSet;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Toolbox;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.lang.reflect.Type;
import java.util.Objects;
import java.util.function.Function;

/** Opens runs. Remembers the schemas that were made lately, because making them is reflection. Thread-safe. */
final class Runs {

    private static final int REMEMBERED = 256;

    private final RouterContext context;
    private final int reAsks;
    private final ToolHost host;
    private final Function<LlmRequest, LlmCall> router;
    private final Cache<Type, Shape> shapes =
            Caffeine.newBuilder().maximumSize(REMEMBERED).build();
    private final Cache<Toolbox, ToolSet> toolSets =
            Caffeine.newBuilder().weakKeys().maximumSize(REMEMBERED).build();

    Runs(RouterContext context, int reAsks, ToolHost host, Function<LlmRequest, LlmCall> router) {
        this.context = context;
        this.reAsks = reAsks;
        this.host = host;
        this.router = router;
    }

    <T> RunCall<T> open(LlmRequest request, Toolbox toolbox, TypeRef<T> wanted) {
        Objects.requireNonNull(request, "request");
        Objects.requireNonNull(toolbox, "toolbox");
        Type type = wanted.type();
        boolean anyText = type == String.class;
        if (!request.tools().isEmpty()) {
            throw new IllegalArgumentException(
                    "the request has tools of its own, which nobody would run: put them into the"
                            + " toolbox, as ToolFunction.of(tool, arguments -> …)");
        }
        if (!anyText && !(request.format() instanceof OutputFormat.Plain)) {
            throw new IllegalArgumentException("the request has a format of its own, and the format is made from "
                    + type.getTypeName() + "; leave one of them away");
        }
        ToolSet tools = Objects.requireNonNull(toolSets.get(toolbox, ToolSet::new));
        Shape shape = anyText ? null : Objects.requireNonNull(shapes.get(type, Shape::new));
        StepRequests requests = new StepRequests(request, tools.declarations(), shape);
        return new RunCall<>(context, requests, toolbox, tools, host, shape, reAsks, router);
    }
}

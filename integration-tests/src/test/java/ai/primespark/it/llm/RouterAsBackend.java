package ai.primespark.it.llm;

import ai.primespark.PrimeSpark;
import ai.primespark.Zone;
import ai.primespark.llm.BackendModels;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.ModelInfo;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.TestContext;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * A Prime Spark, seen as one backend. Limits are an instance's and not a call's there, so each set of limits has an instance of
 * its own.
 */
final class RouterAsBackend implements LlmBackend {

    private final TestContext context;
    private final Function<CallLimits, PrimeSpark> maker;
    private final BackendInfo info;
    private final Map<CallLimits, PrimeSpark> instances = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /**
     * Makes it.
     *
     * @param context its id is that of the backend which is to answer
     * @param maker makes an instance with limits
     */
    RouterAsBackend(TestContext context, Function<CallLimits, PrimeSpark> maker) {
        this.context = context;
        this.maker = maker;
        this.info = new BackendInfo(context.id(), "router", Zone.EDGE, "", false);
    }

    @Override
    public BackendInfo info() {
        return info;
    }

    @Override
    public CompletionStage<BackendStatus> status(Deadline deadline) {
        if (closed) {
            return CompletableFuture.failedStage(closed());
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    List<BackendModels> backends =
                            instance(CallLimits.DEFAULT).llm().models();
                    List<ModelInfo> models = backends.stream()
                            .flatMap(backend -> backend.models().stream())
                            .toList();
                    return new BackendStatus("", models);
                },
                context.blocking());
    }

    @Override
    public LlmCall open(LlmRequest request, CallLimits limits) {
        if (closed) { // an application is told by an exception, the user of a backend by a call that fails
            return new FailedCall(limits);
        }
        return instance(limits).llm().open(request);
    }

    private PrimeSpark instance(CallLimits limits) {
        return instances.computeIfAbsent(limits, maker);
    }

    private static LlmException closed() {
        return LlmException.builder(LlmException.Kind.UNREACHABLE, "router", "the router is closed")
                .build();
    }

    @Override
    public void close() {
        closed = true;
        instances.values().forEach(PrimeSpark::close);
    }

    private final class FailedCall extends AbstractLlmCall {

        FailedCall(CallLimits limits) {
            super(info, limits, context.scheduler(), context.blocking());
        }

        @Override
        protected LlmEvent pull() {
            throw closed();
        }

        @Override
        protected void abort() {}
    }
}

package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.llm.BackendModels;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.Settings;
import ai.primespark.testkit.LlmBackendContract;
import ai.primespark.testkit.ScriptedLlmBackend;
import ai.primespark.testkit.TestContext;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A router keeps every rule that a backend must keep, seen from outside. */
class RouterBackendContractTest extends LlmBackendContract {

    @Override
    protected LlmBackend newBackend(TestContext context) {
        return new RouterBackend(context);
    }

    @Override
    protected LlmRequest answerable() {
        return LlmRequest.prompt("hello").build();
    }

    private static final class RouterBackend implements LlmBackend {

        private final BackendInfo info;
        private final ScriptedLlmBackend edge;
        private final ScriptedLlmBackend broken = new ScriptedLlmBackend("broken", Zone.EDGE);
        private final TestContext context;
        private final LlmEngine engine;

        private RouterBackend(TestContext context) {
            this.context = context;
            this.info = new BackendInfo(context.id(), "router", Zone.EDGE, "", false);
            this.edge = new ScriptedLlmBackend(context.id(), Zone.EDGE); // an answer names the backend that gave it
            broken.down(LlmException.Kind.UNREACHABLE);
            this.engine = new LlmEngine(
                    // limits differ between calls here, which they do not in one engine; so nothing is shared
                    Settings.of(LlmSettings.ALL, Map.of("cache.enabled", false)),
                    List.of(broken, edge),
                    LlmEnvironment.builder(context.clock(), context.blocking(), context.scheduler(), "node")
                            .build());
        }

        @Override
        public BackendInfo info() {
            return info;
        }

        @Override
        public CompletionStage<BackendStatus> status(Deadline deadline) {
            try {
                List<BackendModels> models = engine.models();
                return CompletableFuture.completedStage(
                        new BackendStatus("", models.get(1).models()));
            } catch (IllegalStateException e) {
                return CompletableFuture.failedStage(closed());
            }
        }

        @Override
        public LlmCall open(LlmRequest request, CallLimits limits) {
            try {
                return engine.open(request, limits);
            } catch (IllegalStateException e) { // an engine says it by an exception, a backend by a call that fails
                return new FailedCall(info, limits, context);
            }
        }

        private static LlmException closed() {
            return LlmException.builder(LlmException.Kind.UNREACHABLE, "router", "the router is closed")
                    .build();
        }

        @Override
        public void close() {
            engine.close();
            edge.close();
            broken.close();
        }
    }

    private static final class FailedCall extends AbstractLlmCall {

        private FailedCall(BackendInfo info, CallLimits limits, TestContext context) {
            super(info, limits, context.scheduler(), context.blocking());
        }

        @Override
        protected ai.primespark.llm.LlmEvent pull() {
            throw RouterBackend.closed();
        }

        @Override
        protected void abort() {}
    }
}

package ai.primespark.benchmarks;

import ai.primespark.Zone;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** Answers every request with the same two pieces of text, at once: what is left to measure is the way there. */
public final class TwoWordBackend implements LlmBackend {

    private static final ModelInfo MODEL =
            new ModelInfo("small", "", 1_000_000_000, true, 4_096, null, List.of("completion"), false);

    private final BackendInfo info;
    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, work -> {
        Thread thread = new Thread(work, "two-words");
        thread.setDaemon(true);
        return thread;
    });
    private final ExecutorService executor = Executors.newSingleThreadExecutor();

    public TwoWordBackend() {
        this("two-words", Zone.EDGE);
    }

    public TwoWordBackend(String id, Zone zone) {
        this.info = new BackendInfo(id, "two-words", zone, "", false);
        scheduler.setRemoveOnCancelPolicy(true);
    }

    @Override
    public BackendInfo info() {
        return info;
    }

    @Override
    public CompletionStage<BackendStatus> status(Deadline deadline) {
        return CompletableFuture.completedStage(new BackendStatus("", List.of(MODEL)));
    }

    @Override
    public LlmCall open(LlmRequest request, CallLimits limits) {
        return new AbstractLlmCall(info, limits, scheduler, executor) {

            private int pieces;

            @Override
            protected LlmEvent pull() {
                return switch (pieces++) {
                    case 0 -> new LlmEvent.Text("two ");
                    case 1 -> new LlmEvent.Text("words");
                    default -> done(FinishReason.STOP, "", Usage.NONE, Timings.NONE, List.of());
                };
            }

            @Override
            protected void abort() {}
        };
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
        executor.shutdownNow();
    }
}

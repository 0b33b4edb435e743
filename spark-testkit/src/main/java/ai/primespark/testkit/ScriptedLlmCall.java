package ai.primespark.testkit;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.CallLimits;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Plays a {@link LlmScript}. */
final class ScriptedLlmCall extends AbstractLlmCall {

    private final ScriptedLlmBackend backend;
    private final String model;
    private final Iterator<LlmScript.Step> steps;
    private final CompletableFuture<Boolean> aborted = new CompletableFuture<>();
    private volatile boolean over;

    ScriptedLlmCall(
            ScriptedLlmBackend backend,
            LlmRequest request,
            LlmScript script,
            CallLimits limits,
            ScheduledExecutorService scheduler,
            ExecutorService executor) {
        super(backend.info(), limits, scheduler, executor);
        this.backend = backend;
        this.model = request.model().orElse("scripted");
        this.steps = script.steps().iterator();
    }

    @Override
    protected LlmEvent pull() throws InterruptedException {
        while (steps.hasNext()) {
            LlmScript.Step step = steps.next();
            if (step instanceof LlmScript.Step.Pause pause) {
                await(pause.release());
            } else {
                return play(step);
            }
        }
        over = true;
        return done(FinishReason.STOP, model, Usage.NONE, Timings.NONE, List.of());
    }

    private LlmEvent play(LlmScript.Step step) {
        if (step instanceof LlmScript.Step.Text piece) {
            return new LlmEvent.Text(piece.text());
        }
        if (step instanceof LlmScript.Step.Thinking piece) {
            return new LlmEvent.Thinking(piece.text());
        }
        if (step instanceof LlmScript.Step.Tool tool) {
            return new LlmEvent.ToolCall(tool.invocation());
        }
        over = true;
        if (step instanceof LlmScript.Step.Fail fail) {
            throw failure(fail.kind(), "the test lets this call fail with " + fail.kind())
                    .retryAfter(fail.retryAfter())
                    .build();
        }
        if (step instanceof LlmScript.Step.Done end) {
            return done(end.reason(), model, end.usage(), Timings.NONE, List.of());
        }
        return done(FinishReason.STOP, model, Usage.NONE, Timings.NONE, List.of());
    }

    /** Waits for the test or for the end of the call, whichever comes first. */
    private void await(CountDownLatch release) throws InterruptedException {
        while (!release.await(5, TimeUnit.MILLISECONDS)) {
            if (aborted.isDone()) {
                throw failure(LlmException.Kind.CANCELLED, "the call has ended").build();
            }
        }
    }

    @Override
    protected void abort() {
        if (aborted.complete(true)) {
            backend.ended(this, !over);
        }
    }
}

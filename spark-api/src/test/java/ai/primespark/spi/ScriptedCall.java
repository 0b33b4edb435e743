package ai.primespark.spi;

import ai.primespark.Zone;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.Timings;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.Usage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A backend's call that follows a script, step by step. */
final class ScriptedCall extends AbstractLlmCall {

    static final CallLimits RELAXED = new CallLimits(
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            1_000);

    private static final BackendInfo INFO = new BackendInfo("edge", "scripted", Zone.EDGE, "", false);

    /** One reading from the server. */
    @FunctionalInterface
    interface Step {
        LlmEvent read(ScriptedCall call) throws IOException, InterruptedException;
    }

    private final Queue<Step> steps;
    private final CountDownLatch aborted = new CountDownLatch(1);
    private final CountDownLatch waiting = new CountDownLatch(1);
    final AtomicInteger aborts = new AtomicInteger();
    final AtomicInteger pulls = new AtomicInteger();

    ScriptedCall(CallLimits limits, ScheduledThreadPoolExecutor timer, Executor executor, Step... steps) {
        super(INFO, limits, timer, executor);
        this.steps = new ArrayDeque<>(List.of(steps));
    }

    @Override
    protected LlmEvent pull() throws IOException, InterruptedException {
        pulls.incrementAndGet();
        return steps.remove().read(this);
    }

    @Override
    protected void abort() {
        aborts.incrementAndGet();
        aborted.countDown();
    }

    /** Returns when the reading thread has come to {@link #silence()}. */
    void awaitSilence() throws InterruptedException {
        waiting.await();
    }

    static Step text(String text) {
        return call -> new LlmEvent.Text(text);
    }

    static Step thinking(String text) {
        return call -> new LlmEvent.Thinking(text);
    }

    static Step routed() {
        return call -> new LlmEvent.Routed("edge", Zone.EDGE, "", "the only one");
    }

    static Step tool(String name) {
        return call -> new LlmEvent.ToolCall(new ToolInvocation("", name, "{}"));
    }

    static Step end() {
        return call -> call.done(FinishReason.STOP, "m", new Usage(1, 2), Timings.NONE, List.of());
    }

    static Step restart() {
        return call -> {
            call.discardText();
            return new LlmEvent.Restarted("edge");
        };
    }

    /** The server says nothing until the connection is broken off. */
    static Step silence() {
        return call -> {
            call.waiting.countDown();
            call.aborted.await();
            throw new IOException("connection closed");
        };
    }

    /** The server gives a sign of life, and then nothing. */
    static Step signThenSilence() {
        return call -> {
            call.alive();
            return silence().read(call);
        };
    }

    /** Signs of life, as many as wanted, then the event. */
    static Step signs(CountDownLatch until, Step then) {
        return call -> {
            while (!until.await(5, TimeUnit.MILLISECONDS)) {
                call.alive();
            }
            return then.read(call);
        };
    }

    static Step failing(Exception failure) {
        return call -> {
            if (failure instanceof IOException e) {
                throw e;
            }
            throw (RuntimeException) failure;
        };
    }
}

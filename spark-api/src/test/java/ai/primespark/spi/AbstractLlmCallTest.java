package ai.primespark.spi;

import static ai.primespark.spi.ScriptedCall.RELAXED;
import static ai.primespark.spi.ScriptedCall.end;
import static ai.primespark.spi.ScriptedCall.failing;
import static ai.primespark.spi.ScriptedCall.restart;
import static ai.primespark.spi.ScriptedCall.routed;
import static ai.primespark.spi.ScriptedCall.silence;
import static ai.primespark.spi.ScriptedCall.text;
import static ai.primespark.spi.ScriptedCall.thinking;
import static ai.primespark.spi.ScriptedCall.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AbstractLlmCallTest {

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final ExecutorService executor = Executors.newCachedThreadPool();

    AbstractLlmCallTest() {
        timer.setRemoveOnCancelPolicy(true);
    }

    @AfterEach
    void nothingIsLeftInTheTimer() {
        assertThat(timer.getQueue()).isEmpty();
        timer.shutdownNow();
        executor.shutdownNow();
    }

    private ScriptedCall call(ScriptedCall.Step... steps) {
        return new ScriptedCall(RELAXED, timer, executor, steps);
    }

    private ScriptedCall capped(int chars, ScriptedCall.Step... steps) {
        CallLimits limits = new CallLimits(
                RELAXED.connect(), RELAXED.firstByte(), RELAXED.firstToken(), RELAXED.idle(), RELAXED.total(), chars);
        return new ScriptedCall(limits, timer, executor, steps);
    }

    private static LlmException failure(ScriptedCall call) {
        return catchThrowableOfType(LlmException.class, call::await);
    }

    private static List<LlmEvent> drain(ScriptedCall call) {
        List<LlmEvent> events = new ArrayList<>();
        call.forEach(events::add);
        return events;
    }

    @Test
    void collectsWhatWasDelivered() {
        ScriptedCall call = call(routed(), thinking("hm"), text("Hello "), text("you"), end());

        LlmResponse answer = call.await();

        assertThat(answer.text()).isEqualTo("Hello you");
        assertThat(answer.thinking()).isEqualTo("hm");
        assertThat(answer.finish()).isEqualTo(FinishReason.STOP);
        assertThat(answer.backend()).isEqualTo("edge");
        assertThat(answer.model()).isEqualTo("m");
        assertThat(call.aborts).hasValue(1);
        assertThat(call).hasToString("LlmCall[edge, done]");
    }

    @Test
    void aToolCallTurnsStopIntoToolCalls() {
        LlmResponse answer = call(tool("clock"), end()).await();

        assertThat(answer.finish()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(answer.toolCalls()).hasSize(1);
    }

    @Test
    void aRestartForgetsWhatWasCollected() {
        LlmResponse answer = call(text("wrong"), tool("clock"), thinking("hm"), restart(), text("right"), end())
                .await();

        assertThat(answer.text()).isEqualTo("right");
        assertThat(answer.thinking()).isEmpty();
        assertThat(answer.toolCalls()).isEmpty();
    }

    @Test
    void iterationEndsWithDone() {
        ScriptedCall call = call(text("a"), end());
        Iterator<LlmEvent> events = call.iterator();

        assertThat(events.next()).isEqualTo(new LlmEvent.Text("a"));
        assertThat(events.next()).isInstanceOf(LlmEvent.Done.class);
        assertThat(events.hasNext()).isFalse();
        assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(events::next);
        assertThat(call.iterator().hasNext()).isFalse();
        assertThat(call.pulls).hasValue(2);
    }

    @Test
    void awaitingAgainGivesTheSameAnswerEvenToAnInterruptedThread() {
        ScriptedCall call = call(text("a"), end());
        LlmResponse first = call.await();

        Thread.currentThread().interrupt();
        try {
            assertThat(call.await()).isSameAs(first);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void awaitingAgainGivesTheSameFailure() {
        ScriptedCall call = call(text("abc"), failing(new IOException("reset by peer")));
        LlmException first = failure(call);

        assertThat(first.kind()).isEqualTo(Kind.RESET);
        assertThat(first.charsDelivered()).isEqualTo(3);
        assertThat(first)
                .hasMessage("the connection to 'edge' broke: IOException")
                .hasCauseInstanceOf(IOException.class);
        assertThat(failure(call)).isSameAs(first);
        call.close();
        assertThat(failure(call)).isSameAs(first);
        assertThat(call.aborts).hasValue(1);
        assertThat(call).hasToString("LlmCall[edge, RESET]");
    }

    @Test
    void aKnownFailureIsPassedOnAsItIs() {
        LlmException known = LlmException.builder(Kind.MODEL_NOT_FOUND, "edge", "no such model")
                .build();

        assertThat(failure(call(failing(known)))).isSameAs(known);
    }

    @Test
    void aFaultyBackendEndsTheCallLikeAnyFailure() {
        LlmException failure = failure(call(failing(new IllegalStateException("bug"))));

        assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL);
        assertThat(failure).hasMessage("backend 'edge' is faulty: it threw java.lang.IllegalStateException");
    }

    @Test
    void aBackendThatGivesNoEventIsFaulty() {
        ScriptedCall call = call(c -> null);

        assertThat(failure(call).kind()).isEqualTo(Kind.PROTOCOL);
        assertThat(call.aborts).hasValue(1);
    }

    @Test
    void closingBeforeTheFirstReadingReadsNothing() {
        ScriptedCall call = call(text("a"), end());
        call.close();
        call.close();

        assertThat(failure(call).kind()).isEqualTo(Kind.CANCELLED);
        assertThat(call.pulls).hasValue(0);
        assertThat(call.aborts).hasValue(1);
    }

    @Test
    void closingWhileAnotherThreadReadsEndsItAsCancelled() throws Exception {
        ScriptedCall call = call(text("a"), silence());
        Future<LlmException> reader = executor.submit(() -> failure(call));
        call.awaitSilence();

        call.close();

        assertThat(reader.get().kind()).isEqualTo(Kind.CANCELLED);
        assertThat(reader.get().charsDelivered()).isEqualTo(1);
        assertThat(call.aborts).hasValue(1);
    }

    @Test
    void closingWhileTheLastEventArrivesStillHasOneOutcome() {
        ScriptedCall call = call(c -> {
            c.close();
            return end().read(c);
        });

        assertThat(failure(call).kind()).isEqualTo(Kind.CANCELLED);
        assertThat(failure(call)).isSameAs(failure(call));
    }

    @Test
    void closingAfterTheEndChangesNothing() {
        ScriptedCall call = call(text("a"), end());
        LlmResponse answer = call.await();
        call.close();

        assertThat(call.await()).isSameAs(answer);
        assertThat(call.aborts).hasValue(1);
    }

    @Test
    void anInterruptCancelsAndIsKept() throws Exception {
        ScriptedCall call = call(silence());
        CompletableFuture<Boolean> kept = new CompletableFuture<>();
        CompletableFuture<LlmException> outcome = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            outcome.complete(failure(call));
            kept.complete(Thread.currentThread().isInterrupted());
        });
        reader.start();
        call.awaitSilence();

        reader.interrupt();

        assertThat(outcome.get().kind()).isEqualTo(Kind.CANCELLED);
        assertThat(outcome.get()).hasMessage("the waiting thread was interrupted");
        assertThat(kept.get()).isTrue();
        reader.join();
    }

    @Test
    void theLongestAnswerIsCutAndWhatWasDeliveredIsWhatIsCollected() {
        ScriptedCall call = capped(10, text("12345678"), text("90abc"), text("never read"));

        List<LlmEvent> events = drain(call);

        assertThat(events).hasSize(3);
        assertThat(events.subList(0, 2)).containsExactly(new LlmEvent.Text("12345678"), new LlmEvent.Text("90"));
        assertThat(call.await().text()).isEqualTo("1234567890");
        assertThat(call.await().finish()).isEqualTo(FinishReason.LENGTH);
        assertThat(call.pulls).hasValue(2);
        assertThat(call.aborts).hasValue(1);
    }

    @Test
    void theCutNeverHalvesACharacter() {
        assertThat(capped(2, text("a😀")).await().text()).isEqualTo("a");
        assertThat(capped(3, text("a😀b")).await().text()).isEqualTo("a😀");
    }

    @Test
    void anAnswerOfExactlyTheLongestLengthIsWhole() {
        assertThat(capped(3, text("abc"), end()).await().finish()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void endlessReasoningIsCutToo() {
        LlmResponse answer = capped(5, thinking("abc"), thinking("def")).await();

        assertThat(answer.finish()).isEqualTo(FinishReason.LENGTH);
        assertThat(answer.thinking()).isEqualTo("abc");
    }

    @Test
    void theFutureGivesTheAnswerAndIsAlwaysTheSame() throws Exception {
        ScriptedCall call = call(text("a"), end());

        assertThat(call.future().get().text()).isEqualTo("a");
        assertThat(call.future()).isSameAs(call.future());
    }

    @Test
    void theFutureFailsWithTheCallsOwnException() {
        CompletableFuture<LlmResponse> future =
                call(failing(new IOException("gone"))).future();

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(future::get)
                .withCauseInstanceOf(LlmException.class);
    }

    @Test
    void cancellingTheFutureClosesTheCall() throws Exception {
        ScriptedCall call = call(silence());
        CompletableFuture<LlmResponse> future = call.future();
        call.awaitSilence();

        assertThat(future.cancel(true)).isTrue();

        assertThat(call.aborts).hasValue(1);
        assertThat(failure(call).kind()).isEqualTo(Kind.CANCELLED);
    }

    @Test
    void withoutAFreeThreadTheFutureFailsAsOverloaded() {
        Executor full = task -> {
            throw new RejectedExecutionException("full");
        };
        ScriptedCall call = new ScriptedCall(RELAXED, timer, full, text("a"), end());

        LlmException failure = catchThrowableOfType(
                                        ExecutionException.class,
                                        () -> call.future().get())
                                .getCause()
                        instanceof LlmException e
                ? e
                : null;

        assertThat(failure).isNotNull();
        assertThat(failure.kind()).isEqualTo(Kind.OVERLOADED);
        assertThat(failure).hasMessage("no thread is free to read from 'edge'");
        assertThat(call.aborts).hasValue(1);
    }

    @Test
    void aTimerThatIsShutDownDoesNotBreakTheCall() {
        ScheduledThreadPoolExecutor dead = new ScheduledThreadPoolExecutor(1);
        dead.shutdownNow();

        assertThat(new ScriptedCall(RELAXED, dead, executor, text("a"), end())
                        .await()
                        .text())
                .isEqualTo("a");
    }

    @Test
    void manyThreadsThatEndACallAgreeOnOneOutcome() throws Exception {
        for (int round = 0; round < 200; round++) {
            ScriptedCall call = call(text("a"), end());
            CountDownLatch go = new CountDownLatch(1);
            Future<?> closer = executor.submit(() -> {
                go.await();
                call.close();
                return null;
            });
            Future<Object> reader = executor.submit(() -> {
                go.await();
                return outcome(call);
            });
            go.countDown();
            closer.get(30, TimeUnit.SECONDS);
            assertThat(reader.get(30, TimeUnit.SECONDS)).isSameAs(outcome(call));
            assertThat(call.aborts).hasValue(1);
        }
    }

    private static Object outcome(ScriptedCall call) {
        try {
            return call.await();
        } catch (LlmException e) {
            return e;
        }
    }
}

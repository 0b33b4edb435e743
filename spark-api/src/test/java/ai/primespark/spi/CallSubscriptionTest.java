package ai.primespark.spi;

import static ai.primespark.spi.ScriptedCall.RELAXED;
import static ai.primespark.spi.ScriptedCall.end;
import static ai.primespark.spi.ScriptedCall.failing;
import static ai.primespark.spi.ScriptedCall.silence;
import static ai.primespark.spi.ScriptedCall.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.awaitility.Awaitility.await;

import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CallSubscriptionTest {

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final ExecutorService executor = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task);
        thread.setUncaughtExceptionHandler((t, e) -> {}); // one test throws on purpose
        return thread;
    });

    CallSubscriptionTest() {
        timer.setRemoveOnCancelPolicy(true);
    }

    @AfterEach
    void nothingIsLeftInTheTimer() {
        await().until(() -> timer.getQueue().isEmpty());
        timer.shutdownNow();
        executor.shutdownNow();
    }

    private ScriptedCall call(ScriptedCall.Step... steps) {
        return new ScriptedCall(RELAXED, timer, executor, steps);
    }

    /** Notes every signal, and that no two come at once. */
    private static class Recorder implements Flow.Subscriber<LlmEvent> {

        final List<LlmEvent> events = new CopyOnWriteArrayList<>();
        final List<Throwable> errors = new CopyOnWriteArrayList<>();
        final AtomicInteger completions = new AtomicInteger();
        final AtomicBoolean inside = new AtomicBoolean();
        final AtomicBoolean overlapped = new AtomicBoolean();
        final Consumer<Flow.Subscription> start;
        volatile Flow.Subscription subscription;

        Recorder(Consumer<Flow.Subscription> start) {
            this.start = start;
        }

        private void signal(Runnable action) {
            if (!inside.compareAndSet(false, true)) {
                overlapped.set(true);
            }
            try {
                action.run();
            } finally {
                inside.set(false);
            }
        }

        @Override
        public void onSubscribe(Flow.Subscription s) {
            signal(() -> {
                subscription = s;
                start.accept(s);
            });
        }

        @Override
        public void onNext(LlmEvent event) {
            signal(() -> events.add(event));
        }

        @Override
        public void onError(Throwable error) {
            signal(() -> errors.add(error));
        }

        @Override
        public void onComplete() {
            signal(completions::incrementAndGet);
        }

        boolean ended() {
            return errors.size() + completions.get() > 0;
        }
    }

    @Test
    void deliversOnlyWhatWasAskedFor() { // rule 1.1
        ScriptedCall call = call(text("a"), text("b"), text("c"), end());
        Recorder subscriber = new Recorder(s -> s.request(2));
        call.subscribe(subscriber);
        await().until(() -> subscriber.events.size() == 2);

        assertThat(call.pulls).hasValue(2);
        assertThat(subscriber.ended()).isFalse();

        subscriber.subscription.request(1);
        await().until(() -> subscriber.events.size() == 3);
        subscriber.subscription.request(1);
        await().until(subscriber::ended);
        assertThat(subscriber.events.get(3)).isInstanceOf(LlmEvent.Done.class);
        assertThat(subscriber.completions).hasValue(1);
        assertThat(subscriber.errors).isEmpty();
    }

    @Test
    void signalsNeverOverlapHoweverDemandComes() { // rule 1.3
        ScriptedCall.Step[] steps = IntStream.rangeClosed(0, 500)
                .mapToObj(i -> i == 500 ? end() : text("x"))
                .toArray(ScriptedCall.Step[]::new);
        ScriptedCall call = call(steps);
        Recorder subscriber = new Recorder(s -> {
            for (int i = 0; i < 4; i++) {
                executor.execute(() -> {
                    for (int n = 0; n < 200; n++) {
                        s.request(1);
                    }
                });
            }
        });
        call.subscribe(subscriber);
        await().until(subscriber::ended);

        assertThat(subscriber.events).hasSize(501);
        assertThat(subscriber.completions).hasValue(1);
        assertThat(subscriber.overlapped).isFalse();
    }

    @Test
    void nothingIsSignalledBeforeOnSubscribeHasReturned() { // rule 1.3
        ScriptedCall call = call(text("a"), end());
        AtomicInteger pullsInside = new AtomicInteger(-1);
        Recorder subscriber = new Recorder(s -> {
            s.request(10);
            drainExecutor();
            pullsInside.set(call.pulls.get());
        });
        call.subscribe(subscriber);
        await().until(subscriber::ended);

        assertThat(pullsInside).hasValue(0);
        assertThat(subscriber.overlapped).isFalse();
        assertThat(subscriber.events).hasSize(2);
    }

    /** Everything handed to the executor so far has had its chance: a task handed in later has run. */
    private void drainExecutor() {
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 8; i++) {
            executor.execute(ran::incrementAndGet);
        }
        await().until(() -> ran.get() == 8);
    }

    @Test
    void askingForNothingIsAnError() { // rule 3.9
        for (long n : new long[] {0, -1, Long.MIN_VALUE}) {
            ScriptedCall call = call(text("a"), end());
            Recorder subscriber = new Recorder(s -> s.request(n));
            call.subscribe(subscriber);
            await().until(subscriber::ended);

            assertThat(subscriber.errors).singleElement().isInstanceOf(IllegalArgumentException.class);
            assertThat(subscriber.events).isEmpty();
            assertThat(call.aborts).hasValue(1);
        }
    }

    @Test
    void demandBeyondAllNumbersIsWithoutBound() { // rule 3.17
        ScriptedCall call = call(text("a"), text("b"), end());
        Recorder subscriber = new Recorder(s -> {
            s.request(Long.MAX_VALUE);
            s.request(Long.MAX_VALUE);
        });
        call.subscribe(subscriber);
        await().until(subscriber::ended);

        assertThat(subscriber.events).hasSize(3);
        assertThat(subscriber.errors).isEmpty();
    }

    @Test
    void failuresAreSignalled() {
        Recorder subscriber = new Recorder(s -> s.request(5));
        call(text("a"), failing(new IOException("gone"))).subscribe(subscriber);
        await().until(subscriber::ended);

        assertThat(subscriber.errors)
                .singleElement()
                .isInstanceOfSatisfying(
                        LlmException.class, e -> assertThat(e.kind()).isEqualTo(LlmException.Kind.RESET));
        assertThat(subscriber.completions).hasValue(0);
    }

    @Test
    void cancellingClosesTheCallAndEndsTheSignals() throws Exception {
        ScriptedCall call = call(text("a"), silence());
        Recorder subscriber = new Recorder(s -> s.request(5));
        call.subscribe(subscriber);
        call.awaitSilence();

        subscriber.subscription.cancel();
        subscriber.subscription.cancel();

        executor.shutdown();
        await().until(executor::isTerminated);
        assertThat(subscriber.events).hasSize(1);
        assertThat(subscriber.ended()).isFalse();
        assertThat(call.aborts).hasValue(1);
    }

    @Test
    void aSecondSubscriberIsRefusedAndCannotHarmTheFirst() {
        ScriptedCall call = call(text("a"), end());
        Recorder first = new Recorder(s -> {});
        Recorder second = new Recorder(s -> {
            s.request(1);
            s.cancel();
        });
        call.subscribe(first);
        call.subscribe(second);
        first.subscription.request(2);
        await().until(first::ended);

        assertThat(second.errors).singleElement().isInstanceOf(IllegalStateException.class);
        assertThat(second.events).isEmpty();
        assertThat(first.completions).hasValue(1);
        assertThat(first.errors).isEmpty();
    }

    @Test
    void withoutAFreeThreadTheSubscriberIsTold() {
        Executor full = task -> {
            throw new RejectedExecutionException("full");
        };
        Recorder subscriber = new Recorder(s -> s.request(1));
        new ScriptedCall(RELAXED, timer, full, text("a"), end()).subscribe(subscriber);

        assertThat(subscriber.errors)
                .singleElement()
                .isInstanceOfSatisfying(
                        LlmException.class, e -> assertThat(e.kind()).isEqualTo(LlmException.Kind.OVERLOADED));
    }

    @Test
    void aSubscriberThatThrowsCountsAsCancelled() { // rule 2.13
        ScriptedCall call = call(text("a"), text("b"), end());
        AtomicInteger seen = new AtomicInteger();
        Recorder faulty = new Recorder(s -> s.request(10)) {
            @Override
            public void onNext(LlmEvent event) {
                seen.incrementAndGet();
                throw new IllegalStateException("bug in the subscriber");
            }
        };
        call.subscribe(faulty);
        await().until(() -> call.aborts.get() == 1);
        drainExecutor();

        assertThat(seen).hasValue(1);
        assertThat(faulty.ended()).isFalse();
    }

    @Test
    void aSubscriberMustBeGiven() {
        ScriptedCall call = call(end());
        assertThatNullPointerException().isThrownBy(() -> call.subscribe(null));
        call.close();
    }
}

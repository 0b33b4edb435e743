package ai.primespark.spi;

import static ai.primespark.spi.ScriptedCall.end;
import static ai.primespark.spi.ScriptedCall.routed;
import static ai.primespark.spi.ScriptedCall.signThenSilence;
import static ai.primespark.spi.ScriptedCall.signs;
import static ai.primespark.spi.ScriptedCall.silence;
import static ai.primespark.spi.ScriptedCall.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CallWatchdogTest {

    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);

    CallWatchdogTest() {
        timer.setRemoveOnCancelPolicy(true);
    }

    @AfterEach
    void nothingIsLeftInTheTimer() {
        await().until(() -> timer.getQueue().isEmpty() && timer.getActiveCount() == 0);
        timer.shutdownNow();
    }

    private ScriptedCall call(
            Duration firstByte, Duration firstToken, Duration idle, Duration total, ScriptedCall.Step... steps) {
        return new ScriptedCall(
                new CallLimits(LONG, firstByte, firstToken, idle, total, 1_000), timer, Runnable::run, steps);
    }

    private static void assertTimesOut(ScriptedCall call, String limit) {
        LlmException failure = catchThrowableOfType(LlmException.class, call::await);

        assertThat(failure.kind()).isEqualTo(LlmException.Kind.TIMEOUT);
        assertThat(failure)
                .hasMessage("backend 'edge' took longer than " + limit + "; see primespark.llm.limits")
                .hasNoCause();
        assertThat(call.aborts).hasValue(1);
    }

    @Test
    void aServerThatNeverAnswersGoesOverTheFirstByte() {
        assertTimesOut(call(SHORT, LONG, LONG, LONG, silence()), "the limit of 50 ms for the first byte");
    }

    @Test
    void aServerThatOnlyShowsLifeGoesOverTheFirstToken() {
        assertTimesOut(call(LONG, SHORT, LONG, LONG, signThenSilence()), "the limit of 50 ms for the first token");
    }

    @Test
    void loadingAModelAfterASignOfLifeIsNoSilenceBetweenTokens() {
        assertTimesOut(
                call(LONG, Duration.ofMillis(400), SHORT, LONG, signThenSilence()),
                "the limit of 400 ms for the first token");
    }

    @Test
    void aServerThatFallsSilentGoesOverTheIdleLimit() {
        assertTimesOut(
                call(LONG, LONG, SHORT, LONG, text("a"), silence()), "the limit of 50 ms of silence between tokens");
    }

    @Test
    void aServerThatTalksForEverGoesOverTheTotal() {
        ScriptedCall.Step[] endless = new ScriptedCall.Step[2];
        endless[0] = text("a");
        endless[1] = signs(new CountDownLatch(1), silence());
        ScriptedCall call = call(LONG, LONG, Duration.ofSeconds(20), Duration.ofMillis(200), endless);
        LlmException[] failure = new LlmException[1];
        Thread reader = new Thread(() -> failure[0] = catchThrowableOfType(LlmException.class, call::await));
        reader.start();
        await().until(() -> call.aborts.get() == 1);
        reader.interrupt(); // this server does not even notice that its connection was closed
        await().until(() -> !reader.isAlive());

        assertThat(failure[0].kind()).isEqualTo(LlmException.Kind.TIMEOUT);
        assertThat(failure[0]).hasMessageContaining("the total limit of 200 ms");
    }

    @Test
    void signsOfLifeKeepASlowServerAlive() {
        CountDownLatch enough = new CountDownLatch(1);
        ScriptedCall call = call(
                Duration.ofSeconds(2), LONG, Duration.ofSeconds(2), LONG, text("a"), signs(enough, text("b")), end());
        Future<?> longAfterTheLimit = timer.schedule(enough::countDown, 3, TimeUnit.SECONDS);

        assertThat(call.await().text()).isEqualTo("ab");
        await().until(longAfterTheLimit::isDone); // it has counted down, but may not have returned yet
    }

    @Test
    void aSlowConsumerIsNoSilentServer() {
        ScriptedCall call = call(LONG, LONG, Duration.ofMillis(300), LONG, text("a"), text("b"), end());
        Iterator<LlmEvent> events = call.iterator();
        events.next();
        letPass(Duration.ofMillis(700));

        assertThat(events.next()).isEqualTo(new LlmEvent.Text("b"));
        letPass(Duration.ofMillis(700));
        assertThat(events.next()).isInstanceOf(LlmEvent.Done.class);
    }

    @Test
    void aConsumerThatIsSlowBeforeTheFirstTokenTakesNothingFromTheServersTime() {
        ScriptedCall call = call(
                Duration.ofMillis(500),
                Duration.ofMillis(500),
                LONG,
                LONG,
                routed(),
                c -> {
                    letPass(Duration.ofMillis(100)); // the server's own time, well within its limit
                    return new LlmEvent.Text("a");
                },
                end());
        Iterator<LlmEvent> events = call.iterator();
        events.next();
        letPass(Duration.ofMillis(900));

        assertThat(events.next()).isEqualTo(new LlmEvent.Text("a"));
        assertThat(events.next()).isInstanceOf(LlmEvent.Done.class);
    }

    @Test
    void afterASlowConsumerTheFirstByteIsStillLimitedInTime() {
        ScriptedCall call = call(Duration.ofMillis(100), LONG, LONG, LONG, routed(), silence());
        Iterator<LlmEvent> events = call.iterator();
        events.next();
        letPass(Duration.ofMillis(300));

        assertTimesOut(call, "the limit of 100 ms for the first byte");
    }

    @Test
    void theTotalCountsTheConsumersTimeToo() {
        ScriptedCall call = call(LONG, LONG, LONG, Duration.ofMillis(200), text("a"), silence());
        call.iterator().next();
        await().until(() -> call.aborts.get() == 1);

        assertTimesOut(call, "the total limit of 200 ms");
    }

    @Test
    void limitsOfAgesDoNotOverflow() {
        Duration ages = Duration.ofSeconds(Long.MAX_VALUE);

        assertThat(call(ages, ages, ages, ages, text("a"), end()).await().text())
                .isEqualTo("a");
    }

    @Test
    void aCallThatEndsLeavesNoTimerTaskBehind() {
        for (int i = 0; i < 100; i++) {
            call(LONG, LONG, LONG, LONG, routed(), text("a"), end()).await();
        }
        assertThat(timer.getQueue()).isEmpty();
    }

    /** Lets time pass by the clock that the watchdog reads: that is what these limits are about. */
    private static void letPass(Duration time) {
        long start = System.nanoTime();
        await().pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() - start > time.toNanos());
    }
}

package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace.Readiness;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.testkit.MutableClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When backends are asked what they have loaded. The scheduler here runs only when the test says so. */
class StatusWatchTest {

    private final ByHand scheduler = new ByHand();
    private final AtomicReference<PowerProfile> profile = new AtomicReference<>(PowerProfile.FULL);
    private final Asked pi = new Asked("pi", Zone.EDGE, false);
    private final Asked recall = new Asked("recall", Zone.EDGE, true);
    private final Asked cloud = new Asked("cloud", Zone.CLOUD, false);
    private boolean cloudAllowed = true;
    private final BackendHandle handle = handle(pi);

    private static BackendHandle handle(Asked backend) {
        return new BackendHandle(
                backend, Settings.of(LlmSettings.ALL, Map.of()), new MutableClock(), Meters.discarding(), event -> {});
    }

    private StatusWatch watch() {
        return new StatusWatch(
                List.of(handle, handle(recall), handle(cloud)),
                (backend, privacy) -> privacy.allows(backend.zone()) && (cloudAllowed || backend.zone() == Zone.EDGE),
                Duration.ofSeconds(15),
                () -> profile.get() == PowerProfile.FULL ? 1 : 4,
                new MutableClock(),
                Runnable::run,
                scheduler);
    }

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
    }

    @Test
    void asksNobodyBeforeTheFirstCall() {
        watch();

        assertThat(pi.answers).isEmpty();
        assertThat(scheduler.tasks).isEmpty();
    }

    @Test
    void asksWithTheFirstCallAndThenAtIntervals() {
        StatusWatch watch = watch();
        watch.used(Privacy.ANY);
        watch.used(Privacy.ANY);

        assertThat(pi.answers).hasSize(1);
        assertThat(recall.answers).as("has no models").isEmpty();
        pi.answers.get(0).complete(new BackendStatus("", List.of(HostKnowledgeTest.model("m", true, 4096, null))));
        assertThat(handle.forecast("m", Workload.NONE, System.nanoTime()).readiness())
                .isEqualTo(Readiness.WARM);

        assertThat(scheduler.runNext()).isEqualTo(Duration.ofSeconds(15));
        assertThat(pi.answers).hasSize(2);
    }

    @Test
    void asksLessOftenWhenPowerManagementSaves() {
        profile.set(PowerProfile.SAVING);
        watch().used(Privacy.ANY);

        assertThat(scheduler.runNext()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void aBackendThatOwesAnAnswerIsNotAskedAgain() {
        watch().used(Privacy.ANY);
        for (int i = 0; i < 10; i++) {
            scheduler.runNext();
        }
        assertThat(pi.answers).hasSize(1);

        pi.answers.get(0).completeExceptionally(new IllegalStateException("broken"));
        scheduler.runNext();
        assertThat(pi.answers).hasSize(2);
    }

    @Test
    void aBackendThatThrowsIsAskedAgainTheNextTime() {
        pi.broken = true;
        watch().used(Privacy.ANY);
        pi.broken = false;
        scheduler.runNext();

        assertThat(pi.answers).hasSize(1);
    }

    @Test
    void whatNoCallMayReachHearsNothingAndIsAskedAtOnceWhenOneMay() {
        StatusWatch watch = watch();
        watch.used(Privacy.EDGE_ONLY);
        watch.used(Privacy.TRUSTED);
        pi.answers.get(0).complete(new BackendStatus("", List.of()));
        scheduler.runNext();
        assertThat(pi.answers).hasSize(2);
        assertThat(cloud.answers).isEmpty();

        watch.used(Privacy.ANY);
        watch.used(Privacy.ANY);
        assertThat(cloud.answers).hasSize(1);
    }

    @Test
    void whatIsClosedToAllCallsHearsNothing() {
        cloudAllowed = false;
        StatusWatch watch = watch();
        watch.used(Privacy.ANY);
        scheduler.runNext();

        assertThat(pi.answers).isNotEmpty();
        assertThat(cloud.answers).isEmpty();
    }

    @Test
    void asksNobodyAfterItWasClosed() {
        StatusWatch watch = watch();
        watch.used(Privacy.ANY);
        pi.answers.get(0).complete(new BackendStatus("", List.of()));
        watch.close();
        scheduler.runNext();
        watch.used(Privacy.ANY);

        assertThat(pi.answers).hasSize(1);
        assertThat(scheduler.tasks).isEmpty();
    }

    /** Keeps what is scheduled until the test runs it. */
    private static final class ByHand extends ScheduledThreadPoolExecutor {

        private final Deque<Task> tasks = new ArrayDeque<>();

        private ByHand() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
            Task task = new Task(command, unit.toNanos(delay));
            tasks.add(task);
            return task;
        }

        /** Runs the oldest task; gives the delay it was scheduled with. */
        Duration runNext() {
            Task task = tasks.remove();
            task.run();
            return Duration.ofNanos(task.nanos);
        }
    }

    private static final class Task extends FutureTask<Void> implements ScheduledFuture<Void> {

        private final long nanos;

        private Task(Runnable command, long nanos) {
            super(command, null);
            this.nanos = nanos;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(nanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(nanos, other.getDelay(TimeUnit.NANOSECONDS));
        }
    }

    /** Answers when the test does. */
    private static final class Asked implements LlmBackend {

        private final BackendInfo info;
        private final List<CompletableFuture<BackendStatus>> answers = new ArrayList<>();
        private boolean broken;

        private Asked(String id, Zone zone, boolean lastResort) {
            this.info = new BackendInfo(id, "asked", zone, "", lastResort);
        }

        @Override
        public BackendInfo info() {
            return info;
        }

        @Override
        public CompletionStage<BackendStatus> status(Deadline deadline) {
            if (broken) {
                throw new IllegalStateException("broken");
            }
            CompletableFuture<BackendStatus> answer = new CompletableFuture<>();
            answers.add(answer);
            return answer;
        }

        @Override
        public LlmCall open(LlmRequest request, CallLimits limits) {
            throw new UnsupportedOperationException("asked for its status only");
        }

        @Override
        public void close() {}
    }
}

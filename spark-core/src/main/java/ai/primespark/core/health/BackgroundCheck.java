package ai.primespark.core.health;

import ai.primespark.health.HealthResult;
import ai.primespark.spi.Meters;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs one check in the background, gives it up when it takes too long, and keeps what was found last. Thread-safe. */
final class BackgroundCheck {

    /**
     * What checks share.
     *
     * @param timeout how long a run may take
     * @param executor where checks run
     * @param timer for time limits
     * @param clock the wall clock
     * @param meters where runs are timed
     * @param hanging the names of checks that were given up and have not come back, for people
     */
    record Surroundings(
            Duration timeout,
            ExecutorService executor,
            ScheduledExecutorService timer,
            InstantSource clock,
            Meters meters,
            Supplier<String> hanging) {}

    /**
     * What was found, and when.
     *
     * @param checked what
     * @param at when
     */
    record Found(Checked checked, Instant at) {}

    /** One run. Whoever decides first, the check or its time limit, publishes. */
    private static final class Run {
        private final AtomicBoolean decided = new AtomicBoolean();
        private volatile boolean begun;
        private volatile @Nullable Future<?> task;
        private volatile @Nullable Future<?> limit;
    }

    private static final Logger LOG = LoggerFactory.getLogger(BackgroundCheck.class);

    private final String component;
    private final String name;
    private final SubsystemCheck check;
    private final Surroundings around;
    private final Runnable onFound;
    private final AtomicReference<@Nullable Found> latest = new AtomicReference<>();
    private final AtomicReference<@Nullable Run> running = new AtomicReference<>();
    private volatile boolean removed;

    /**
     * Makes one; runs nothing yet.
     *
     * @param component what its runs are timed as
     * @param name its own
     * @param check what to run
     * @param around what it works with
     * @param onFound runs after each result; must be fast
     */
    BackgroundCheck(String component, String name, SubsystemCheck check, Surroundings around, Runnable onFound) {
        this.component = component;
        this.name = name;
        this.check = check;
        this.around = around;
        this.onFound = onFound;
    }

    String name() {
        return name;
    }

    Optional<Found> latest() {
        return Optional.ofNullable(latest.get());
    }

    /** Whether a run was given up and has not come back. */
    boolean hangs() {
        Run run = running.get();
        return run != null && run.begun && run.decided.get();
    }

    /**
     * Starts a run, unless one is still going: a check that hangs costs one thread, not one an interval. Throws nothing, also where
     * there is no memory for a thread: the timer that calls it must go on.
     */
    void begin() {
        Run run = new Run();
        if (removed || !running.compareAndSet(null, run)) {
            return;
        }
        try {
            run.task = around.executor().submit(() -> finish(run));
            run.limit =
                    around.timer().schedule(() -> giveUp(run), around.timeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (RuntimeException | Error e) {
            if (run.task == null) { // else it runs, without a limit of time
                running.compareAndSet(run, null);
            }
            if (!(e
                    instanceof
                    RejectedExecutionException)) { // closing, or more wait for a thread than there can be checks
                LOG.warn("Cannot check {} now; it is tried again: {}", name, e.toString());
            }
        }
    }

    private void finish(Run run) {
        run.begun = true;
        long began = System.nanoTime();
        Checked found;
        String failure = "";
        try {
            found = Objects.requireNonNull(check.check(), "the check gave no result");
        } catch (Exception | Error e) { // an Error must not stop this check for ever
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            failure = "failed";
            found = Checked.of(HealthResult.unhealthy("the check failed: " + e));
        }
        Future<?> limit = run.limit;
        if (limit != null) {
            limit.cancel(false);
        }
        if (run.decided.compareAndSet(false, true)) { // too late counts as no answer
            timed(failure.isEmpty() ? "answered" : failure, System.nanoTime() - began);
            publish(found);
        }
        running.compareAndSet(run, null);
    }

    private void giveUp(Run run) {
        if (!run.decided.compareAndSet(false, true)) {
            return;
        }
        timed("hung", around.timeout().toNanos());
        publish(Checked.of(run.begun ? hung() : crowdedOut()));
        Future<?> task = run.task;
        if (task != null) {
            task.cancel(true); // `running` stays set until the check comes back, if it ever does
        }
        if (!run.begun) { // it was still waiting for its thread, and will not begin any more
            running.compareAndSet(run, null);
        }
    }

    private HealthResult hung() {
        return HealthResult.unhealthy(
                "the check did not answer within " + around.timeout().toMillis() + " ms");
    }

    /** Nothing is known of it, which is no proof that it does not work. */
    private HealthResult crowdedOut() {
        String hanging = around.hanging().get();
        return HealthResult.degraded("it was not checked, because no thread was free for "
                + around.timeout().toMillis() + " ms"
                + (hanging.isEmpty() ? "" : "; these checks hang: " + hanging));
    }

    private void timed(String outcome, long nanos) {
        around.meters()
                .timer("spark.health.check", "component", component, "outcome", outcome)
                .record(Duration.ofNanos(nanos));
    }

    private void publish(Checked found) {
        if (!removed) { // or nobody asks any more
            latest.set(new Found(found, around.clock().instant()));
            onFound.run();
        }
    }

    /** Ends it; what runs is interrupted. */
    void remove() {
        removed = true;
        Run run = running.get();
        Future<?> task = run == null ? null : run.task;
        if (run != null && task != null && run.decided.compareAndSet(false, true)) {
            task.cancel(true);
        }
    }
}

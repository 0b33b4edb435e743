package ai.primespark.core.health;

import ai.primespark.core.runtime.EventBus;
import ai.primespark.event.SparkEvent;
import ai.primespark.health.Health;
import ai.primespark.health.HealthIndicator;
import ai.primespark.health.HealthReport;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs every check in the background and keeps the latest results, so that asking never waits for something that hangs. */
public final class HealthService implements Health, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HealthService.class);

    /** Without these nothing useful can be done; trouble with any other part leaves the whole degraded. */
    private static final Set<String> VITAL = Set.of("memory_tiers", "routing");

    private final Map<String, Check> checks = new ConcurrentHashMap<>();
    private final Duration timeout;
    private final ExecutorService executor;
    private final ScheduledExecutorService scheduler;
    private final InstantSource clock;
    private final EventBus events;
    private final ScheduledFuture<?> timer;

    public HealthService(
            Settings settings,
            ExecutorService executor,
            ScheduledExecutorService scheduler,
            InstantSource clock,
            EventBus events) {
        this.timeout = settings.get(HealthSettings.TIMEOUT);
        this.executor = executor;
        this.scheduler = scheduler;
        this.clock = clock;
        this.events = events;
        long interval = settings.get(HealthSettings.INTERVAL).toNanos();
        this.timer = scheduler.scheduleWithFixedDelay(
                () -> checks.values().forEach(Check::begin), interval, interval, TimeUnit.NANOSECONDS);
    }

    @Override
    public AutoCloseable register(String component, HealthIndicator indicator) {
        Check check = new Check(
                Objects.requireNonNull(component, "component"), Objects.requireNonNull(indicator, "indicator"));
        if (checks.putIfAbsent(component, check) != null) {
            throw new IllegalArgumentException("there is a check of that name already: " + component);
        }
        check.begin();
        return () -> checks.remove(component, check);
    }

    /** Parts that have not been checked yet, in the first moments, are left out. */
    @Override
    public HealthReport report() {
        Map<String, HealthReport.Component> components = new HashMap<>();
        checks.forEach((name, check) -> {
            HealthReport.Component latest = check.latest.get();
            if (latest != null) {
                components.put(name, latest);
            }
        });
        HealthStatus whole = HealthStatus.HEALTHY;
        for (Map.Entry<String, HealthReport.Component> entry : components.entrySet()) {
            HealthStatus part = entry.getValue().result().status();
            if (part == HealthStatus.UNHEALTHY && VITAL.contains(entry.getKey())) {
                return new HealthReport(HealthStatus.UNHEALTHY, components);
            }
            if (part != HealthStatus.HEALTHY) {
                whole = HealthStatus.DEGRADED;
            }
        }
        return new HealthReport(whole, components);
    }

    @Override
    public void close() {
        timer.cancel(false);
        checks.clear();
    }

    /** One run of a check. Whoever decides first, the check or its time limit, publishes. */
    private static final class Run {
        private final AtomicBoolean decided = new AtomicBoolean();
        private volatile boolean begun;
        private volatile @Nullable Future<?> limit;
    }

    private final class Check {

        private final String component;
        private final HealthIndicator indicator;
        private final AtomicReference<HealthReport.@Nullable Component> latest = new AtomicReference<>();
        private final AtomicReference<@Nullable Run> running = new AtomicReference<>();

        Check(String component, HealthIndicator indicator) {
            this.component = component;
            this.indicator = indicator;
        }

        /** Starts a run, unless one is still going: a check that hangs costs one thread, not one an interval. */
        void begin() {
            Run run = new Run();
            if (!running.compareAndSet(null, run)) {
                return;
            }
            try {
                Future<?> task = executor.submit(() -> finish(run));
                run.limit = scheduler.schedule(() -> giveUp(run, task), timeout.toNanos(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) { // closing, or out of threads
                running.compareAndSet(run, null);
            }
        }

        private void finish(Run run) {
            run.begun = true;
            HealthResult result;
            try {
                result = Objects.requireNonNull(indicator.check(), "the check gave no result");
            } catch (Exception | Error e) { // an Error must not stop this check for ever
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                result = HealthResult.unhealthy("the check failed: " + e);
            }
            Future<?> timer = run.limit;
            if (timer != null) {
                timer.cancel(false);
            }
            if (run.decided.compareAndSet(false, true)) { // too late counts as no answer
                publish(result);
            }
            running.compareAndSet(run, null);
        }

        private void giveUp(Run run, Future<?> task) {
            if (run.decided.compareAndSet(false, true)) {
                publish(HealthResult.unhealthy("the check did not answer within " + timeout.toMillis() + " ms"));
                task.cancel(true); // `running` stays set until the check comes back, if it ever does
                if (!run.begun) { // it was still waiting for its thread, and will not begin any more
                    running.compareAndSet(run, null);
                }
            }
        }

        private void publish(HealthResult result) {
            if (checks.get(component) != this) { // removed, or the instance is closing: nobody asks any more
                return;
            }
            HealthReport.Component next = new HealthReport.Component(result, clock.instant());
            HealthReport.Component previous = latest.getAndSet(next);
            HealthStatus before =
                    previous == null ? HealthStatus.HEALTHY : previous.result().status();
            if (before != result.status()) {
                if (result.status() == HealthStatus.HEALTHY) {
                    LOG.info("{} is healthy again", component);
                } else {
                    LOG.warn("{} is {}: {}", component, result.status(), result.message());
                }
                events.publish(
                        new SparkEvent.HealthChanged(next.checkedAt(), component, result.status(), result.message()));
            }
        }
    }
}

package ai.primespark.core.power;

import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.event.SparkEvent;
import ai.primespark.power.DrainState;
import ai.primespark.power.PowerDecision;
import ai.primespark.power.PowerException;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the machine ready for the end of its power, once a decision calls for it, and says when it is. Never halts anything.
 * Thread-safe.
 */
final class Shutdown implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    private static final Duration TELLING = Duration.ofSeconds(2);

    /** More than all parts and sources together; only parts that ignore interrupts could use them up. */
    private static final int MOST_THREADS = 64;

    private final DrainBudget budget;
    private final SparkRuntime runtime;
    private final List<ConfiguredSource> sources;
    private final ExecutorService threads = threads();
    private final DrainRun drains = new DrainRun(threads);
    private volatile DrainState state = DrainState.NONE;
    private volatile @Nullable PowerMeters meters;
    private @Nullable Future<?> running; // guarded by this
    private long generation; // guarded by this

    Shutdown(Settings settings, SparkRuntime runtime, List<ConfiguredSource> sources) {
        this.budget = PowerSettings.drainBudget(settings);
        this.runtime = runtime;
        this.sources = List.copyOf(sources);
        sources.forEach(source -> patience(source).ifPresent(grace -> budget.requireTime(source.id(), grace)));
    }

    /** Its own ones: the power may go just when all of the others are busy. */
    private static ExecutorService threads() {
        AtomicLong count = new AtomicLong();
        return new ThreadPoolExecutor(0, MOST_THREADS, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "spark-drain-" + count.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
    }

    void countIn(PowerMeters counting) {
        meters = counting;
    }

    Drains drains() {
        return drains;
    }

    DrainState state() {
        return state;
    }

    /**
     * How long it may take.
     *
     * @param reading which calls for it
     * @param untilEmpty how long the battery of the reading's source lasts, down to nothing
     * @param unseen for how long an order may have stood before it was read
     */
    Duration budget(PowerReading reading, Optional<Duration> untilEmpty, Duration unseen) {
        boolean onBattery = reading.supply() == PowerSupply.BATTERY;
        List<Duration> patience =
                sources.stream().flatMap(source -> patience(source).stream()).toList();
        return budget.of(onBattery ? untilEmpty : Optional.empty(), patience, unseen);
    }

    private static Optional<Duration> patience(ConfiguredSource source) {
        try {
            return source.source().shutdownGrace();
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("Power source '{}' does not say how long it waits", source.id(), e);
            return Optional.empty();
        }
    }

    /** Begins, on a thread of its own. */
    synchronized void begin(PowerDecision decision) {
        long mine = ++generation;
        state = DrainState.DRAINING;
        try {
            running = threads.submit(() -> run(decision, mine));
        } catch (RejectedExecutionException e) {
            LOG.error("Nothing is made ready for the end of the power: no thread is free");
            ended(decision, mine, drains.names(), Duration.ZERO);
        }
    }

    /** Power is back, or was never away. What was done need not be undone; the parts go on by the profile. */
    synchronized void callOff() {
        generation++;
        state = DrainState.NONE;
        if (running != null) {
            running.cancel(true);
            running = null;
        }
    }

    private void run(PowerDecision decision, long mine) {
        long begun = System.nanoTime();
        List<String> unfinished;
        try {
            unfinished = drains.run(decision.drainBudget().orElse(budget.limit()), decision);
            if (unfinished.isEmpty()) { // only what is true is told
                tellSources();
            }
        } catch (InterruptedException e) { // called off
            Thread.currentThread().interrupt();
            return;
        }
        ended(decision, mine, unfinished, Duration.ofNanos(System.nanoTime() - begun));
    }

    private void ended(PowerDecision decision, long mine, List<String> unfinished, Duration took) {
        boolean safe = unfinished.isEmpty();
        synchronized (this) {
            if (generation != mine) {
                return;
            }
            state = safe ? DrainState.SAFE : DrainState.INCOMPLETE;
        }
        PowerMeters counting = meters;
        if (counting != null) {
            counting.drained(safe, took);
        }
        LOG.info("Ready for the end of the power: {}, after {} ms", safe ? "yes" : unfinished, took.toMillis());
        runtime.events()
                .publish(new SparkEvent.PowerDrained(runtime.clock().instant(), decision, safe, unfinished, took));
    }

    /** All at once. That one cannot be told makes the machine no less ready; its UPS then waits for as long as it would. */
    private void tellSources() throws InterruptedException {
        Deadline deadline = Deadline.in(TELLING);
        Map<String, Future<?>> telling = new LinkedHashMap<>();
        for (ConfiguredSource source : sources) {
            try {
                telling.put(source.id(), threads.submit(() -> source.source().drained(deadline)));
            } catch (RejectedExecutionException e) {
                LOG.warn("Power source '{}' is not told that the power may go: no thread is free", source.id());
            }
        }
        try {
            for (Map.Entry<String, Future<?>> one : telling.entrySet()) {
                await(one.getKey(), one.getValue(), deadline);
            }
        } finally {
            telling.values().forEach(one -> one.cancel(true)); // harmless when it is done
        }
    }

    private static void await(String source, Future<?> told, Deadline deadline) throws InterruptedException {
        try {
            told.get(Math.max(1, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            LOG.warn("Power source '{}' could not be told in time that the power may go", source);
        } catch (ExecutionException e) {
            Object why = e.getCause() instanceof PowerException known ? known.getMessage() : e.getCause();
            LOG.warn("Power source '{}' could not be told that the power may go: {}", source, why);
        }
    }

    @Override
    public synchronized void close() {
        callOff();
        threads.shutdownNow();
    }
}

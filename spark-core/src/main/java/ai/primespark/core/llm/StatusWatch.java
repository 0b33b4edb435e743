package ai.primespark.core.llm;

import ai.primespark.llm.Privacy;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.Deadline;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks backends in the background which models they have loaded, while calls are made that may go to them. Begins with the first
 * call, pauses when none has been made for a while, asks less often when power management saves, and has at most one question
 * open per backend. A backend that no call may go to hears nothing, because even being asked would tell it when calls are made.
 * Thread-safe.
 */
final class StatusWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StatusWatch.class);

    /** How long a backend may take; what it has not said by then is asked again the next time. */
    static final Duration PATIENCE = Duration.ofSeconds(3);

    /** When no call was made for so many intervals, nobody is asked. */
    private static final int IDLE_INTERVALS = 20;

    private final List<Watched> watched;
    private final BiPredicate<BackendHandle, Privacy> reachable;
    private final long intervalNanos;
    private final IntSupplier stretch;
    private final InstantSource clock;
    private final Executor blocking;
    private final ScheduledExecutorService scheduler;
    private final AtomicBoolean ticking = new AtomicBoolean();
    private final Map<Privacy, AtomicLong> usedAt = new EnumMap<>(Privacy.class); // 0 for never
    private volatile boolean closed;

    StatusWatch(
            List<BackendHandle> backends,
            BiPredicate<BackendHandle, Privacy> reachable,
            Duration interval,
            IntSupplier stretch,
            InstantSource clock,
            Executor blocking,
            ScheduledExecutorService scheduler) {
        this.watched = backends.stream()
                .filter(backend -> !backend.lastResort())
                .map(Watched::new)
                .toList();
        for (Privacy privacy : Privacy.values()) {
            usedAt.put(privacy, new AtomicLong());
        }
        this.reachable = reachable;
        this.intervalNanos = interval.toNanos();
        this.stretch = stretch;
        this.clock = clock;
        this.blocking = blocking;
        this.scheduler = scheduler;
    }

    /** Says that a call is made, and how far it may travel. Returns at once. */
    void used(Privacy privacy) {
        long now = System.nanoTime();
        boolean fresh = !usedLately(privacy, now, interval());
        last(privacy).set(now | 1);
        if (!ticking.get() && ticking.compareAndSet(false, true)) {
            tick();
        } else if (fresh) { // it may reach backends that nobody has asked yet
            askAll(now, interval());
        }
    }

    private long interval() {
        return intervalNanos * stretch.getAsInt();
    }

    private boolean usedLately(Privacy privacy, long now, long interval) {
        long last = last(privacy).get();
        return last != 0 && now - last <= interval * IDLE_INTERVALS;
    }

    private AtomicLong last(Privacy privacy) {
        return Objects.requireNonNull(usedAt.get(privacy));
    }

    /** Asks everybody now, except whoever still owes an answer, and comes again later. */
    private void tick() {
        long interval = interval();
        if (!askAll(System.nanoTime(), interval)) {
            ticking.set(false); // the next call begins anew
            return;
        }
        try {
            var unused = scheduler.schedule(this::tick, interval, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) { // everything is being closed
            ticking.set(false);
        }
    }

    /** False when nobody needs to be asked any more. */
    private boolean askAll(long now, long interval) {
        List<Privacy> lately = Arrays.stream(Privacy.values())
                .filter(privacy -> usedLately(privacy, now, interval))
                .toList();
        if (closed || lately.isEmpty()) {
            return false;
        }
        for (Watched one : watched) {
            boolean wanted = lately.stream().anyMatch(privacy -> reachable.test(one.backend, privacy));
            if (wanted && one.asking.compareAndSet(false, true)) {
                try {
                    blocking.execute(() -> ask(one));
                } catch (RejectedExecutionException e) { // no thread is free: next time, perhaps
                    one.asking.set(false);
                }
            }
        }
        return true;
    }

    private void ask(Watched one) {
        long askedAt = System.nanoTime();
        CompletableFuture<BackendStatus> status;
        try {
            status = one.backend.backend().status(Deadline.in(PATIENCE)).toCompletableFuture();
        } catch (RuntimeException | LinkageError e) {
            heard(one, askedAt, null, e);
            return;
        }
        var unused = status.copy()
                .orTimeout(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((answer, failure) -> {
                    status.cancel(true); // harmless when it has answered
                    heard(one, askedAt, answer, failure);
                });
    }

    private void heard(Watched one, long askedAt, @Nullable BackendStatus answer, @Nullable Throwable failure) {
        one.asking.set(false);
        if (answer != null) {
            one.silences.set(0);
            one.backend.knowledge().saw(answer, askedAt, clock.instant());
        } else if (one.silences.getAndIncrement() == 0) {
            log.debug(
                    "backend '{}' does not say what it has loaded: {}",
                    one.backend.id(),
                    failure == null ? "nothing" : failure.getClass().getName());
        }
    }

    /** Asks nobody any more. */
    @Override
    public void close() {
        closed = true;
    }

    private static final class Watched {

        private final BackendHandle backend;
        private final AtomicBoolean asking = new AtomicBoolean();
        private final AtomicInteger silences = new AtomicInteger();

        private Watched(BackendHandle backend) {
            this.backend = backend;
        }
    }
}

package ai.primespark.core.power;

import ai.primespark.power.PowerReading;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one source again and again, at once when it says that something changed, and never twice at a time: a source that hangs
 * costs one thread and holds up nobody else. Thread-safe.
 */
final class SourceLoop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SourceLoop.class);

    /** A source that keeps saying that something changed is not read more often than this. */
    private static final long LEAST_PAUSE = Duration.ofMillis(20).toNanos();

    /** A source that ends on its deadline has a moment to say so. */
    private static final Duration GRACE = Duration.ofMillis(250);

    private final String id;
    private final PowerSource source;
    private final Duration timeout;
    private final Supplier<Duration> interval;
    private final Sink sink;
    private final ExecutorService blocking;
    private final ScheduledExecutorService scheduler;

    // What follows is guarded by this.
    private boolean running; // a read has not come back yet
    private boolean entered; // and has a thread
    private boolean givenUp; // and is not waited for any more
    private long attempt;
    private boolean again;
    private long begunAt;
    private @Nullable Future<?> planned;
    private @Nullable Future<?> limit;
    private @Nullable AutoCloseable nudges;
    private boolean closed;

    /** Takes what comes of reads. Called on the thread that has it, outside of all locks. */
    interface Sink {
        void read(PowerReading reading);

        void failed(String trouble, boolean hung);
    }

    SourceLoop(
            ConfiguredSource configured,
            Duration timeout,
            Supplier<Duration> interval,
            Sink sink,
            ExecutorService blocking,
            ScheduledExecutorService scheduler) {
        this.id = configured.id();
        this.source = configured.source();
        this.timeout = timeout;
        this.interval = interval;
        this.sink = sink;
        this.blocking = blocking;
        this.scheduler = scheduler;
        this.begunAt = System.nanoTime() - LEAST_PAUSE;
    }

    void start() {
        AutoCloseable heard = null;
        try {
            heard = source.onChange(this::nudge);
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("Power source '{}' cannot say when something changes; it is read at intervals only", id, e);
        }
        synchronized (this) {
            nudges = heard;
        }
        plan(0);
    }

    /** Something changed: reads at once, or once more when a read is under way. */
    void nudge() {
        synchronized (this) {
            if (running) {
                again = true;
                return;
            }
        }
        plan(0);
    }

    private synchronized void plan(long nanos) {
        if (closed) {
            return;
        }
        if (planned != null) {
            planned.cancel(false);
        }
        long since = System.nanoTime() - begunAt;
        try {
            planned = scheduler.schedule(this::begin, Math.max(nanos, LEAST_PAUSE - since), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) { // everything is being closed
            planned = null;
        }
    }

    private void begin() {
        synchronized (this) {
            if (closed || running) {
                return;
            }
            begunAt = System.nanoTime();
            running = true;
            entered = false;
            givenUp = false;
            long mine = ++attempt;
            again = false;
            try {
                Future<?> task = blocking.submit(this::read);
                limit = scheduler.schedule(
                        () -> giveUp(task, mine), timeout.plus(GRACE).toNanos(), TimeUnit.NANOSECONDS);
                return;
            } catch (RejectedExecutionException e) {
                running = false;
            }
        }
        sink.failed("no thread is free to read it", false);
        plan(interval.get().toNanos());
    }

    private void read() {
        synchronized (this) {
            entered = true;
        }
        PowerReading reading = null;
        String trouble = "";
        try {
            reading = source.read(Deadline.in(timeout));
        } catch (RuntimeException | LinkageError e) {
            trouble = e.getMessage() == null ? e.toString() : e.getMessage();
        }
        boolean late;
        boolean soon;
        synchronized (this) {
            late = givenUp;
            soon = again || late; // what came too late says how things were
            running = false;
            if (limit != null) {
                limit.cancel(false);
            }
        }
        try {
            if (!late && reading != null) {
                sink.read(reading);
            } else if (!late) {
                sink.failed(trouble.isEmpty() ? "it gave no reading" : trouble, false);
            }
        } catch (RuntimeException e) { // a bug must not end the reading of this source
            LOG.error("What power source '{}' said could not be taken in", id, e);
        }
        plan(soon ? 0 : interval.get().toNanos());
    }

    private void giveUp(Future<?> task, long number) {
        boolean never;
        synchronized (this) {
            if (!running || closed || attempt != number) {
                return;
            }
            givenUp = true;
            never = !entered;
            running = entered; // one that never got its thread will not come back
        }
        sink.failed("it did not answer within " + timeout.toMillis() + " ms", true);
        task.cancel(true);
        if (never) {
            plan(interval.get().toNanos());
        }
    }

    @Override
    public void close() {
        AutoCloseable heard;
        synchronized (this) {
            closed = true;
            heard = nudges;
            nudges = null;
            if (planned != null) {
                planned.cancel(false);
            }
            if (limit != null) {
                limit.cancel(false);
            }
        }
        if (heard != null) {
            try {
                heard.close();
            } catch (Exception e) {
                LOG.debug("Power source '{}' did not end its notices", id, e);
            }
        }
    }
}

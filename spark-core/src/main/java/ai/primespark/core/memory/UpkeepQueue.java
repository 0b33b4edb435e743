package ai.primespark.core.memory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs jobs one after another, on at most one thread at a time. Bounded. Thread-safe. */
final class UpkeepQueue implements AutoCloseable {

    static final int MOST_WAITING = 16;

    private final Executor executor;
    private final ScheduledExecutorService scheduler;
    private final ArrayDeque<UpkeepJob<?>> waiting = new ArrayDeque<>(); // guarded by this
    private @Nullable UpkeepJob<?> running; // guarded by this
    private boolean planned; // guarded by this
    private boolean closed; // guarded by this

    UpkeepQueue(Executor executor, ScheduledExecutorService scheduler) {
        this.executor = executor;
        this.scheduler = scheduler;
    }

    void add(UpkeepJob<?> job) {
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("this memory is closed");
            }
            if (waiting.size() >= MOST_WAITING) {
                throw new IllegalStateException(
                        MOST_WAITING + " runs wait for their turn already; wait for them or cancel some");
            }
            waiting.add(job);
        }
        begin();
    }

    /** Whether a job of this name waits or runs. */
    synchronized boolean has(String name) {
        return running != null && running.name().equals(name)
                || waiting.stream().anyMatch(job -> job.name().equals(name));
    }

    private void begin() {
        synchronized (this) {
            if (planned || waiting.isEmpty()) {
                return;
            }
            planned = true;
        }
        try {
            executor.execute(this::work);
        } catch (RejectedExecutionException e) { // no thread is free
            synchronized (this) {
                planned = false;
            }
            try {
                var unused = scheduler.schedule(this::begin, 1, TimeUnit.SECONDS);
            } catch (RejectedExecutionException closing) {
                close();
            }
        }
    }

    private void work() {
        while (true) {
            UpkeepJob<?> next;
            synchronized (this) {
                next = waiting.poll();
                running = next;
                if (next == null) {
                    planned = false;
                    notifyAll();
                    return;
                }
            }
            next.run();
        }
    }

    /** Cancels everything; what waits is run as well, which ends at once because it is cancelled. */
    @Override
    public void close() {
        List<UpkeepJob<?>> all = new ArrayList<>();
        boolean orphaned;
        synchronized (this) {
            closed = true;
            all.addAll(waiting);
            if (running != null) {
                all.add(running);
            }
            orphaned = !planned;
            if (orphaned) {
                waiting.clear();
            }
        }
        all.forEach(UpkeepJob::cancel);
        if (orphaned) {
            all.forEach(UpkeepJob::run);
        }
    }

    /** Waits for the end after {@link #close()}. */
    synchronized boolean awaitIdle(Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        try {
            while (planned) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return false;
                }
                wait(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}

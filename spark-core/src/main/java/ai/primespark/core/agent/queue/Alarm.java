package ai.primespark.core.agent.queue;

import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sees to it that what is due is done although nobody asks: one timer, set to the earliest moment. Guarded by the table's lock. */
final class Alarm {

    private static final long LONGEST_MILLIS = 60_000;
    private static final long SHORTEST_MILLIS = 1;
    private static final long MOST_WAITING_MILLIS = 1_000;

    private final ScheduledExecutorService scheduler;
    private final Executor executor;
    private final InstantSource clock;
    private final Runnable work;
    private long setFor = TaskRecord.NEVER;
    private long patience = SHORTEST_MILLIS; // grows while the clock stands still
    private @Nullable Future<?> timer;
    private boolean closed;

    Alarm(ScheduledExecutorService scheduler, Executor executor, InstantSource clock, Runnable work) {
        this.scheduler = scheduler;
        this.executor = executor;
        this.clock = clock;
        this.work = work;
    }

    /** Rings at this moment at the latest. */
    void set(long due) {
        if (closed || due >= setFor) {
            return;
        }
        long wait = Math.max(patience, due - clock.millis());
        if (wait > LONGEST_MILLIS) {
            wait = LONGEST_MILLIS;
        }
        cancel();
        setFor = due;
        try {
            timer = scheduler.schedule(() -> executor.execute(work), wait, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) { // the instance closes
            closed = true;
        }
    }

    /** It has rung, and something was due or not. */
    void rang(boolean useful) {
        setFor = TaskRecord.NEVER;
        patience = useful ? SHORTEST_MILLIS : Math.min(MOST_WAITING_MILLIS, 2 * patience);
    }

    private void cancel() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    void close() {
        closed = true;
        cancel();
    }
}

package ai.primespark.core.agent;

import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the queue do what is due: any process does, so that none is needed. Sleeps as long as the queue says, a lease's life at most
 * (another process's lease may be new), and comes sooner for what this process schedules. Begins with the first use.
 */
final class Sweeper implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);
    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LATEST = TimeUnit.DAYS.toNanos(1);
    private static final long AFTER_TROUBLE = TimeUnit.SECONDS.toNanos(1);

    private final TaskQueue queue;
    private final Executor executor;
    private final Duration timeout;
    private final long longest;
    private final QueueTrouble trouble;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition sooner = lock.newCondition();
    private volatile boolean begun;
    private boolean closed; // guarded by lock
    private volatile long plannedAt = System.nanoTime();

    Sweeper(TaskQueue queue, Executor executor, Duration timeout, Duration lease, QueueTrouble trouble) {
        this.queue = queue;
        this.executor = executor;
        this.timeout = timeout;
        this.longest = lease.toNanos();
        this.trouble = trouble;
    }

    /** There is something to sweep from now on. */
    void begin() {
        if (begun) {
            return;
        }
        lock.lock();
        try {
            if (!begun && !closed) {
                executor.execute(this::run);
                begun = true;
            }
        } catch (RejectedExecutionException e) {
            LOG.warn("There is no thread for what is due in the task queue; the next use tries again");
        } finally {
            lock.unlock();
        }
    }

    /** Something is due after a while. */
    void within(Duration delay) {
        long at = System.nanoTime() + Math.max(0, Math.min(Nanos.of(delay), LATEST)) + SHORTEST;
        if (plannedAt - at > 0) {
            lock.lock();
            try {
                if (plannedAt - at > 0) {
                    plannedAt = at;
                    sooner.signal();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void run() {
        while (true) {
            plannedAt = System.nanoTime() + longest; // what is asked for from here on is asked for the next round
            long pause;
            try {
                pause = Math.max(SHORTEST, Nanos.of(queue.sweep(Deadline.in(timeout))));
                trouble.answered();
            } catch (QueueUnavailableException e) {
                trouble.failed("do what is due", e);
                pause = AFTER_TROUBLE;
            } catch (RuntimeException | Error e) {
                LOG.error("Doing what is due in the task queue failed", e);
                pause = AFTER_TROUBLE;
            }
            within(Duration.ofNanos(pause));
            if (!sleep()) {
                return;
            }
        }
    }

    private boolean sleep() {
        lock.lock();
        try {
            long left = plannedAt - System.nanoTime();
            while (!closed && left > 0) {
                var unused = sooner.awaitNanos(left);
                left = plannedAt - System.nanoTime();
            }
            return !closed;
        } catch (InterruptedException e) { // only the end of the instance interrupts its threads
            return false;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            sooner.signalAll();
        } finally {
            lock.unlock();
        }
    }
}

package ai.primespark.core.agent;

import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that looks after the leases, limits and states of all agents of an instance: no timer a task. Sleeps until
 * something is due.
 */
final class Pulse implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Pulse.class);
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(1);

    private final Executor executor;
    private final Set<Beating> parts = new CopyOnWriteArraySet<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition sooner = lock.newCondition();
    private volatile long plannedAt;
    private boolean running; // guarded by lock
    private volatile boolean closed;
    private volatile @Nullable Thread thread; // that beats

    /** Something that needs attention again and again. */
    interface Beating {
        /**
         * Does what is due. Called by one thread at a time.
         *
         * @param now by {@link System#nanoTime()}
         * @return how long until something is due again, in nanoseconds
         */
        long beat(long now);
    }

    Pulse(Executor executor) {
        this.executor = executor;
    }

    void add(Beating part) {
        parts.add(part);
        lock.lock();
        try {
            if (!running && !closed) {
                executor.execute(this::run);
                running = true;
            }
        } finally {
            lock.unlock();
        }
        within(0);
    }

    void remove(Beating part) {
        parts.remove(part);
    }

    /** Comes within so many nanoseconds from now; cheap when it does so anyway. */
    void within(long nanos) {
        long at = System.nanoTime() + nanos;
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

    /** Whether the calling thread is the one that beats, which must not wait for anything that lasts. */
    boolean isMine() {
        return Thread.currentThread() == thread;
    }

    private void run() {
        thread = Thread.currentThread();
        while (!closed) {
            plannedAt = System.nanoTime() + LONGEST; // what is asked for from here on is asked for the next round
            long due = LONGEST;
            for (Beating part : parts) {
                try {
                    due = Math.min(due, part.beat(System.nanoTime()));
                } catch (RuntimeException | Error e) { // the other agents' leases must go on
                    LOG.error("Looking after an agent failed", e);
                }
            }
            within(Math.max(due, 0));
            sleep();
        }
    }

    private void sleep() {
        lock.lock();
        try {
            long left;
            while (!closed && (left = plannedAt - System.nanoTime()) > 0) {
                var unused = sooner.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            closed = true; // only the end of the instance interrupts its threads
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        lock.lock();
        try {
            sooner.signalAll();
        } finally {
            lock.unlock();
        }
    }
}

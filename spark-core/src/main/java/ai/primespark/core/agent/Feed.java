package ai.primespark.core.agent;

import ai.primespark.agent.TaskEvent;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands events to one listener in order, one at a time, and never makes the giver wait: a slow listener loses the oldest. */
final class Feed {

    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);
    static final int MAX_BACKLOG = 1_000;

    private final Consumer<TaskEvent> listener;
    private final Executor executor;
    private final ArrayDeque<TaskEvent> backlog = new ArrayDeque<>(); // guarded by this
    private boolean draining; // guarded by this
    private boolean ending; // guarded by this; takes nothing more, and delivers what it has
    private volatile boolean stopped;
    private long lost; // guarded by this

    Feed(Consumer<TaskEvent> listener, Executor executor) {
        this.listener = listener;
        this.executor = executor;
    }

    void offer(TaskEvent event) {
        synchronized (this) {
            if (stopped || ending) {
                return;
            }
            if (backlog.size() >= MAX_BACKLOG) {
                backlog.removeFirst();
                lost++;
            }
            backlog.addLast(event);
            if (draining) {
                return;
            }
            draining = true;
        }
        try {
            executor.execute(this::drain);
        } catch (RejectedExecutionException e) { // closing, or out of threads: the next event tries again
            synchronized (this) {
                draining = false;
            }
        }
    }

    /** The last event; what comes later is dropped. */
    void end(TaskEvent last) {
        offer(last);
        synchronized (this) {
            ending = true;
        }
    }

    /** Delivers nothing more. */
    void stop() {
        stopped = true;
    }

    private void drain() {
        while (true) {
            TaskEvent next;
            long missed;
            synchronized (this) {
                next = stopped ? null : backlog.pollFirst();
                missed = lost;
                lost = 0;
                if (next == null) {
                    draining = false;
                    return;
                }
            }
            if (missed > 0) {
                LOG.warn("A listener to tasks was too slow and lost {} events", missed);
            }
            try {
                listener.accept(next);
            } catch (RuntimeException | Error e) { // even an Error must not end the deliveries to this listener
                LOG.warn("A listener to tasks failed on {} of {}", next.kind(), next.taskId(), e);
            }
        }
    }
}

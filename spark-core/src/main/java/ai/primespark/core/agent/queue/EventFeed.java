package ai.primespark.core.agent.queue;

import ai.primespark.agent.TaskEvent;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings events to those who follow, in order, on one thread at a time, and not before what they tell of would survive the process.
 * Publishing never waits. Thread-safe.
 */
final class EventFeed {

    private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);
    private static final int MOST = 1 << 16;

    private final String queue;
    private final Executor executor;
    private final BooleanSupplier durable;
    private final List<Consumer<TaskEvent>> listeners = new CopyOnWriteArrayList<>();
    private final Object lock = new Object();
    private ArrayDeque<TaskEvent> backlog = new ArrayDeque<>(); // guarded by lock
    private boolean delivering; // guarded by lock
    private boolean losing; // guarded by lock

    /**
     * Delivers nothing yet.
     *
     * @param durable waits until what was published so far is true for good; false when that cannot be waited for any more
     */
    EventFeed(String queue, Executor executor, BooleanSupplier durable) {
        this.queue = queue;
        this.executor = executor;
        this.durable = durable;
    }

    boolean isFollowed() {
        return !listeners.isEmpty();
    }

    AutoCloseable subscribe(Consumer<TaskEvent> listener) {
        Consumer<TaskEvent> own = event -> listener.accept(event); // the same one may come twice
        listeners.add(own);
        return () -> {
            var unused = listeners.remove(own);
        };
    }

    void publish(String taskId, TaskEvent.Kind kind, long millis, String note) {
        if (listeners.isEmpty()) {
            return;
        }
        TaskEvent event = new TaskEvent(taskId, kind, Instant.ofEpochMilli(millis), note);
        boolean begin;
        synchronized (lock) {
            if (backlog.size() == MOST) {
                backlog.remove();
                if (!losing) {
                    losing = true;
                    LOG.warn("A listener of task queue {} is too slow; it loses the oldest events", queue);
                }
            }
            backlog.add(event);
            begin = !delivering;
            delivering = true;
        }
        if (begin) {
            try {
                executor.execute(this::deliver);
            } catch (RejectedExecutionException e) { // the instance closes
                synchronized (lock) {
                    delivering = false;
                    backlog.clear();
                }
            }
        }
    }

    private void deliver() {
        while (true) {
            Queue<TaskEvent> events;
            synchronized (lock) {
                if (backlog.isEmpty()) {
                    delivering = false;
                    losing = false;
                    return;
                }
                events = backlog;
                backlog = new ArrayDeque<>();
            }
            if (durable.getAsBoolean()) {
                for (TaskEvent event : events) {
                    listeners.forEach(listener -> tell(listener, event));
                }
            }
        }
    }

    private void tell(Consumer<TaskEvent> listener, TaskEvent event) {
        try {
            listener.accept(event);
        } catch (RuntimeException | Error e) {
            LOG.warn("A listener of task queue {} failed on {}", queue, event.kind(), e);
        }
    }

    void close() {
        listeners.clear();
        synchronized (lock) {
            backlog.clear();
        }
    }
}

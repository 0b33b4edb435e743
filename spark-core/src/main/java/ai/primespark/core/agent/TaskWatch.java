package ai.primespark.core.agent;

import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.event.SparkEvents.Subscription;
import ai.primespark.spi.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells those who wait for tasks or follow them. Woken by the queue's events, which may get lost: so tasks that are waited for are
 * looked up once in a while, too, seldom and a few hundred at a time. Follows the queue only while somebody is interested.
 */
final class TaskWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TaskWatch.class);
    private static final long TICK_MILLIS = 1_000;
    private static final int LOOKUPS = 200;
    private static final Duration LONGEST_DOUBT = Duration.ofSeconds(2);

    private final Function<String, Optional<TaskSnapshot>> find;
    private final Function<Consumer<TaskEvent>, AutoCloseable> subscribe;
    private final Executor executor;
    private final ScheduledExecutorService scheduler;
    private final Map<String, Interest> interests = new ConcurrentHashMap<>();
    private final List<Feed> feeds = new CopyOnWriteArrayList<>();
    private final Set<String> due = new LinkedHashSet<>(); // guarded by itself
    private Iterator<String> round = Collections.emptyIterator(); // guarded by due; goes on with each tick
    private boolean resolving; // guarded by due
    private @Nullable AutoCloseable subscription; // guarded by this
    private @Nullable ScheduledFuture<?> ticking; // guarded by this
    private boolean closed; // guarded by this

    /** Who is interested in one task. */
    private static final class Interest {
        private final List<CompletableFuture<TaskSnapshot>> ends = new ArrayList<>(); // guarded by this
        private final List<Feed> feeds = new ArrayList<>(); // guarded by this

        synchronized boolean isEmpty() {
            return ends.isEmpty() && feeds.isEmpty();
        }
    }

    /**
     * Makes a watch.
     *
     * @param find looks a task up
     * @param subscribe follows the queue
     * @param executor where listeners and look-ups run
     * @param scheduler for the look-ups once in a while
     */
    TaskWatch(
            Function<String, Optional<TaskSnapshot>> find,
            Function<Consumer<TaskEvent>, AutoCloseable> subscribe,
            Executor executor,
            ScheduledExecutorService scheduler) {
        this.find = find;
        this.subscribe = subscribe;
        this.executor = executor;
        this.scheduler = scheduler;
    }

    // --- for users

    /** Follows all tasks. */
    Subscription listen(Consumer<TaskEvent> listener) {
        Feed feed = new Feed(listener, executor);
        feeds.add(feed);
        follow();
        return () -> {
            feeds.remove(feed);
            feed.stop();
        };
    }

    /** Follows one task until its end. */
    Subscription listen(String taskId, Consumer<TaskEvent> listener) {
        Feed feed = new Feed(listener, executor);
        interest(taskId, interest -> interest.feeds.add(feed));
        follow();
        look(taskId); // it may be over already, or be so before the queue is followed
        return () -> {
            forget(taskId, interest -> interest.feeds.remove(feed));
            feed.stop();
        };
    }

    /** The end of a task. */
    CompletableFuture<TaskSnapshot> end(String taskId) {
        CompletableFuture<TaskSnapshot> end = new CompletableFuture<>();
        interest(taskId, interest -> interest.ends.add(end));
        follow();
        look(taskId);
        return end.copy(); // completing or cancelling what the caller has changes nothing here
    }

    /**
     * Waits for the end of a task on the caller's thread.
     *
     * @return its state when it is over or the time is
     */
    TaskSnapshot await(String taskId, Duration timeout) {
        Deadline deadline = Deadline.in(timeout);
        TaskSnapshot now = known(taskId);
        if (now.status().isFinal() || deadline.isOver()) {
            return now;
        }
        CompletableFuture<TaskSnapshot> end = new CompletableFuture<>();
        interest(taskId, interest -> interest.ends.add(end));
        try {
            follow();
            Duration doubt = Duration.ofMillis(250);
            while (true) {
                now = known(taskId);
                if (now.status().isFinal() || deadline.isOver()) {
                    return now;
                }
                TaskSnapshot ended = wait(taskId, end, Math.min(deadline.remainingNanos(), doubt.toNanos()));
                if (ended != null) {
                    return ended;
                }
                doubt = doubt.multipliedBy(2).compareTo(LONGEST_DOUBT) > 0 ? LONGEST_DOUBT : doubt.multipliedBy(2);
            }
        } finally {
            forget(taskId, interest -> interest.ends.removeIf(known -> known == end));
        }
    }

    private static @Nullable TaskSnapshot wait(String taskId, CompletableFuture<TaskSnapshot> end, long nanos) {
        try {
            return end.get(Math.max(1, nanos), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TaskException(
                    "interrupted while waiting for task " + taskId + "; the task goes on, wait again or cancel it",
                    true,
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TaskException known) {
                throw known;
            }
            throw new TaskException("the end of task " + taskId + " cannot be learnt", true, e.getCause());
        }
    }

    private TaskSnapshot known(String taskId) {
        return find.apply(taskId).orElseThrow(() -> forgotten(taskId));
    }

    static TaskException forgotten(String taskId) {
        return new TaskException(
                "the queue does not know task " + taskId
                        + " (any more); it keeps tasks for their retention after their end",
                false,
                null);
    }

    // --- interests

    private void interest(String taskId, Consumer<Interest> change) {
        interests.compute(taskId, (id, known) -> {
            Interest interest = known == null ? new Interest() : known;
            synchronized (interest) {
                change.accept(interest);
            }
            return interest;
        });
    }

    private void forget(String taskId, Consumer<Interest> change) {
        interests.computeIfPresent(taskId, (id, interest) -> {
            synchronized (interest) {
                change.accept(interest);
            }
            return interest.isEmpty() ? null : interest;
        });
    }

    private void follow() {
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("Prime Spark is closed");
            }
            if (subscription == null) {
                subscription = subscribe.apply(this::on);
            }
            if (ticking == null) {
                ticking = scheduler.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Something happened to a task; on a thread of the queue's. */
    void on(TaskEvent event) {
        feeds.forEach(feed -> feed.offer(event));
        Interest interest = interests.get(event.taskId());
        if (interest == null) {
            return;
        }
        boolean over = event.kind() == TaskEvent.Kind.ENDED;
        synchronized (interest) {
            for (Feed feed : interest.feeds) {
                if (over) {
                    feed.end(event);
                } else {
                    feed.offer(event);
                }
            }
        }
        if (over) {
            forget(event.taskId(), known -> known.feeds.clear());
            look(event.taskId());
        }
    }

    private void tick() {
        if (interests.isEmpty() && feeds.isEmpty()) {
            unfollow();
            return;
        }
        synchronized (due) {
            if (!round.hasNext()) {
                round = interests.keySet().iterator();
            }
            while (round.hasNext() && due.size() < LOOKUPS) {
                due.add(round.next());
            }
        }
        resolve();
    }

    private void unfollow() {
        AutoCloseable ended;
        synchronized (this) {
            if (!interests.isEmpty() || !feeds.isEmpty() || ticking == null) {
                return;
            }
            ended = subscription;
            subscription = null;
            ticking.cancel(false);
            ticking = null;
        }
        close(ended);
    }

    private static void close(@Nullable AutoCloseable subscription) {
        if (subscription != null) {
            try {
                subscription.close();
            } catch (Exception e) {
                LOG.debug("A subscription to the task queue did not end cleanly", e);
            }
        }
    }

    // --- look-ups

    private void look(String taskId) {
        synchronized (due) {
            due.add(taskId);
        }
        resolve();
    }

    private void resolve() {
        synchronized (due) {
            if (resolving || due.isEmpty()) {
                return;
            }
            resolving = true;
        }
        try {
            executor.execute(this::lookUp);
        } catch (RejectedExecutionException e) { // closing, or out of threads: the next tick tries again
            synchronized (due) {
                resolving = false;
            }
        }
    }

    private void lookUp() {
        while (true) {
            String taskId;
            synchronized (due) {
                if (due.isEmpty()) {
                    resolving = false;
                    return;
                }
                taskId = due.iterator().next();
                due.remove(taskId);
            }
            try {
                Optional<TaskSnapshot> task = find.apply(taskId);
                if (task.isEmpty()) {
                    fail(taskId, forgotten(taskId));
                } else if (task.get().status().isFinal()) {
                    end(task.get());
                }
            } catch (QueueUnavailableException e) {
                LOG.debug("Task {} could not be looked up", taskId, e); // a tick comes back to it
            } catch (RuntimeException | Error e) {
                LOG.warn("Task {} could not be looked up", taskId, e);
            }
        }
    }

    private void end(TaskSnapshot task) {
        Interest interest = interests.remove(task.id());
        if (interest == null) {
            return;
        }
        List<CompletableFuture<TaskSnapshot>> ends;
        synchronized (interest) {
            ends = List.copyOf(interest.ends);
            TaskEvent last = new TaskEvent(
                    task.id(),
                    TaskEvent.Kind.ENDED,
                    task.endedAt().orElse(task.submittedAt()),
                    task.status().name());
            interest.feeds.forEach(feed -> feed.end(last)); // their own event got lost
        }
        ends.forEach(end -> end.complete(task));
    }

    private void fail(String taskId, TaskException why) {
        Interest interest = interests.remove(taskId);
        if (interest != null) {
            List<CompletableFuture<TaskSnapshot>> ends;
            synchronized (interest) {
                ends = List.copyOf(interest.ends);
                interest.feeds.forEach(Feed::stop);
            }
            ends.forEach(end -> end.completeExceptionally(why));
        }
    }

    /** Whoever still waits is told that the end will not be learnt here. */
    @Override
    public void close() {
        AutoCloseable ended;
        synchronized (this) {
            closed = true;
            ended = subscription;
            subscription = null;
            if (ticking != null) {
                ticking.cancel(false);
                ticking = null;
            }
        }
        close(ended);
        feeds.forEach(Feed::stop);
        Map<String, Interest> left = new HashMap<>(interests);
        left.keySet()
                .forEach(taskId -> fail(
                        taskId,
                        new TaskException(
                                "the end of task " + taskId + " will not be learnt: Prime Spark is closed",
                                true,
                                null)));
    }
}

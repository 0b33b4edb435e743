package ai.primespark.core.agent.queue;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskPage;
import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStats;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A {@link TaskTable} under a lock, with its clock and its end, and what can be seen and settled from outside. */
abstract class LockedTable implements TaskQueue {

    private static final int SWEPT_AT_ONCE = 1_000;
    private static final long LONGEST_MILLIS = 60_000;
    private static final Duration FOREVER = Duration.ofDays(365);

    private final String id;
    final InstantSource clock;
    private final Traits traits;
    final TaskLog log;
    final EventFeed events;
    final Alarm alarm;
    final ReentrantLock lock = new ReentrantLock();

    // all guarded by the lock
    final TaskTable table;
    final Intake intake;
    private final Views views;
    private final AgentBook agents = new AgentBook();
    private final Set<TaskScope> paused = new HashSet<>();
    private boolean open;
    private boolean closed;

    LockedTable(ProviderContext context, Traits traits, QueueLimits limits, TaskLog log) {
        this.id = context.id();
        this.clock = context.clock();
        this.traits = traits;
        this.log = log;
        this.events = new EventFeed(id, context.blocking(), this::awaitDurable);
        this.alarm = new Alarm(context.scheduler(), context.blocking(), clock, this::onAlarm);
        this.table = new TaskTable(limits, log, events);
        this.intake = new Intake(id, table);
        this.views = new Views(table);
    }

    /** From now on it works; under the lock, {@link #table} may have been filled before. */
    final void open(Set<TaskScope> pausedBefore) {
        lock.lock();
        try {
            paused.addAll(pausedBefore);
            table.lanes.pausesChanged(paused);
            open = true;
            alarm.set(nextDue());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Traits traits() {
        return traits;
    }

    /** Does something at one moment of the queue's time. */
    final <T extends @Nullable Object> T locked(LongFunction<T> work) {
        lock.lock();
        try {
            checkOpen();
            T result = work.apply(clock.millis());
            alarm.set(nextDue());
            return result;
        } finally {
            lock.unlock();
        }
    }

    final void underLock(Runnable work) {
        lock.lock();
        try {
            if (open) {
                work.run();
            }
        } finally {
            lock.unlock();
        }
    }

    final void checkOpen() {
        if (!open) {
            throw new QueueUnavailableException(
                    "task queue " + id + (closed ? " is closed" : " has not been started"), null);
        }
    }

    final long nextDue() {
        return Math.min(table.nextDue(), agents.nextDue());
    }

    /** Whatever the queue tells of is to survive the process: an end that was told and undone by a crash would be a lie. */
    private boolean awaitDurable() {
        try {
            log.awaitAll(Deadline.in(FOREVER), this::underLock);
            return true;
        } catch (QueueUnavailableException e) { // closed
            return false;
        }
    }

    // --- views

    @Override
    public Optional<TaskSnapshot> find(String taskId, Deadline deadline) {
        return look(taskId, views::snapshot, deadline);
    }

    @Override
    public Optional<byte[]> result(String taskId, Deadline deadline) {
        return look(taskId, task -> task.result, deadline);
    }

    /** What there is to see of a task; of one that is over when that is durable. */
    private <T> Optional<T> look(String taskId, Function<TaskRecord, @Nullable T> view, Deadline deadline) {
        TaskRecord[] over = new TaskRecord[1];
        Optional<T> seen = locked(now -> {
            TaskRecord task = table.find(taskId);
            over[0] = task != null && task.status.isFinal() ? task : null;
            return Optional.ofNullable(task).map(view);
        });
        if (seen.isPresent() && over[0] != null) {
            log.await(over[0], deadline, this::underLock);
        }
        return seen;
    }

    @Override
    public TaskPage list(TaskFilter filter, @Nullable String cursor, int limit, Deadline deadline) {
        if (limit < 1) {
            throw new IllegalArgumentException("a page has at least one task: " + limit);
        }
        TaskPage page = locked(now -> views.list(filter, cursor, limit));
        if (page.tasks().stream().anyMatch(task -> task.status().isFinal())) {
            log.awaitAll(deadline, this::underLock);
        }
        return page;
    }

    @Override
    public TaskStats stats(Deadline deadline) {
        return locked(now -> {
            if (agents.markSilent(now)) {
                table.lanes.agentsChanged(agents.all());
            }
            return views.stats();
        });
    }

    // --- dead letters

    @Override
    public int replay(TaskFilter filter, Deadline deadline) {
        return onDead(filter, deadline, (task, now) -> table.replay(task, now));
    }

    @Override
    public int purge(TaskFilter filter, Deadline deadline) {
        return onDead(filter, deadline, (task, now) -> table.purge(task));
    }

    private interface OnDead {
        void act(TaskRecord task, long now);
    }

    private int onDead(TaskFilter filter, Deadline deadline, OnDead action) {
        int count = 0;
        List<TaskRecord> all = locked(now -> views.dead(filter));
        for (int from = 0; from < all.size() && !deadline.isOver(); from += SWEPT_AT_ONCE) {
            List<TaskRecord> some = all.subList(from, Math.min(all.size(), from + SWEPT_AT_ONCE));
            List<TaskRecord> done = locked(now -> {
                List<TaskRecord> changed = new ArrayList<>(some);
                changed.removeIf(task -> table.dead.get(task.id) != task);
                changed.forEach(task -> action.act(task, now));
                return changed;
            });
            done.forEach(task -> log.await(task, deadline, this::underLock));
            count += done.size();
        }
        return count;
    }

    // --- agents and pauses

    @Override
    public void heartbeat(AgentStatus agent, Duration life, Deadline deadline) {
        locked(now -> {
            boolean changed = agents.heard(agent, now, TaskRecord.millis(life));
            if (agents.markSilent(now) || changed) {
                table.lanes.agentsChanged(agents.all());
            }
            return true;
        });
    }

    @Override
    public List<AgentStatus> agents(Deadline deadline) {
        return locked(now -> {
            if (agents.markSilent(now)) {
                table.lanes.agentsChanged(agents.all());
            }
            return agents.all();
        });
    }

    @Override
    public void setPaused(TaskScope scope, boolean pause, Deadline deadline) {
        locked(now -> {
            boolean different = pause ? paused.add(scope) : paused.remove(scope);
            if (different) {
                table.lanes.pausesChanged(paused);
                log.paused(Set.copyOf(paused));
            }
            return different;
        });
        log.awaitPaused(deadline, this::underLock); // also what another call has changed, or this one before
    }

    @Override
    public Set<TaskScope> paused(Deadline deadline) {
        return locked(now -> Set.copyOf(paused));
    }

    // --- time

    @Override
    public Duration sweep(Deadline deadline) {
        while (true) {
            long[] next = new long[1];
            boolean all = locked(now -> {
                boolean done = table.due(now, SWEPT_AT_ONCE);
                if (agents.markSilent(now)) {
                    table.lanes.agentsChanged(agents.all());
                }
                next[0] = Math.max(0, nextDue() - now);
                return done;
            });
            if (all || deadline.isOver()) {
                log.mend(this::underLock);
                return Duration.ofMillis(all ? Math.min(LONGEST_MILLIS, next[0]) : 0);
            }
        }
    }

    private void onAlarm() {
        lock.lock();
        try {
            if (open) {
                long now = clock.millis();
                alarm.rang(nextDue() <= now);
                table.due(now, SWEPT_AT_ONCE);
                if (agents.markSilent(now)) {
                    table.lanes.agentsChanged(agents.all());
                }
                alarm.set(nextDue());
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public AutoCloseable subscribe(Consumer<TaskEvent> listener) {
        Objects.requireNonNull(listener, "listener");
        return locked(now -> events.subscribe(listener));
    }

    /** Reads or changes the table before it is open. */
    final <T extends @Nullable Object> T prepare(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    final String id() {
        return id;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            open = false;
            alarm.close();
            table.waiters.callAll();
            events.close();
        } finally {
            lock.unlock();
        }
        log.close();
    }

    @Override
    public String toString() {
        return "TaskQueue[" + id + "]";
    }
}

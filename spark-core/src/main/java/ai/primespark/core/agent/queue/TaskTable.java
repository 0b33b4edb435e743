package ai.primespark.core.agent.queue;

import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskLane;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of {@link ai.primespark.spi.TaskQueue}: every change of a task's state happens here. Not thread-safe; the queue
 * calls it under its lock.
 */
final class TaskTable {

    final QueueLimits limits;
    final TaskLog log;
    final EventFeed events;
    final Lanes lanes;
    final Waiters waiters = new Waiters();
    final EndedTasks ended;
    final Dependencies dependencies;
    final TaskIndex index = new TaskIndex();
    final Map<String, TaskRecord> tasks = new HashMap<>();
    final Map<String, TaskRecord> keys = new HashMap<>();
    final Map<String, TaskRecord> dead = new LinkedHashMap<>();
    final Map<String, ClaimRecord> claims = new HashMap<>();
    final Map<TaskStatus, long[]> counts = new EnumMap<>(TaskStatus.class); // of one number each

    final Places places = new Places();
    private final Line<TaskRecord> scheduled =
            new Line<>((task, key) -> task.status == TaskStatus.SCHEDULED && task.taken && task.notBefore == key);
    private final Line<TaskRecord> leases =
            new Line<>((task, key) -> task.status == TaskStatus.RUNNING && task.leaseKey == key);
    final Line<TaskRecord> deadlines = new Line<>((task, key) -> !task.status.isFinal());

    /** Fences of this run are greater than this. */
    long fenceBase;

    long nextNumber = 1;
    long openBytes;
    int open; // not over, and not yet taken ones
    long retries;
    long losses;

    TaskTable(QueueLimits limits, TaskLog log, EventFeed events) {
        this.limits = limits;
        this.log = log;
        this.events = events;
        this.lanes = new Lanes(waiters);
        this.ended = new EndedTasks(this);
        this.dependencies = new Dependencies(this);
        for (TaskStatus status : TaskStatus.values()) {
            counts.put(status, new long[1]);
        }
    }

    @Nullable
    TaskRecord find(String id) {
        TaskRecord task = tasks.get(id);
        return task != null && task.taken ? task : null;
    }

    // --- the beginning

    /** A new task gets its first state. All that were submitted with it have been taken before. */
    void begin(TaskRecord task, Set<String> after, long now) {
        count(task.status, 1);
        events.publish(task.id, TaskEvent.Kind.SUBMITTED, now, "");
        if (task.deadline != TaskRecord.NEVER) {
            deadlines.add(task.deadline, task);
        }
        String hopeless = dependencies.enter(task, after);
        if (hopeless != null) {
            end(task, TaskStatus.CANCELLED, hopeless, now);
        } else if (task.waitsFor == null) {
            proceed(task, now);
        } else if (task.deadline <= now) {
            expire(task, now);
        }
        if (!after.isEmpty() || task.status.isFinal()) {
            log.changed(task);
        }
    }

    /** On to the state in which it waits for its time or an agent, unless it is too late for that. */
    void proceed(TaskRecord task, long now) {
        if (task.deadline <= now) {
            expire(task, now);
        } else if (task.notBefore > now) {
            become(task, TaskStatus.SCHEDULED);
            scheduled.add(task.notBefore, task);
        } else {
            ready(task, now);
        }
    }

    private void ready(TaskRecord task, long now) {
        become(task, TaskStatus.READY);
        if (task.place < 0) {
            task.place = places.next(task.submitter, now);
        }
        lanes.ready(task);
        if (events.isFollowed()) {
            lanes.parkedReason(task.lane)
                    .ifPresent(reason -> events.publish(task.id, TaskEvent.Kind.PARKED, now, reason));
        }
    }

    private void become(TaskRecord task, TaskStatus status) {
        count(task.status, -1);
        if (task.status == TaskStatus.READY) {
            task.lane.readyCount--;
        }
        task.status = status;
        count(status, 1);
    }

    void count(TaskStatus status, int change) {
        Objects.requireNonNull(counts.get(status))[0] += change;
    }

    // --- attempts

    /** A ready task, taken out of its lane already, goes to an agent. */
    void run(TaskRecord task, ClaimRecord claim, long until, long now) {
        become(task, TaskStatus.RUNNING);
        task.attempts++;
        task.fence = Math.max(task.fence, fenceBase) + 1;
        task.agentId = claim.agentId;
        task.startedAt = now;
        task.progress = 0;
        task.progressNote = "";
        task.claim = claim;
        claim.tasks.add(task);
        claim.held++;
        extend(task, until);
        if (task.failures > 0) {
            retries++;
        }
        events.publish(task.id, TaskEvent.Kind.STARTED, now, claim.agentId);
    }

    /** The line of leases learns of a later end when the earlier one comes. */
    void extend(TaskRecord task, long until) {
        task.leaseUntil = until;
        if (task.leaseKey < 0 || until < task.leaseKey) {
            task.leaseKey = until;
            leases.add(until, task);
        }
    }

    private void stop(TaskRecord task) {
        task.leaseKey = -1;
        leases.becameStale();
        task.lastFence = task.fence;
        ClaimRecord claim = Objects.requireNonNull(task.claim);
        task.claim = null;
        if (--claim.held == 0) {
            claims.remove(claim.requestId);
            log.ended(claim);
        }
        lanes.stopped(task);
    }

    /** Ends an attempt; the lease has been checked. */
    void complete(TaskRecord task, TaskCompletion completion, long now) {
        stop(task);
        task.lastCompletion = completion;
        if (completion instanceof TaskCompletion.Success success) {
            task.result = success.result();
            end(task, TaskStatus.SUCCEEDED, null, now);
        } else if (completion instanceof TaskCompletion.Stopped stopped) {
            boolean user = stopped.reason() == CancelReason.USER || task.cancelReason != null;
            end(
                    task,
                    user ? TaskStatus.CANCELLED : TaskStatus.EXPIRED,
                    user ? Objects.requireNonNullElse(task.cancelReason, "cancelled") : "its deadline passed",
                    now);
        } else if (completion instanceof TaskCompletion.Failure failure) {
            task.failures++;
            addError(task, failure.error());
            failed(task, failure, now);
        } else if (completion instanceof TaskCompletion.Release release) {
            if (release.checkpoint() != null) {
                checkpoint(task, release.checkpoint());
            }
            task.notBefore = 0;
            if (!endInstead(task, now)) {
                ready(task, now);
                events.publish(
                        task.id, TaskEvent.Kind.RELEASED, now, release.reason().name());
            }
        }
        log.changed(task);
    }

    private void failed(TaskRecord task, TaskCompletion.Failure failure, long now) {
        if (task.cancelReason == null && failure.retryIn() == null) {
            end(task, TaskStatus.DEAD, task.error, now);
        } else if (!endInstead(task, now)) {
            long pause = TaskRecord.millis(Objects.requireNonNull(failure.retryIn()));
            task.notBefore = pause == 0 ? 0 : TaskRecord.plus(now, pause);
            proceed(task, now);
            events.publish(task.id, TaskEvent.Kind.RETRYING, now, failure.error());
        }
    }

    /** An attempt ended without success: whether that is the end of the task, because it was cancelled or is too late. */
    private boolean endInstead(TaskRecord task, long now) {
        if (task.cancelReason != null) {
            end(task, TaskStatus.CANCELLED, task.cancelReason, now);
        } else if (task.deadline <= now) {
            expire(task, now);
        } else {
            return false;
        }
        return true;
    }

    static String notExtended(TaskRecord task) {
        return "agent " + task.agentId + " did not extend its lease";
    }

    /** A task that waits is too late. */
    void expireNow(TaskRecord task, long now) {
        expire(task, now);
        log.changed(task);
    }

    private void expire(TaskRecord task, long now) {
        end(task, TaskStatus.EXPIRED, "its deadline passed", now);
    }

    /** A lease is over. */
    void lose(TaskRecord task, String why, long now) {
        stop(task);
        task.lastCompletion = null;
        task.losses++;
        losses++;
        addError(task, why);
        if (task.cancelReason == null && task.losses >= task.maxLosses) {
            end(task, TaskStatus.DEAD, "lost " + task.losses + " times, the last time: " + why, now);
        } else if (!endInstead(task, now)) {
            task.notBefore = 0;
            ready(task, now);
            events.publish(task.id, TaskEvent.Kind.LOST, now, String.valueOf(task.agentId));
        }
        log.changed(task);
    }

    private void addError(TaskRecord task, String text) {
        long before = task.errorChars();
        task.addError(text);
        weigh(task, task.errorChars() - before);
    }

    void checkpoint(TaskRecord task, byte[] bytes) {
        weigh(task, bytes.length - (task.checkpoint == null ? 0 : task.checkpoint.length));
        task.checkpoint = bytes;
        log.checkpointed(task);
    }

    void weigh(TaskRecord task, long change) {
        task.bytes += change;
        openBytes += change;
    }

    // --- the end

    CancelOutcome cancel(TaskRecord task, String reason, long now) {
        if (task.status.isFinal()) {
            return CancelOutcome.TOO_LATE;
        }
        if (task.status == TaskStatus.RUNNING) {
            if (task.cancelReason == null) {
                task.cancelReason = reason;
                log.changed(task);
                events.publish(task.id, TaskEvent.Kind.CANCELLING, now, reason);
            }
            return CancelOutcome.REQUESTED;
        }
        end(task, TaskStatus.CANCELLED, reason, now);
        log.changed(task);
        return CancelOutcome.CANCELLED;
    }

    void end(TaskRecord task, TaskStatus status, @Nullable String error, long now) {
        TaskStatus before = task.status;
        become(task, status);
        if (before == TaskStatus.READY) {
            task.lane.ready.becameStale();
        } else if (before == TaskStatus.SCHEDULED) {
            scheduled.becameStale();
        }
        task.error = error;
        task.endedAt = now;
        dependencies.leave(task);
        lanes.left(task, now);
        if (task.deadline != TaskRecord.NEVER) {
            deadlines.becameStale();
        }
        if (status == TaskStatus.DEAD) {
            dead.put(task.id, task);
        } else {
            ended.keep(task);
        }
        events.publish(task.id, TaskEvent.Kind.ENDED, now, status.name());
        dependencies.ended(task, now);
    }

    void replay(TaskRecord task, long now) {
        dead.remove(task.id);
        task.failures = 0;
        task.losses = 0;
        task.error = null;
        task.endedAt = -1;
        task.notBefore = 0;
        task.place = -1;
        task.lastCompletion = null;
        task.lane = lanes.of(task.lane.name);
        lanes.entered(task);
        events.publish(task.id, TaskEvent.Kind.REPLAYED, now, "");
        if (task.deadline != TaskRecord.NEVER) {
            deadlines.add(task.deadline, task);
        }
        proceed(task, now);
        log.changed(task);
    }

    void purge(TaskRecord task) {
        dead.remove(task.id);
        open--;
        openBytes -= task.bytes;
        drop(task);
    }

    /** A task that is over is known no more. */
    void drop(TaskRecord task) {
        count(task.status, -1);
        tasks.remove(task.id);
        if (task.key != null) {
            keys.remove(task.key, task);
        }
        index.remove(task);
        log.forgotten(task);
    }

    // --- time

    /** Does at most so much of what is due; true when that was all. */
    boolean due(long now, int most) {
        int done = 0;
        while (done < most && leases.peekKey() <= now) {
            TaskRecord task = Objects.requireNonNull(leases.poll());
            if (task.leaseUntil > now) {
                task.leaseKey = task.leaseUntil;
                leases.add(task.leaseKey, task);
            } else {
                lose(task, notExtended(task), now);
            }
            done++;
        }
        for (; done < most && scheduled.peekKey() <= now; done++) {
            TaskRecord task = Objects.requireNonNull(scheduled.poll());
            proceed(task, now);
            log.changed(task);
        }
        for (; done < most && deadlines.peekKey() <= now; done++) {
            TaskRecord task = Objects.requireNonNull(deadlines.poll());
            if (task.status != TaskStatus.RUNNING) {
                expireNow(task, now);
            }
        }
        while (done < most && ended.forgetOne(now)) {
            done++;
        }
        lanes.tidy(now);
        return done < most;
    }

    /** When something is due next; never when nothing is. */
    long nextDue() {
        return Math.min(
                Math.min(leases.peekKey(), scheduled.peekKey()), Math.min(deadlines.peekKey(), ended.nextDue()));
    }

    Set<TaskLane> laneNames() {
        return lanes.names();
    }
}

package ai.primespark.core.agent.queue;

import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.TaskEvent;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What agents and submitters do with a {@link TaskTable}: the queue {@code memory}, and the body of {@code file}. */
class TableQueue extends LockedTable {

    private static final int DUE_AT_ONCE = 256;
    private static final int MOST_PIECE_BYTES = 64 << 10;

    /** For so long after a lane came up, those who wait without knowing it look once more. */
    private static final long NEW_LANE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Claims claims; // guarded by the lock

    TableQueue(ProviderContext context, Traits traits, QueueLimits limits, TaskLog log) {
        super(context, traits, limits, log);
        this.claims = new Claims(table);
    }

    @Override
    public void start() throws Exception {
        open(Set.of());
    }

    @Override
    public List<Submitted> submit(List<TaskEnvelope> batch, Deadline deadline) {
        intake.check(batch);
        Intake.Batch taken = locked(now -> {
            Intake.Batch result = intake.reserve(batch, now);
            if (log.isImmediate()) {
                intake.take(result.fresh(), now);
            }
            return result;
        });
        if (!log.isImmediate()) {
            if (!taken.fresh().isEmpty()) {
                makeDurable(taken.fresh(), deadline);
            }
            taken.others().forEach(task -> log.await(task, deadline, this::underLock));
        }
        return taken.answers();
    }

    private void makeDurable(List<TaskRecord> fresh, Deadline deadline) {
        try {
            log.submit(fresh, deadline);
        } catch (RuntimeException | Error e) {
            lock.lock();
            try {
                intake.withdraw(fresh, clock.millis());
            } finally {
                lock.unlock();
            }
            throw e;
        }
        locked(now -> {
            intake.take(fresh, now);
            return true;
        });
    }

    @Override
    public List<TaskLease> claim(TaskClaim claim, Deadline deadline) {
        List<TaskLease> leases = locked(now -> {
            table.due(now, DUE_AT_ONCE);
            return claims.claim(claim, now);
        });
        if (leases.stream().anyMatch(lease -> !lease.task().request().after().isEmpty())) {
            log.awaitAll(deadline, this::underLock); // or a crash might undo what they run after
        }
        return leases;
    }

    @Override
    public Set<TaskLane> lanes(Deadline deadline) {
        return locked(now -> table.laneNames());
    }

    @Override
    public boolean awaitWork(Set<TaskLane> known, Duration max) throws InterruptedException {
        Waiters.Waiter waiter = new Waiters.Waiter(Set.copyOf(known));
        long wait = Math.max(0, Deadline.in(max).remainingNanos());
        boolean early = false;
        lock.lockInterruptibly();
        try {
            checkOpen();
            long now = clock.millis();
            table.due(now, DUE_AT_ONCE);
            if (claims.hasWork(waiter.known, now)) {
                return true;
            }
            long keptBack = claims.keptBackUntil(waiter.known);
            long most = Math.min(
                    keptBack == TaskRecord.NEVER ? Long.MAX_VALUE : millisToNanos(keptBack - now), newLaneNanos(known));
            if (most < wait) {
                early = true;
                wait = Math.max(0, most);
            }
            table.waiters.add(waiter);
            alarm.set(nextDue());
        } finally {
            lock.unlock();
        }
        try {
            return waiter.called.await(wait, TimeUnit.NANOSECONDS) && isOpen() || early;
        } finally {
            lock.lock();
            try {
                table.waiters.remove(waiter);
            } finally {
                lock.unlock();
            }
        }
    }

    private boolean isOpen() {
        lock.lock();
        try {
            checkOpen();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private static long millisToNanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(Math.max(1, millis));
    }

    /**
     * An agent asks for the lanes first and waits then; a lane that came up in between would be missed. So who does not know a new
     * lane is sent to look again, but not before that is new no more: once, and not in a circle.
     */
    private long newLaneNanos(Set<TaskLane> known) {
        long age = table.lanes.nanosSinceNewest();
        if (age < 0 || age > NEW_LANE_NANOS || known.containsAll(table.laneNames())) {
            return Long.MAX_VALUE;
        }
        return NEW_LANE_NANOS - age + 1;
    }

    @Override
    public List<Beat> beat(List<TaskLease.Progress> leases, Duration life, Deadline deadline) {
        long millis = Math.max(1, TaskRecord.millis(life));
        return locked(now -> {
            List<Beat> beats = new ArrayList<>(leases.size());
            for (TaskLease.Progress progress : leases) {
                beats.add(beat(progress, TaskRecord.plus(now, millis), now));
            }
            return beats;
        });
    }

    private Beat beat(TaskLease.Progress progress, long until, long now) {
        TaskRecord task = claims.held(progress.ref(), now);
        if (task == null) {
            return new Beat(false, CancelReason.LEASE_LOST);
        }
        table.extend(task, until);
        double fraction = progress.fraction() > 0 ? Math.min(1, progress.fraction()) : 0;
        if (fraction != task.progress || !progress.note().equals(task.progressNote)) {
            task.progress = fraction;
            task.progressNote = progress.note();
            events.publish(task.id, TaskEvent.Kind.PROGRESS, now, progress.note());
        }
        return new Beat(
                true,
                task.cancelReason != null ? CancelReason.USER : task.deadline <= now ? CancelReason.DEADLINE : null);
    }

    @Override
    public boolean save(TaskLease.Ref lease, byte[] checkpoint, Deadline deadline) {
        intake.checkSize("the checkpoint of task " + lease.taskId(), checkpoint);
        TaskRecord saved = locked(now -> {
            TaskRecord task = claims.held(lease, now);
            if (task != null) {
                table.checkpoint(task, checkpoint);
            }
            return task;
        });
        return isDurable(saved, deadline);
    }

    /** Waits until a change that was made is durable; false when none was made. */
    private boolean isDurable(@Nullable TaskRecord changed, Deadline deadline) {
        if (changed != null) {
            log.await(changed, deadline, this::underLock);
        }
        return changed != null;
    }

    @Override
    public boolean emit(TaskLease.Ref lease, String piece, Deadline deadline) {
        if (piece.length() > MOST_PIECE_BYTES
                || 3 * piece.length() > MOST_PIECE_BYTES
                        && piece.getBytes(StandardCharsets.UTF_8).length > MOST_PIECE_BYTES) {
            throw new IllegalArgumentException("a piece of output has 64 KiB of UTF-8 at most");
        }
        return locked(now -> {
            TaskRecord task = claims.held(lease, now);
            if (task != null) {
                events.publish(task.id, TaskEvent.Kind.OUTPUT, now, piece);
            }
            return task != null;
        });
    }

    @Override
    public boolean complete(TaskLease.Ref lease, TaskCompletion completion, Deadline deadline) {
        checkSize(lease, completion);
        TaskRecord changed = locked(now -> complete(lease, completion, now));
        return isDurable(changed, deadline);
    }

    @Override
    public List<Boolean> completeAll(List<Ending> endings, Deadline deadline) {
        endings.forEach(ending -> checkSize(ending.lease(), ending.completion()));
        List<@Nullable TaskRecord> changed = locked(now -> {
            List<@Nullable TaskRecord> tasks = new ArrayList<>(endings.size());
            for (Ending ending : endings) {
                tasks.add(complete(ending.lease(), ending.completion(), now));
            }
            return tasks;
        });
        List<Boolean> accepted = new ArrayList<>(endings.size());
        changed.forEach(task -> accepted.add(isDurable(task, deadline)));
        return accepted;
    }

    private void checkSize(TaskLease.Ref lease, TaskCompletion completion) {
        if (completion instanceof TaskCompletion.Success success) {
            intake.checkSize("the result of task " + lease.taskId(), success.result());
        } else if (completion instanceof TaskCompletion.Release release) {
            intake.checkSize("the checkpoint of task " + lease.taskId(), release.checkpoint());
        }
    }

    /** The task that changed or had changed so already; null when the lease is over. */
    private @Nullable TaskRecord complete(TaskLease.Ref lease, TaskCompletion completion, long now) {
        TaskRecord task = claims.held(lease, now);
        if (task != null) {
            table.complete(task, completion, now);
            return task;
        }
        task = table.find(lease.taskId());
        return task != null && task.isRepeated(lease.fence(), completion) ? task : null;
    }

    @Override
    public CancelOutcome cancel(String taskId, String reason, Deadline deadline) {
        Objects.requireNonNull(reason, "reason");
        TaskRecord[] found = new TaskRecord[1];
        CancelOutcome outcome = locked(now -> {
            table.due(now, DUE_AT_ONCE);
            TaskRecord task = table.find(taskId);
            found[0] = task;
            return task == null ? CancelOutcome.UNKNOWN : table.cancel(task, reason, now);
        });
        if (found[0] != null) {
            log.await(found[0], deadline, this::underLock);
        }
        return outcome;
    }
}

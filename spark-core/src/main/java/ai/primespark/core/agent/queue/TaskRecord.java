package ai.primespark.core.agent.queue;

import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLease;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A task as the table keeps it. Guarded by the table's lock; times are milliseconds of the queue's clock. */
final class TaskRecord {

    static final long NEVER = Long.MAX_VALUE;
    static final int MOST_ERRORS = 16;
    static final int LONGEST_ERROR = 1_000;

    final String id;
    final long number; // in the order of submission
    Lane lane; // another object of the same name after a replay
    final long submittedAt;
    final long deadline;
    final long retention;
    final int maxLosses;
    final String submitter;
    final @Nullable String key;
    final byte @Nullable [] keyDigest;

    /** Null once the task is over and cannot be replayed: nobody needs the payload then. */
    @Nullable
    TaskEnvelope envelope;

    /** Whether the submission is acknowledged; until then nobody but another submission sees it. */
    boolean taken;

    TaskStatus status = TaskStatus.BLOCKED;

    /** Its place in line, which it keeps over attempts; negative before it was ready first. */
    long place = -1;

    long notBefore;
    long startedAt = -1;
    long endedAt = -1;
    long forgetAt = NEVER;
    boolean kept; // among those that are over and not forgotten
    int attempts;
    int failures;
    int losses;
    long fence;
    double progress;
    String progressNote = "";

    @Nullable
    String agentId;

    @Nullable
    String error;

    List<String> errors = List.of();
    byte @Nullable [] checkpoint;
    byte @Nullable [] result;

    @Nullable
    String cancelReason; // not null when it was to be cancelled while it ran

    long leaseUntil;
    long leaseKey = -1; // with which number it stands in the line of leases

    @Nullable
    ClaimRecord claim;

    @Nullable
    Set<String> waitsFor;

    @Nullable
    Set<TaskRecord> dependents;

    @Nullable
    TaskCompletion lastCompletion;

    long lastFence;

    /** What it counts for in the limits of bytes. */
    long bytes;

    /** The log's own. */
    @Nullable
    Logged logged;

    TaskRecord(TaskEnvelope envelope, long number, Lane lane, long submittedAt, byte @Nullable [] keyDigest) {
        this.id = envelope.id();
        this.envelope = envelope;
        this.number = number;
        this.lane = lane;
        this.submittedAt = submittedAt;
        this.keyDigest = keyDigest;
        var request = envelope.request();
        this.deadline = request.deadline().map(TaskRecord::millis).orElse(NEVER);
        this.notBefore = request.notBefore().map(TaskRecord::millis).orElse(0L);
        this.retention = millis(request.retention());
        this.maxLosses = request.retry().maxLosses();
        this.submitter = request.submitter();
        this.key = request.idempotencyKey().orElse(null);
        this.bytes = envelope.payload().length;
    }

    /** Never overflows: what is too far away is never. */
    static long millis(Instant moment) {
        try {
            return moment.toEpochMilli();
        } catch (ArithmeticException e) {
            return moment.isAfter(Instant.EPOCH) ? NEVER : 0;
        }
    }

    static long millis(java.time.Duration duration) {
        try {
            return duration.toMillis();
        } catch (ArithmeticException e) {
            return NEVER;
        }
    }

    /** The sum, or never when there is none. */
    static long plus(long moment, long duration) {
        return duration > NEVER - moment ? NEVER : moment + duration;
    }

    boolean isHeldBy(TaskLease.Ref ref, long now) {
        return status == TaskStatus.RUNNING
                && fence == ref.fence()
                && ref.agentId().equals(agentId)
                && leaseUntil > now;
    }

    /** Whether this is what was accepted for this fence. */
    boolean isRepeated(long fence, TaskCompletion completion) {
        TaskCompletion last = lastCompletion;
        if (last == null || lastFence != fence) {
            return false;
        }
        if (last instanceof TaskCompletion.Success a && completion instanceof TaskCompletion.Success b) {
            return Arrays.equals(a.result(), b.result());
        }
        if (last instanceof TaskCompletion.Release a && completion instanceof TaskCompletion.Release b) {
            return a.reason() == b.reason() && Arrays.equals(a.checkpoint(), b.checkpoint());
        }
        return last.equals(completion);
    }

    void addError(String text) {
        String kept = text.length() <= LONGEST_ERROR ? text : text.substring(0, LONGEST_ERROR - 1) + "…";
        List<String> all = new ArrayList<>(errors);
        if (all.size() == MOST_ERRORS) {
            all.remove(0);
        }
        all.add(kept);
        errors = all;
        error = kept;
    }

    @SuppressWarnings("NullAway") // does not see in class files that an array of a record may be null
    TaskLease lease() {
        TaskEnvelope task = envelope;
        String agent = agentId;
        if (task == null || agent == null) {
            throw new IllegalStateException("task " + id + " is not running");
        }
        return new TaskLease(new TaskLease.Ref(id, agent, fence), task, attempts, failures, losses, checkpoint);
    }

    long errorChars() {
        long chars = 0;
        for (String text : errors) {
            chars += text.length();
        }
        return chars;
    }

    TaskSnapshot snapshot(@Nullable String parkedReason) {
        return TaskSnapshot.builder(
                        id, lane.name.type(), status, lane.name.priority(), Instant.ofEpochMilli(submittedAt))
                .submitter(submitter)
                .counts(attempts, failures, losses)
                .progress(progress, progressNote)
                .agentId(agentId)
                .error(error)
                .errors(errors)
                .parkedReason(parkedReason)
                .notBefore(status == TaskStatus.SCHEDULED || status == TaskStatus.BLOCKED ? instant(notBefore) : null)
                .deadline(deadline == NEVER ? null : instant(deadline))
                .startedAt(instant(startedAt))
                .endedAt(instant(endedAt))
                .build();
    }

    private static @Nullable Instant instant(long millis) {
        return millis <= 0 ? null : Instant.ofEpochMilli(millis);
    }

    @Override
    public String toString() {
        return "TaskRecord[" + id + ", " + status + "]";
    }
}

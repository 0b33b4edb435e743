package ai.primespark.core.agent.queue;

import ai.primespark.agent.QueueFullException;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskRequest;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskQueue.Submitted;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes batches of new tasks, all or none. Guarded by the table's lock, but for what says otherwise. */
final class Intake {

    private final String queue;
    private final TaskTable table;

    /**
     * What becomes of a batch.
     *
     * @param answers one a task
     * @param fresh the new ones, not yet to be seen
     * @param others those of other submissions that may not be durable yet
     */
    record Batch(List<Submitted> answers, List<TaskRecord> fresh, List<TaskRecord> others) {}

    Intake(String queue, TaskTable table) {
        this.queue = queue;
        this.table = table;
    }

    /** Refuses what is too large; needs no lock. */
    void check(List<TaskEnvelope> batch) {
        for (TaskEnvelope task : batch) {
            checkSize("the payload of task " + task.id(), task.payload());
        }
    }

    void checkSize(String what, byte @Nullable [] bytes) {
        int most = table.limits.maxPayloadBytes();
        if (bytes != null && bytes.length > most) {
            throw new TaskException(
                    what + " has " + bytes.length + " bytes, and task queue " + queue + " takes " + most
                            + " at most (max-payload); keep large data in memory objects and pass their names",
                    false,
                    null);
        }
    }

    /** Looks at a batch and keeps room, ids and keys for what is new in it. */
    Batch reserve(List<TaskEnvelope> batch, long now) {
        List<Submitted> answers = new ArrayList<>(batch.size());
        List<TaskRecord> fresh = new ArrayList<>(batch.size());
        List<TaskRecord> others = new ArrayList<>(0);
        boolean conflict = false;
        try {
            for (TaskEnvelope task : batch) {
                String key = task.request().idempotencyKey().orElse(null);
                byte[] digest = key == null ? null : digest(task);
                TaskRecord known = table.tasks.get(task.id());
                boolean same = true;
                if (known == null && key != null) {
                    known = table.keys.get(key);
                    same = known == null || Arrays.equals(digest, known.keyDigest);
                }
                if (known == null) {
                    fresh.add(reserve(task, digest, now));
                    answers.add(new Submitted(task.id(), Submitted.Outcome.CREATED));
                } else {
                    conflict |= !same;
                    others.add(known);
                    answers.add(
                            new Submitted(known.id, same ? Submitted.Outcome.EXISTING : Submitted.Outcome.CONFLICT));
                }
            }
        } catch (RuntimeException | Error e) {
            withdraw(fresh, now);
            throw e;
        }
        if (conflict) {
            withdraw(fresh, now);
            fresh.clear();
            others.clear(); // nothing is promised
        }
        others.removeAll(fresh);
        return new Batch(answers, fresh, others);
    }

    private TaskRecord reserve(TaskEnvelope envelope, byte @Nullable [] digest, long now) {
        QueueLimits limits = table.limits;
        if (table.open >= limits.maxTasks()) {
            throw full(table.open + " of " + limits.maxTasks() + " tasks (max-tasks)");
        }
        if (table.openBytes + envelope.payload().length > limits.maxBytes()) {
            throw full(table.openBytes + " of " + limits.maxBytes() + " bytes (max-bytes)");
        }
        return admit(envelope, digest, now);
    }

    /** Adds a task without looking at limits: those of an earlier run are there anyway. */
    TaskRecord admit(TaskEnvelope envelope, byte @Nullable [] digest, long now) {
        Lane lane = table.lanes.of(envelope.lane());
        TaskRecord task = new TaskRecord(envelope, table.nextNumber++, lane, now, digest);
        table.tasks.put(task.id, task);
        if (task.key != null) {
            table.keys.put(task.key, task);
        }
        table.open++;
        table.openBytes += task.bytes;
        table.lanes.entered(task);
        table.log.reserved(task);
        return task;
    }

    private QueueFullException full(String what) {
        String deadOnes =
                table.dead.isEmpty() ? "" : "; " + table.dead.size() + " of its tasks are dead: replay or purge them";
        return new QueueFullException("task queue " + queue + " is full: it holds " + what + deadOnes
                + "; submit again when agents have caught up, or raise the limit");
    }

    /** Gives back what {@link #reserve(List, long)} kept. */
    void withdraw(List<TaskRecord> fresh, long now) {
        for (TaskRecord task : fresh) {
            table.tasks.remove(task.id, task);
            if (task.key != null) {
                table.keys.remove(task.key, task);
            }
            table.open--;
            table.openBytes -= task.bytes;
            table.lanes.left(task, now);
        }
    }

    /** Lets everybody see new tasks. */
    void take(List<TaskRecord> fresh, long now) {
        for (TaskRecord task : fresh) {
            task.taken = true;
            table.index.add(task);
        }
        for (TaskRecord task : fresh) {
            TaskEnvelope envelope = task.envelope;
            table.begin(
                    task,
                    envelope == null ? java.util.Set.of() : envelope.request().after(),
                    now);
        }
    }

    /** What tells the work of one idempotency key from other work. */
    static byte[] digest(TaskEnvelope task) {
        TaskRequest request = task.request();
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(request.type().getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            sha.update((byte) 0);
            return sha.digest(task.payload());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

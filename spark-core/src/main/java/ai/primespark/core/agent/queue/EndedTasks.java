package ai.primespark.core.agent.queue;

import org.jspecify.annotations.Nullable;

/** Tasks that are over and not dead, until their retention is over or there are too many. Guarded by the table's lock. */
final class EndedTasks {

    private final TaskTable table;
    private final Line<TaskRecord> byRetention = new Line<>((task, key) -> task.kept);
    private final Line<TaskRecord> byEnd = new Line<>((task, key) -> task.kept);
    private int count;
    private long bytes;

    EndedTasks(TaskTable table) {
        this.table = table;
    }

    /** Keeps a task, without what nobody needs any more. */
    void keep(TaskRecord task) {
        table.open--;
        table.openBytes -= task.bytes;
        table.log.ending(task);
        task.bytes = (task.result == null ? 0 : task.result.length) + task.errorChars();
        task.envelope = null;
        task.checkpoint = null;
        task.forgetAt = TaskRecord.plus(Math.max(task.endedAt, 0), task.retention);
        task.kept = true;
        count++;
        bytes += task.bytes;
        byRetention.add(task.forgetAt, task);
        byEnd.add(task.endedAt, task);
        QueueLimits limits = table.limits;
        while (count > limits.maxEnded() || bytes > limits.maxEndedBytes() && count > 1) {
            forget(byEnd.poll()); // the oldest, however long somebody wanted it to be kept
            byRetention.becameStale();
        }
    }

    /** Forgets one whose retention is over; false when there is none. */
    boolean forgetOne(long now) {
        if (byRetention.peekKey() > now) {
            return false;
        }
        forget(byRetention.poll());
        byEnd.becameStale();
        return true;
    }

    private void forget(@Nullable TaskRecord task) {
        if (task != null) {
            count--;
            bytes -= task.bytes;
            task.kept = false;
            table.drop(task);
        }
    }

    long nextDue() {
        return byRetention.peekKey();
    }
}

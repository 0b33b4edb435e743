package ai.primespark.core.agent.queue;

import ai.primespark.agent.TaskStatus;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which tasks are to run after which. Guarded by the table's lock. */
final class Dependencies {

    private final TaskTable table;
    private final ArrayDeque<TaskRecord> untold = new ArrayDeque<>(); // ended, and those that follow are not told yet
    private boolean telling;

    Dependencies(TaskTable table) {
        this.table = table;
    }

    /**
     * Notes what a new task waits for.
     *
     * @return why it will never run, or null
     */
    @Nullable
    String enter(TaskRecord task, Set<String> after) {
        for (String id : after) {
            TaskRecord before = table.find(id);
            if (before == null || before.status.isFinal() && before.status != TaskStatus.SUCCEEDED) {
                return withoutSuccess(id, before);
            }
            if (before.status != TaskStatus.SUCCEEDED) {
                task.waitsFor = task.waitsFor == null ? new HashSet<>() : task.waitsFor;
                task.waitsFor.add(id);
                before.dependents = before.dependents == null ? new LinkedHashSet<>() : before.dependents;
                before.dependents.add(task);
            }
        }
        return null;
    }

    private static String withoutSuccess(String id, @Nullable TaskRecord before) {
        return "task " + id + ", after which it was to run, "
                + (before == null ? "is not known" : "ended as " + before.status);
    }

    /** A task waits for nothing any more. */
    void leave(TaskRecord task) {
        if (task.waitsFor != null) {
            for (String id : task.waitsFor) {
                TaskRecord before = table.tasks.get(id);
                if (before != null && before.dependents != null) {
                    before.dependents.remove(task);
                }
            }
            task.waitsFor = null;
        }
    }

    /** Tells those that follow a task of its end. Not by recursion: a chain may have a hundred thousand links. */
    void ended(TaskRecord task, long now) {
        if (task.dependents == null) {
            return;
        }
        untold.add(task);
        if (telling) {
            return;
        }
        telling = true;
        try {
            for (TaskRecord next = untold.poll(); next != null; next = untold.poll()) {
                Set<TaskRecord> dependents = next.dependents;
                next.dependents = null;
                if (dependents != null) {
                    for (TaskRecord dependent : dependents) {
                        tell(dependent, next, now);
                    }
                }
            }
        } finally {
            telling = false;
        }
    }

    private void tell(TaskRecord dependent, TaskRecord before, long now) {
        if (dependent.status != TaskStatus.BLOCKED || dependent.waitsFor == null) {
            return;
        }
        dependent.waitsFor.remove(before.id);
        if (before.status != TaskStatus.SUCCEEDED) {
            table.end(dependent, TaskStatus.CANCELLED, withoutSuccess(before.id, before), now);
        } else if (dependent.waitsFor.isEmpty()) {
            dependent.waitsFor = null;
            table.proceed(dependent, now);
        }
        table.log.changed(dependent);
    }
}

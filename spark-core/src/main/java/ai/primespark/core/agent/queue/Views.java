package ai.primespark.core.agent.queue;

import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskPage;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStats;
import ai.primespark.agent.TaskStatus;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What can be seen of a table from outside. Guarded by the table's lock. */
final class Views {

    /** So that a rare kind of task among many does not hold the lock for long; the page is short then. */
    private static final int LOOKED_AT_ONCE = 2_000;

    private final TaskTable table;

    Views(TaskTable table) {
        this.table = table;
    }

    TaskSnapshot snapshot(TaskRecord task) {
        return task.snapshot(
                task.status == TaskStatus.READY
                        ? table.lanes.parkedReason(task.lane).orElse(null)
                        : null);
    }

    TaskPage list(TaskFilter filter, @Nullable String cursor, int limit) {
        String only = filter.id().orElse(null);
        if (only != null) {
            TaskRecord task = cursor == null ? table.find(only) : null;
            return new TaskPage(task == null || !matches(filter, task) ? List.of() : List.of(snapshot(task)), null);
        }
        List<TaskSnapshot> found = new ArrayList<>();
        long next = table.index.before(number(cursor), LOOKED_AT_ONCE, task -> {
            if (matches(filter, task)) {
                found.add(snapshot(task));
            }
            return found.size() < limit;
        });
        return new TaskPage(found, next == 0 ? null : Long.toString(next, Character.MAX_RADIX));
    }

    private long number(@Nullable String cursor) {
        if (cursor == null) {
            return table.nextNumber;
        }
        try {
            long number = Long.parseLong(cursor, Character.MAX_RADIX);
            if (number > 0 && number <= table.nextNumber) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("'" + cursor + "' is not a cursor of this queue");
    }

    private static boolean matches(TaskFilter filter, TaskRecord task) {
        return filter.statuses().contains(task.status)
                && filter.type().map(task.lane.name.type()::equals).orElse(true)
                && filter.id().map(task.id::equals).orElse(true)
                && filter.submitter().map(task.submitter::equals).orElse(true);
    }

    List<TaskRecord> dead(TaskFilter filter) {
        List<TaskRecord> found = new ArrayList<>();
        String only = filter.id().orElse(null);
        if (only == null) {
            table.dead.values().stream().filter(task -> matches(filter, task)).forEach(found::add);
        } else {
            TaskRecord task = table.dead.get(only);
            if (task != null && matches(filter, task)) {
                found.add(task);
            }
        }
        return found;
    }

    TaskStats stats() {
        Map<TaskStatus, Long> counts = new EnumMap<>(TaskStatus.class);
        table.counts.forEach((status, count) -> counts.put(status, count[0]));
        return new TaskStats(counts, table.lanes.countParked(), table.retries, table.losses, 0);
    }
}

package ai.primespark.core.agent.queue;

import ai.primespark.agent.TaskStatus;
import java.util.Set;

/** Gives tasks of an earlier run their places in a table again. Guarded by the table's lock. */
final class Revival {

    private final TaskTable table;

    Revival(TaskTable table) {
        this.table = table;
    }

    /** A task that has its state again gets its place. All tasks of the earlier run are to be seen already. */
    void revive(TaskRecord task, Set<String> waitsFor, boolean ran, long now) {
        if (task.place >= 0) {
            table.places.taken(task.submitter, task.place);
        }
        if (!ran && task.status == TaskStatus.BLOCKED) {
            table.begin(task, waitsFor, now);
            return;
        }
        if (ran) {
            task.status = TaskStatus.RUNNING;
        } else if (!task.status.isFinal()) {
            task.status = TaskStatus.BLOCKED; // it stands in no line yet
        }
        table.count(task.status, 1);
        if (task.status == TaskStatus.DEAD) {
            table.lanes.left(task, now);
            table.dead.put(task.id, task);
        } else if (task.status.isFinal()) {
            table.lanes.left(task, now);
            table.ended.keep(task);
        } else {
            if (task.deadline != TaskRecord.NEVER) {
                table.deadlines.add(task.deadline, task);
            }
            if (ran) {
                lose(task, now);
            } else {
                table.proceed(task, now);
            }
        }
    }

    /** It was under a lease when the process ended. */
    private void lose(TaskRecord task, long now) {
        ClaimRecord claim = new ClaimRecord("", String.valueOf(task.agentId));
        claim.held = 1;
        task.claim = claim;
        task.lane.type.running++;
        table.lose(task, "the process ended while agent " + task.agentId + " worked on it", now);
    }
}

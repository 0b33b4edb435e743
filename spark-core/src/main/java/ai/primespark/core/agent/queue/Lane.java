package ai.primespark.core.agent.queue;

import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.TaskLane;

/** A lane's tasks that are ready, in the order of their places. Guarded by the table's lock. */
final class Lane {

    final TaskLane name;
    final TypeUse type;
    final Line<TaskRecord> ready = new Line<>((task, place) -> task.status == TaskStatus.READY && task.place == place);

    /** How much earlier its tasks count than their places say. */
    final long headStart;

    /** Whether those who wait have been told that it is there. */
    boolean announced;

    /** Tasks that are not over, and how many of them are ready. */
    int open;

    int readyCount;

    /** When its last task ended. */
    long emptySince;

    Lane(TaskLane name, TypeUse type) {
        this.name = name;
        this.type = type;
        this.headStart = name.priority().headStart().toMillis();
    }

    /** What its first task counts as; the smallest of all lanes is taken first. */
    long score() {
        long place = ready.peekKey();
        return place == TaskRecord.NEVER ? TaskRecord.NEVER : place - headStart;
    }
}

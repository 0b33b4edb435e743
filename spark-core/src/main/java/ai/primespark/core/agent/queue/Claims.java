package ai.primespark.core.agent.queue;

import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Hands tasks out. Guarded by the table's lock. */
final class Claims {

    private final TaskTable table;

    Claims(TaskTable table) {
        this.table = table;
    }

    List<TaskLease> claim(TaskClaim claim, long now) {
        ClaimRecord earlier = table.claims.get(claim.requestId());
        if (earlier != null && earlier.agentId.equals(claim.agentId())) {
            return again(earlier, now);
        }
        List<Lane> lanes = withWork(claim.lanes());
        if (lanes.isEmpty()) {
            return List.of();
        }
        ClaimRecord record = new ClaimRecord(claim.requestId(), claim.agentId());
        long until = TaskRecord.plus(now, Math.max(1, TaskRecord.millis(claim.life())));
        if (lanes.size() == 1) {
            Lane lane = lanes.get(0);
            while (record.held < claim.max() && take(lane, claim, record, until, now)) {}
        } else {
            takeInOrder(lanes, claim, record, until, now);
        }
        if (record.held == 0) {
            return List.of();
        }
        table.claims.put(record.requestId, record);
        table.log.claimed(record);
        List<TaskLease> leases = new ArrayList<>(record.held);
        record.tasks.forEach(task -> leases.add(task.lease()));
        return leases;
    }

    private static List<TaskLease> again(ClaimRecord earlier, long now) {
        List<TaskLease> leases = new ArrayList<>(earlier.held);
        for (TaskRecord task : earlier.tasks) {
            if (task.claim == earlier && task.leaseUntil > now) {
                leases.add(task.lease());
            }
        }
        return leases;
    }

    private List<Lane> withWork(Set<TaskLane> names) {
        List<Lane> lanes = new ArrayList<>(names.size());
        for (TaskLane name : names) {
            Lane lane = table.lanes.find(name);
            if (lane != null && lane.readyCount > 0) {
                lanes.add(lane);
            }
        }
        return lanes;
    }

    private void takeInOrder(List<Lane> lanes, TaskClaim claim, ClaimRecord record, long until, long now) {
        PriorityQueue<Lane> order = new PriorityQueue<>(lanes.size(), Comparator.comparingLong(Lane::score));
        order.addAll(lanes);
        for (Lane lane = order.poll(); lane != null && record.held < claim.max(); lane = order.poll()) {
            if (take(lane, claim, record, until, now) && lane.readyCount > 0) {
                order.add(lane);
            }
        }
    }

    /** Leases a lane's first task; false when there is none, or a limit keeps the lane back. */
    private boolean take(Lane lane, TaskClaim claim, ClaimRecord record, long until, long now) {
        TaskRecord task = firstInTime(lane, now);
        if (task == null) {
            return false;
        }
        TaskClaim.Limit limit = claim.limits().get(lane.name.type());
        if (!lane.type.mayStart(limit, now)) {
            return false;
        }
        lane.ready.poll();
        lane.type.started(limit);
        table.run(task, record, until, now);
        return true;
    }

    /** Those that are too late end here, so that none is handed out before a sweep sees it. */
    private @Nullable TaskRecord firstInTime(Lane lane, long now) {
        for (TaskRecord task = lane.ready.peek(); task != null; task = lane.ready.peek()) {
            if (task.deadline > now) {
                return task;
            }
            table.expireNow(task, now);
        }
        return null;
    }

    /** Whether a claim for these lanes may find something. */
    boolean hasWork(Set<TaskLane> names, long now) {
        for (TaskLane name : names) {
            Lane lane = table.lanes.find(name);
            if (lane != null && lane.readyCount > 0 && !lane.type.isKeptBack(now)) {
                return true;
            }
        }
        return false;
    }

    /** When a limit of starts lets a ready task of these lanes go; never when there is no such task. */
    long keptBackUntil(Set<TaskLane> names) {
        long soonest = TaskRecord.NEVER;
        for (TaskLane name : names) {
            Lane lane = table.lanes.find(name);
            if (lane != null && lane.readyCount > 0) {
                soonest = Math.min(soonest, lane.type.keptBackUntil);
            }
        }
        return soonest;
    }

    /** The task of a lease that holds, or null; what is found to be over is lost at once. */
    @Nullable
    TaskRecord held(TaskLease.Ref ref, long now) {
        TaskRecord task = table.find(ref.taskId());
        if (task == null || task.status != TaskStatus.RUNNING) {
            return null;
        }
        if (task.leaseUntil <= now) {
            table.lose(task, TaskTable.notExtended(task), now);
            return null;
        }
        return task.isHeldBy(ref, now) ? task : null;
    }
}

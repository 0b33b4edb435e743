package ai.primespark.core.agent.queue;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.TaskScope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskParking;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The lanes, the use of types, and what keeps agents away from them. Guarded by the table's lock. */
final class Lanes {

    private static final int MOST_EMPTY = 256;
    private static final long EMPTY_MILLIS = 60_000;

    private final Waiters waiters;
    private final Map<TaskLane, Lane> all = new HashMap<>();
    private final Set<Lane> empty = new LinkedHashSet<>(); // the one that became empty first is the first
    private final Map<String, TypeUse> types = new HashMap<>();
    private final Map<String, TypeUse> idleTypes = new HashMap<>();
    private Collection<AgentStatus> agents = List.of();
    private Set<TaskScope> paused = Set.of();
    private Map<Lane, Optional<String>> parked = new HashMap<>(); // what was found since agents or pauses changed last
    private long announcedNanos = System.nanoTime() - Long.MAX_VALUE / 2;
    private long tidiedAt;

    Lanes(Waiters waiters) {
        this.waiters = waiters;
    }

    @Nullable
    Lane find(TaskLane name) {
        return all.get(name);
    }

    Collection<Lane> all() {
        return all.values();
    }

    Set<TaskLane> names() {
        return Set.copyOf(all.keySet());
    }

    /** The lane for a new task, which must then {@linkplain #entered enter} it. */
    Lane of(TaskLane name) {
        Lane lane = all.get(name);
        return lane == null ? make(name) : lane;
    }

    private Lane make(TaskLane name) {
        TypeUse type = types.computeIfAbsent(name.type(), TypeUse::new);
        idleTypes.remove(name.type());
        type.lanes++;
        Lane lane = new Lane(name, type);
        all.put(name, lane);
        empty.add(lane);
        return lane;
    }

    /** A task that is not over is there. */
    void entered(TaskRecord task) {
        if (task.lane.open++ == 0) {
            empty.remove(task.lane);
        }
    }

    /** A task is over. */
    void left(TaskRecord task, long now) {
        Lane lane = task.lane;
        if (--lane.open == 0) {
            lane.emptySince = now;
            empty.add(lane);
            if (empty.size() > MOST_EMPTY) {
                giveUp(empty.iterator().next());
            }
        }
    }

    private void giveUp(Lane lane) {
        empty.remove(lane);
        all.remove(lane.name, lane);
        parked.remove(lane);
        if (--lane.type.lanes == 0) {
            idleTypes.put(lane.type.type, lane.type);
        }
    }

    /** Forgets lanes that have been empty for long, and types whose limits need no memory any more. */
    void tidy(long now) {
        if (Math.abs(now - tidiedAt) < 1_000) {
            return;
        }
        tidiedAt = now;
        while (!empty.isEmpty()) {
            Lane oldest = empty.iterator().next();
            if (now - oldest.emptySince < EMPTY_MILLIS) {
                break;
            }
            giveUp(oldest);
        }
        if (!idleTypes.isEmpty()) {
            idleTypes.values().removeIf(type -> {
                boolean idle = type.isIdle(now);
                if (idle) {
                    types.remove(type.type, type);
                }
                return idle;
            });
        }
    }

    void ready(TaskRecord task) {
        Lane lane = task.lane;
        lane.ready.add(task.place, task);
        lane.readyCount++;
        if (!lane.announced) {
            lane.announced = true;
            announcedNanos = System.nanoTime();
            waiters.callAll();
        } else {
            waiters.call(lane.name);
        }
    }

    /** An attempt is over, which may let others of its type start. */
    void stopped(TaskRecord task) {
        TypeUse type = task.lane.type;
        if (type.stopped()) {
            for (Lane lane : all.values()) {
                if (lane.type == type && lane.readyCount > 0) {
                    waiters.call(lane.name);
                }
            }
        }
    }

    /** How long ago a lane got its first ready task. */
    long nanosSinceNewest() {
        return System.nanoTime() - announcedNanos;
    }

    // --- parking

    void agentsChanged(Collection<AgentStatus> now) {
        agents = List.copyOf(now);
        parked = new HashMap<>();
    }

    void pausesChanged(Set<TaskScope> now) {
        paused = new HashSet<>(now);
        parked = new HashMap<>();
        waiters.callAll();
    }

    Optional<String> parkedReason(Lane lane) {
        return parked.computeIfAbsent(lane, each -> TaskParking.reason(each.name, agents, paused));
    }

    /** How many ready tasks nobody would take. */
    long countParked() {
        long count = 0;
        for (Lane lane : all.values()) {
            if (lane.readyCount > 0 && parkedReason(lane).isPresent()) {
                count += lane.readyCount;
            }
        }
        return count;
    }
}

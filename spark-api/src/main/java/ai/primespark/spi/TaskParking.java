package ai.primespark.spi;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.Priority;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.TaskScope;
import ai.primespark.power.PowerProfile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Why nobody takes the ready tasks of a lane now, in words: what queues show as
 * {@link ai.primespark.agent.TaskSnapshot#parkedReason()}, so that all of them say the same. Decides nothing: what an agent claims
 * is the engine's affair.
 */
public final class TaskParking {

    private TaskParking() {}

    /**
     * Looks for an agent that would take the lane's tasks.
     *
     * @param lane where the tasks wait
     * @param agents those that the queue has heard of
     * @param paused what is paused
     * @return the reason, for people; empty when some agent would take them as soon as it has room
     */
    public static Optional<String> reason(TaskLane lane, Collection<AgentStatus> agents, Set<TaskScope> paused) {
        for (TaskScope scope : paused) {
            if (scope instanceof TaskScope.All) {
                return Optional.of("all tasks are paused");
            }
            if (scope instanceof TaskScope.OfType only && only.type().equals(lane.type())) {
                return Optional.of("tasks of type " + lane.type() + " are paused");
            }
            if (scope instanceof TaskScope.UpTo upTo && lane.priority().compareTo(upTo.highest()) <= 0) {
                return Optional.of("tasks up to priority " + upTo.highest() + " are paused");
            }
        }
        List<AgentStatus> able = new ArrayList<>(agents);
        able.removeIf(agent -> !agent.isOnline());
        if (able.isEmpty()) {
            return Optional.of("no agent is there");
        }
        Requirements needs = Requirements.parse(lane.requirements());
        able.removeIf(agent -> !needs.satisfiedBy(agent.profile()));
        if (able.isEmpty()) {
            return Optional.of("no agent has " + lane.requirements());
        }
        able.removeIf(
                agent -> !agent.types().isEmpty() && !agent.types().contains(lane.type())); // empty: it does not say
        if (able.isEmpty()) {
            return Optional.of("no agent has a handler for tasks of type " + lane.type());
        }
        able.removeIf(agent -> agent.state() != AgentStatus.State.ACTIVE
                || paused.contains(new TaskScope.OnAgent(agent.profile().id())));
        if (able.isEmpty()) {
            return Optional.of("every agent that could is paused or drains");
        }
        boolean powered = able.stream().anyMatch(agent -> isAllowed(lane, agent.power()));
        return powered ? Optional.empty() : Optional.of("waits for power");
    }

    /**
     * Whether tasks of a lane may start on a machine with this power profile.
     *
     * @param lane the lane
     * @param power the profile
     * @return true for all on {@link PowerProfile#FULL}; for those that may start on battery on {@link PowerProfile#SAVING}; for
     *     the urgent among them on {@link PowerProfile#CRITICAL}; for none on {@link PowerProfile#SHUTDOWN}
     */
    public static boolean isAllowed(TaskLane lane, PowerProfile power) {
        return switch (power) {
            case FULL -> true;
            case SAVING -> lane.onBattery();
            case CRITICAL -> lane.onBattery() && lane.priority() == Priority.URGENT;
            case SHUTDOWN -> false;
        };
    }
}

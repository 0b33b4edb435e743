package ai.primespark.core.agent;

import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.TaskScope;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskParking;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * On which terms an agent takes work. Immutable; {@link #refusal} is a pure function of it.
 *
 * @param profile who the agent is
 * @param types what it has handlers for
 * @param power how its machine stands for electricity
 * @param runtimeLeft how long a new task may take before the battery is needed for shutting down; empty for no limit
 * @param usual how long attempts of a type usually take at most, in nanoseconds; empty when not known
 * @param paused what is paused
 */
record Terms(
        AgentProfile profile,
        Set<String> types,
        PowerProfile power,
        Optional<Duration> runtimeLeft,
        Function<String, Optional<Duration>> usual,
        Set<TaskScope> paused) {

    /** Why the agent does not take tasks of a lane, for people; empty when it does. */
    Optional<String> refusal(TaskLane lane) {
        if (!types.contains(lane.type())) {
            return Optional.of("agent " + profile.id() + " has no handler for tasks of type " + lane.type());
        }
        if (!Requirements.parse(lane.requirements()).satisfiedBy(profile)) {
            return Optional.of("agent " + profile.id() + " does not have all of " + lane.requirements());
        }
        if (isPaused(lane)) {
            return Optional.of("paused");
        }
        if (!TaskParking.isAllowed(lane, power)) {
            return Optional.of("waits for power: agent " + profile.id() + " is on profile " + power);
        }
        return tooLong(lane.type());
    }

    /** Whether everything that an agent could do is paused. */
    static boolean pausesAll(Set<TaskScope> paused, String agentId) {
        return paused.contains(new TaskScope.All()) || paused.contains(new TaskScope.OnAgent(agentId));
    }

    private boolean isPaused(TaskLane lane) {
        for (TaskScope scope : paused) {
            boolean in;
            if (scope instanceof TaskScope.OfType only) {
                in = only.type().equals(lane.type());
            } else if (scope instanceof TaskScope.UpTo upTo) {
                in = lane.priority().compareTo(upTo.highest()) <= 0;
            } else if (scope instanceof TaskScope.OnAgent on) {
                in = on.agentId().equals(profile.id());
            } else {
                in = true;
            }
            if (in) {
                return true;
            }
        }
        return false;
    }

    /** Work that the battery would not let finish is not begun. */
    Optional<String> tooLong(String type) {
        if (runtimeLeft.isEmpty()) {
            return Optional.empty();
        }
        return usual.apply(type)
                .filter(takes -> takes.compareTo(runtimeLeft.get()) > 0)
                .map(takes -> "waits for power: tasks of type " + type + " take up to " + takes.toSeconds()
                        + " s, and the battery of agent " + profile.id() + " has time for "
                        + Math.max(0, runtimeLeft.get().toSeconds()) + " s");
    }
}

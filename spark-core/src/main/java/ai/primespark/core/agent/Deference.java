package ai.primespark.core.agent;

import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.Requirements;
import ai.primespark.spi.TaskLane;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Leaves tasks to the agent that they prefer, for a while, as long as that one is there and has room. The patience of a lane begins
 * anew with every claim that includes it, so an agent that is not preferred takes little from a lane that is served well. Guarded by its
 * user.
 */
final class Deference {

    private final AgentProfile self;
    private final long patience;
    private final Map<TaskLane, Long> since = new HashMap<>();

    Deference(AgentProfile self, long patienceNanos) {
        this.self = self;
        this.patience = patienceNanos;
    }

    /**
     * How long the lane is still left to somebody else.
     *
     * @param lane a lane that this agent could take from
     * @param others the agents there are
     * @param now by {@link System#nanoTime()}
     * @return nanoseconds; 0 when it may be taken from
     */
    long left(TaskLane lane, List<AgentStatus> others, long now) {
        boolean deferring = !lane.preferred().isEmpty()
                && !matches(self, lane.preferred())
                && others.stream().anyMatch(other -> isWaitedFor(other, lane));
        if (!deferring) {
            since.remove(lane);
            return 0;
        }
        return Math.max(0, since.computeIfAbsent(lane, unused -> now) + patience - now);
    }

    /** A claim included these lanes. */
    void claimed(Set<TaskLane> lanes, long now) {
        since.replaceAll((lane, at) -> lanes.contains(lane) ? Long.valueOf(now) : at);
    }

    /** Forgets lanes that are gone. */
    void keep(Set<TaskLane> lanes) {
        since.keySet().retainAll(lanes);
    }

    private boolean isWaitedFor(AgentStatus other, TaskLane lane) {
        return !other.profile().id().equals(self.id())
                && matches(other.profile(), lane.preferred())
                && other.isAvailable()
                && (other.types().isEmpty() || other.types().contains(lane.type()))
                && Requirements.parse(lane.requirements()).satisfiedBy(other.profile());
    }

    private static boolean matches(AgentProfile agent, String preferred) {
        int equals = preferred.indexOf('=');
        return equals < 0
                ? agent.id().equals(preferred)
                : preferred.substring(equals + 1).equals(agent.labels().get(preferred.substring(0, equals)));
    }
}

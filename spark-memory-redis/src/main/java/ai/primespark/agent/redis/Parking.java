package ai.primespark.agent.redis;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.TaskScope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskParking;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Why the tasks of lanes wait, as of one moment. For one thread. */
final class Parking {

    private final List<AgentStatus> agents;
    private final Set<TaskScope> paused;
    private final Map<TaskLane, Optional<String>> reasons = new HashMap<>();

    Parking(List<AgentStatus> agents, Set<TaskScope> paused) {
        this.agents = agents;
        this.paused = paused;
    }

    Optional<String> reason(TaskLane lane) {
        return reasons.computeIfAbsent(lane, each -> TaskParking.reason(each, agents, paused));
    }
}

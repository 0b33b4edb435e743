package ai.primespark.spi;

import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskRequest;
import java.util.Objects;

/**
 * Tasks that no agent has a reason to tell apart: they wait in one line, first in, first out. Agents claim from the lanes that
 * they have a handler for, whose requirements they satisfy, and that power and pauses allow; leaving a lane out parks it.
 *
 * @param type the type of task
 * @param requirements the {@linkplain ai.primespark.agent.Requirements#signature() signature} of what is asked of the agent
 * @param priority how urgent
 * @param onBattery whether its tasks may start on battery
 * @param preferred who should do them, see {@link TaskRequest#preferred()}; empty for no preference
 */
public record TaskLane(String type, String requirements, Priority priority, boolean onBattery, String preferred) {

    /** Refuses nulls. */
    public TaskLane {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(requirements, "requirements");
        Objects.requireNonNull(priority, "priority");
        Objects.requireNonNull(preferred, "preferred");
    }

    /**
     * The lane of a task.
     *
     * @param request what is to be done
     * @return the lane
     */
    public static TaskLane of(TaskRequest request) {
        return new TaskLane(
                request.type(),
                request.requirements().signature(),
                request.priority(),
                request.power().onBattery(),
                request.preferred().orElse(""));
    }
}

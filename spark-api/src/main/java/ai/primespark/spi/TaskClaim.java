package ai.primespark.spi;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;

/**
 * An agent asks for work.
 *
 * @param requestId unique to this claim; the same when it is repeated because the answer was lost
 * @param agentId the agent
 * @param lanes where it would take tasks from, paused scopes already left out
 * @param max how many, at least 1
 * @param life how long leases hold unless extended; positive
 */
public record TaskClaim(String requestId, String agentId, Set<TaskLane> lanes, int max, Duration life) {

    /** Checks the parts and copies the collection. */
    public TaskClaim {
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(agentId, "agentId");
        lanes = Set.copyOf(lanes);
        if (max < 1 || life.isNegative() || life.isZero()) {
            throw new IllegalArgumentException("max from 1, life positive: " + max + ", " + life);
        }
    }
}

package ai.primespark.spi;

import java.time.Duration;
import java.util.Map;
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
 * @param limits limits by type of task; types without one are unlimited
 */
public record TaskClaim(
        String requestId, String agentId, Set<TaskLane> lanes, int max, Duration life, Map<String, Limit> limits) {

    /** Checks the parts and copies the collection. */
    public TaskClaim {
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(agentId, "agentId");
        lanes = Set.copyOf(lanes);
        limits = Map.copyOf(limits);
        if (max < 1 || life.isNegative() || life.isZero()) {
            throw new IllegalArgumentException("max from 1, life positive: " + max + ", " + life);
        }
    }

    /**
     * How much of one type may go on at once, over all agents of the queue that ask with the same limit.
     *
     * @param maxRunning how many may be under a lease at once; at least 1
     * @param startsPerSecond how many may be claimed a second, on average, with bursts of a second's worth and at least one;
     *     positive, infinite for no limit
     */
    public record Limit(int maxRunning, double startsPerSecond) {

        /** Checks the parts. */
        public Limit {
            if (maxRunning < 1 || !(startsPerSecond > 0)) {
                throw new IllegalArgumentException(
                        "maxRunning from 1, startsPerSecond positive: " + maxRunning + ", " + startsPerSecond);
            }
        }
    }
}

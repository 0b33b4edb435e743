package ai.primespark.agent;

import java.util.Map;

/**
 * How many tasks there are.
 *
 * @param byStatus how many are in each state now, as far as the queue still knows them; states without a task may be left out
 * @param parked how many of the ready ones nobody may or can run now
 * @param retries attempts that followed a failure, since the queue began to count
 * @param losses leases that were lost, since the queue began to count
 * @param repaired tasks whose records the queue found inconsistent and mended; anything but 0 is worth a bug report
 */
public record TaskStats(Map<TaskStatus, Long> byStatus, long parked, long retries, long losses, long repaired) {

    /** Copies the collection. */
    public TaskStats {
        byStatus = Map.copyOf(byStatus);
    }

    /**
     * How many tasks are in a state.
     *
     * @param status the state
     * @return 0 when there is none
     */
    public long count(TaskStatus status) {
        return byStatus.getOrDefault(status, 0L);
    }

    /**
     * How many tasks there are in all.
     *
     * @return the sum over all states
     */
    public long total() {
        return byStatus.values().stream().mapToLong(Long::longValue).sum();
    }
}

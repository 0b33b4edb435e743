package ai.primespark.spi;

import java.time.Duration;

/**
 * How long the parts of a call may take, and how much it may deliver.
 *
 * @param connect until the connection stands
 * @param firstByte until the server says anything, loading a model included
 * @param firstToken until the first piece of text or reasoning, or the first tool call
 * @param idle silence of the server between one piece and the next; time that the consumer takes does not count
 * @param total from the call to its end
 * @param outputChars longest answer; what goes beyond is cut and the call ends with {@code LENGTH}
 */
public record CallLimits(
        Duration connect, Duration firstByte, Duration firstToken, Duration idle, Duration total, int outputChars) {

    /** Limits for a small machine that may have to load a model first. */
    public static final CallLimits DEFAULT = new CallLimits(
            Duration.ofSeconds(2),
            Duration.ofMinutes(5),
            Duration.ofMinutes(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(15),
            1_000_000);

    /** Refuses what is not positive. */
    public CallLimits {
        for (Duration limit : new Duration[] {connect, firstByte, firstToken, idle, total}) {
            if (limit.isZero() || limit.isNegative()) {
                throw new IllegalArgumentException("limits must be positive: " + limit);
            }
        }
        if (outputChars <= 0) {
            throw new IllegalArgumentException("limits must be positive: " + outputChars);
        }
    }

    /**
     * The same with a shorter total.
     *
     * @param most longest total
     * @return limits whose total is not longer than that
     */
    public CallLimits withTotalAtMost(Duration most) {
        return most.compareTo(total) >= 0
                ? this
                : new CallLimits(connect, firstByte, firstToken, idle, most, outputChars);
    }
}

package ai.primespark.spi;

import ai.primespark.power.PowerException;
import ai.primespark.power.PowerReading;
import java.time.Duration;
import java.util.Optional;

/**
 * Reads what feeds this machine. Decides nothing: thresholds, debouncing, ageing and merging are the engine's.
 *
 * <p>Rules that {@code PowerSourceContract} in the testkit checks:
 *
 * <ul>
 *   <li>PWR-01 A number that the source does not say, or says unreadably, is absent: never 0, 100 or, in a fresh reading, the last
 *       one.
 *   <li>PWR-02 Status words are compared whole; unknown ones are kept in {@link PowerReading#otherTokens()}.
 *   <li>PWR-03 Contradicting or missing words give an unknown supply, not mains.
 *   <li>PWR-04 {@link #read} ends by its deadline, whatever the other side does, and works again once that does.
 *   <li>PWR-05 Nothing that can cut the power is ever sent.
 *   <li>PWR-06 After {@link #close()}, {@link #read} fails with a {@link PowerException}; closing twice is harmless.
 * </ul>
 */
public interface PowerSource extends SparkComponent {

    /**
     * Reads the source. Called from one thread at a time, every 2 to 5 seconds; may block until the deadline.
     *
     * @param deadline when the answer is of no more use
     * @return a fresh reading, or a stale one with what was known last when the source itself says that its data is old
     * @throws PowerException when the source cannot be read; the engine keeps the last reading and lets it age
     */
    PowerReading read(Deadline deadline);

    /**
     * Asks to be told when something changed, so that the engine reads at once. For sources that learn of changes.
     *
     * @param changed fast, from any thread
     * @return ends it
     */
    default AutoCloseable onChange(Runnable changed) {
        return () -> {};
    }

    /**
     * How long the source waits for this machine before it cuts the power, once a shutdown was ordered. NUT's primary waits
     * {@code HOSTSYNC} seconds for its secondaries to log out (upsmon.conf manual).
     *
     * @return empty when it does not wait, or the time is not known
     */
    default Optional<Duration> shutdownGrace() {
        return Optional.empty();
    }

    /**
     * Tells the source that this machine has drained and its power may be cut. A NUT secondary logs out.
     *
     * @param deadline when there is no more time for it
     * @throws PowerException when the source could not be told
     */
    default void drained(Deadline deadline) {}
}

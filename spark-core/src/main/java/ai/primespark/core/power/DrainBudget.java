package ai.primespark.core.power;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How long getting ready for the end of the power may take: as configured, as the battery lasts, as the UPS waits; the shortest.
 * Pure.
 *
 * @param limit as configured
 * @param margin of the battery's time, kept for halting the machine
 * @param poll how often sources are read on mains
 */
record DrainBudget(Duration limit, Duration margin, Duration poll) {

    /** How much sooner than the UPS's own limit everything is ready: it must still be told. */
    private static final Duration AHEAD = Duration.ofSeconds(3);

    /** However little is left, something can be done in this time. */
    private static final Duration AT_LEAST = Duration.ofSeconds(1);

    /**
     * The time there is.
     *
     * @param untilEmpty how long the battery that feeds the machine lasts, down to nothing; empty when none does, or it is unknown
     * @param patience how long each UPS waits that says so
     * @param unseen for how long its order may have stood before it was read
     */
    Duration of(Optional<Duration> untilEmpty, List<Duration> patience, Duration unseen) {
        Duration budget =
                untilEmpty.map(this::onBattery).map(own -> shorter(limit, own)).orElse(limit);
        for (Duration grace : patience) {
            budget = shorter(budget, grace.minus(AHEAD).minus(unseen));
        }
        return longer(budget, AT_LEAST);
    }

    /**
     * Refuses what cannot work: an order that may be seen only when the power has gone.
     *
     * @param source which gives the order
     * @param grace how long it waits then
     * @throws IllegalArgumentException when there would be no time left
     */
    void requireTime(String source, Duration grace) {
        Duration most = grace.minus(AHEAD);
        if (poll.compareTo(most) >= 0) {
            throw new IllegalArgumentException("poll-interval is " + poll.toMillis() + " ms, but source '" + source
                    + "' waits only " + grace.toMillis() + " ms after it has ordered a shutdown, of which "
                    + AHEAD.toMillis()
                    + " ms are kept to tell it; make poll-interval shorter, or let the UPS wait longer");
        }
    }

    /** A margin that leaves nothing would be for nothing: half of what is left is there in any case. */
    private Duration onBattery(Duration left) {
        return longer(left.minus(margin), left.dividedBy(2));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }
}

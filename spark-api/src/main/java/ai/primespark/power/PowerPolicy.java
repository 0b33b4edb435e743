package ai.primespark.power;

import java.time.Duration;
import java.util.Objects;

/**
 * Says which profile a reading calls for. A pure function: no clock, no state, no I/O; the manager measures how long and how often
 * the same is called for, and follows it only then. Must be thread-safe and fast.
 */
@FunctionalInterface
public interface PowerPolicy {

    /**
     * Judges one reading.
     *
     * @param reading the merged reading, whatever its quality
     * @param current the profile in force, for thresholds that differ between going down and coming back
     * @return what the reading calls for
     */
    Verdict judge(PowerReading reading, PowerProfile current);

    /**
     * What a reading calls for.
     *
     * @param profile the profile
     * @param dwell for how long it must be called for without a break before it is followed; zero for at once
     * @param readings how many fresh readings in a row must call for it, at least 1
     * @param rule which rule says so, in a short stable word such as {@code "charge-low"}, for logs and people
     */
    record Verdict(PowerProfile profile, Duration dwell, int readings, String rule) {

        /** Checks the parts. */
        public Verdict {
            Objects.requireNonNull(profile, "profile");
            Objects.requireNonNull(rule, "rule");
            if (dwell.isNegative() || readings < 1) {
                throw new IllegalArgumentException("dwell from zero, readings from 1: " + dwell + ", " + readings);
            }
        }

        /**
         * To be followed at once.
         *
         * @param profile the profile
         * @param rule which rule says so
         * @return the verdict
         */
        public static Verdict now(PowerProfile profile, String rule) {
            return new Verdict(profile, Duration.ZERO, 1, rule);
        }
    }
}

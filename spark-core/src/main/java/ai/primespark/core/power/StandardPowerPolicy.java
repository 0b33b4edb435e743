package ai.primespark.core.power;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerPolicy;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Judges readings by thresholds: fast on the way down, slow on the way back, and with a distance between the two. Immutable.
 *
 * @param limits the thresholds
 */
record StandardPowerPolicy(Limits limits) implements PowerPolicy {

    private static final int RUNTIME_MARGIN = 3; // halves: a runtime must be half as long again to count as recovered

    /**
     * The thresholds.
     *
     * @param onBattery how long the battery must feed the machine before it saves
     * @param recover for how long things must be better before they count as better
     * @param off how long an output must be off
     * @param confirmations how many readings must agree that a number is below its threshold
     * @param criticalCharge in percent
     * @param criticalRuntime what is left
     * @param shutdownCharge in percent; 0 for never
     * @param shutdownRuntime what is left; zero for never
     * @param resumeCharge in percent, from which on mains are full power again
     * @param hysteresis in points of charge, between critical and recovered
     * @param assumeOnLost what a silent source means that last spoke of mains
     */
    record Limits(
            Duration onBattery,
            Duration recover,
            Duration off,
            int confirmations,
            double criticalCharge,
            Duration criticalRuntime,
            double shutdownCharge,
            Duration shutdownRuntime,
            double resumeCharge,
            double hysteresis,
            AssumeOnLost assumeOnLost) {}

    /** What a silent source means that last spoke of mains, or never spoke. */
    public enum AssumeOnLost {
        /** What was so goes on. */
        MAINS,
        /** A battery feeds the machine. */
        BATTERY
    }

    @Override
    public Verdict judge(PowerReading reading, PowerProfile current) {
        if (reading.flags().contains(PowerFlag.FORCED_SHUTDOWN)) {
            return Verdict.now(PowerProfile.SHUTDOWN, "forced-shutdown");
        }
        if (reading.quality() == Quality.LOST) {
            return lost(reading, current);
        }
        return switch (reading.supply()) {
            case MAINS, BYPASS -> onMains(reading, current);
            case BATTERY ->
                reading.flags().contains(PowerFlag.CALIBRATING) ? calibrating(current) : onBattery(reading, current);
            case OFF -> new Verdict(worse(current, PowerProfile.CRITICAL), limits.off(), 1, "output-off");
            case UNKNOWN -> Verdict.now(current, "unknown");
        };
    }

    private Verdict lost(PowerReading reading, PowerProfile current) {
        if (Merge.isDangerousWhenLost(reading)) {
            return Verdict.now(worse(current, PowerProfile.CRITICAL), "lost-on-battery");
        }
        return limits.assumeOnLost() == AssumeOnLost.BATTERY
                ? Verdict.now(worse(current, PowerProfile.SAVING), "lost")
                : Verdict.now(current, "lost");
    }

    private Verdict onMains(PowerReading reading, PowerProfile current) {
        if (current == PowerProfile.FULL) {
            return Verdict.now(PowerProfile.FULL, "on-mains");
        }
        if (isAtMost(reading.chargePercent(), limits.resumeCharge(), false)) {
            return current == PowerProfile.SAVING
                    ? Verdict.now(PowerProfile.SAVING, "recharging")
                    : better(PowerProfile.SAVING, "recharging");
        }
        return better(PowerProfile.FULL, "mains-back");
    }

    /** On battery on purpose: nothing is an emergency, and nothing gets better than saving either. */
    private Verdict calibrating(PowerProfile current) {
        return current.isAtLeast(PowerProfile.CRITICAL)
                ? better(PowerProfile.SAVING, "calibrating")
                : Verdict.now(current, "calibrating");
    }

    private Verdict onBattery(PowerReading reading, PowerProfile current) {
        Optional<Duration> left = reading.runtime();
        OptionalDouble charge = reading.chargePercent();
        boolean low = reading.flags().contains(PowerFlag.LOW_BATTERY);
        if (low && !current.isAtLeast(PowerProfile.CRITICAL)) { // at once, before numbers that need a second reading
            return Verdict.now(PowerProfile.CRITICAL, "low-battery");
        }
        if (limits.shutdownCharge() > 0 && isAtMost(charge, limits.shutdownCharge(), true)) {
            return confirmed(PowerProfile.SHUTDOWN, "charge-shutdown");
        }
        if (!limits.shutdownRuntime().isZero() && isAtMost(left, limits.shutdownRuntime())) {
            return confirmed(PowerProfile.SHUTDOWN, "runtime-shutdown");
        }
        if (current == PowerProfile.SHUTDOWN) {
            return Verdict.now(PowerProfile.SHUTDOWN, "shutdown-goes-on");
        }
        if (low) {
            return Verdict.now(PowerProfile.CRITICAL, "low-battery");
        }
        if (isAtMost(charge, limits.criticalCharge(), true)) {
            return confirmed(PowerProfile.CRITICAL, "charge-critical");
        }
        if (isAtMost(left, limits.criticalRuntime())) {
            return confirmed(PowerProfile.CRITICAL, "runtime-critical");
        }
        if (current == PowerProfile.CRITICAL) {
            boolean hardlyMore = isAtMost(charge, limits.criticalCharge() + limits.hysteresis(), false)
                    || isAtMost(
                            left,
                            limits.criticalRuntime()
                                    .multipliedBy(RUNTIME_MARGIN)
                                    .dividedBy(2));
            return hardlyMore
                    ? Verdict.now(PowerProfile.CRITICAL, "hardly-more")
                    : better(PowerProfile.SAVING, "battery-recovered");
        }
        return new Verdict(PowerProfile.SAVING, limits.onBattery(), 1, "on-battery");
    }

    private Verdict confirmed(PowerProfile profile, String rule) {
        return new Verdict(profile, Duration.ZERO, limits.confirmations(), rule);
    }

    private Verdict better(PowerProfile profile, String rule) {
        return new Verdict(profile, limits.recover(), 1, rule);
    }

    private static PowerProfile worse(PowerProfile a, PowerProfile b) {
        return a.isAtLeast(b) ? a : b;
    }

    private static boolean isAtMost(OptionalDouble value, double limit, boolean inclusive) {
        return value.isPresent() && (inclusive ? value.getAsDouble() <= limit : value.getAsDouble() < limit);
    }

    private static boolean isAtMost(Optional<Duration> value, Duration limit) {
        return value.isPresent() && value.get().compareTo(limit) <= 0;
    }
}

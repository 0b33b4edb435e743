package ai.primespark.power;

import java.util.OptionalDouble;

/** A battery's charge in one word. */
public enum BatteryState {
    /** 95 % and more, unless configured. */
    FULL,
    /** 60 % and more, unless configured. */
    HIGH,
    /** Between high and low. */
    NORMAL,
    /** At most the low threshold. */
    LOW,
    /** At most the critical threshold. */
    CRITICAL,
    /** No charge is known; perhaps there is no battery. */
    UNKNOWN;

    private static final double USUALLY_FULL = 95;
    private static final double USUALLY_HIGH = 60;

    /**
     * The word for a charge. Low and critical win over high and full when thresholds are that large.
     *
     * @param percent the charge, empty when not known
     * @param low up to which it is low, in percent
     * @param critical up to which it is critical, in percent, at most {@code low}
     * @return the word
     * @throws IllegalArgumentException when the thresholds are not {@code 0 <= critical <= low <= 100}
     */
    public static BatteryState of(OptionalDouble percent, double low, double critical) {
        return of(percent, USUALLY_FULL, USUALLY_HIGH, low, critical);
    }

    /**
     * The word for a charge by thresholds of one's own. Low and critical win over high and full.
     *
     * @param percent the charge, empty when not known
     * @param full from which on it is full, in percent
     * @param high from which on it is high, in percent, at most {@code full}
     * @param low up to which it is low, in percent
     * @param critical up to which it is critical, in percent, at most {@code low}
     * @return the word
     * @throws IllegalArgumentException when the thresholds are not {@code 0 <= critical <= low <= 100} and
     *     {@code high <= full}
     */
    public static BatteryState of(OptionalDouble percent, double full, double high, double low, double critical) {
        if (!(0 <= critical && critical <= low && low <= 100)) {
            throw new IllegalArgumentException("need 0 <= critical <= low <= 100: " + critical + ", " + low);
        }
        if (!(high <= full)) {
            throw new IllegalArgumentException("need high <= full: " + high + ", " + full);
        }
        if (percent.isEmpty() || Double.isNaN(percent.getAsDouble())) {
            return UNKNOWN;
        }
        double charge = percent.getAsDouble();
        if (charge <= critical) {
            return CRITICAL;
        }
        if (charge <= low) {
            return LOW;
        }
        return charge >= full ? FULL : charge >= high ? HIGH : NORMAL;
    }
}

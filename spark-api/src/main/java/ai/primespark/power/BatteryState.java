package ai.primespark.power;

import java.util.OptionalDouble;

/** A battery's charge in one word. */
public enum BatteryState {
    /** 95 % and more. */
    FULL,
    /** 60 % and more. */
    HIGH,
    /** Between high and low. */
    NORMAL,
    /** At most the low threshold. */
    LOW,
    /** At most the critical threshold. */
    CRITICAL,
    /** No charge is known; perhaps there is no battery. */
    UNKNOWN;

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
        if (!(0 <= critical && critical <= low && low <= 100)) {
            throw new IllegalArgumentException("need 0 <= critical <= low <= 100: " + critical + ", " + low);
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
        return charge >= 95 ? FULL : charge >= 60 ? HIGH : NORMAL;
    }
}

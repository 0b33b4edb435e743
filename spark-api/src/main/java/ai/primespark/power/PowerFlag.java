package ai.primespark.power;

import java.util.Optional;

/**
 * What else a source says of itself. The tokens are those of the NUT variable {@code ups.status} (RFC 9271 and NUT's
 * {@code new-drivers.txt}).
 */
public enum PowerFlag {
    /** The source itself calls the charge low. */
    LOW_BATTERY("LB"),
    /** The source itself calls the charge high. */
    HIGH_BATTERY("HB"),
    /** The battery should be replaced. */
    REPLACE_BATTERY("RB"),
    /** The battery is being charged. */
    CHARGING("CHRG"),
    /** The battery is being discharged. */
    DISCHARGING("DISCHRG"),
    /** A runtime calibration: on battery on purpose, so neither that nor a low charge is an emergency. */
    CALIBRATING("CAL"),
    /** More load than the UPS is made for. */
    OVERLOADED("OVER"),
    /** The UPS lowers a voltage that is too high. */
    TRIMMING("TRIM"),
    /** The UPS raises a voltage that is too low. */
    BOOSTING("BOOST"),
    /** Somebody ordered a shutdown: the power will go whatever else is said. */
    FORCED_SHUTDOWN("FSD"),
    /** The source has an alarm; its text is elsewhere. */
    ALARM("ALARM");

    private final String nutToken;

    PowerFlag(String nutToken) {
        this.nutToken = nutToken;
    }

    /**
     * The token of NUT's {@code ups.status}.
     *
     * @return upper case
     */
    public String nutToken() {
        return nutToken;
    }

    /**
     * The flag of a token. Whole tokens are compared, case-sensitively; those that say what the supply is ({@code OL},
     * {@code OB}, {@code BYPASS}, {@code OFF}) are no flags.
     *
     * @param token one token of {@code ups.status}
     * @return empty for any other token
     */
    public static Optional<PowerFlag> ofNutToken(String token) {
        for (PowerFlag flag : values()) {
            if (flag.nutToken.equals(token)) {
                return Optional.of(flag);
            }
        }
        return Optional.empty();
    }
}

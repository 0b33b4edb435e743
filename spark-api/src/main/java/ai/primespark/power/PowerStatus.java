package ai.primespark.power;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How this machine stands for electricity.
 *
 * @param mode who decides
 * @param modeUntil when a mode set by hand ends, or null for no end
 * @param profile how sparing the machine is
 * @param edgeOnly whether LLM calls stay on the edge for the sake of power
 * @param reading what all sources say together; of unknown supply when there is no source
 * @param battery the charge in one word, by the configured thresholds
 * @param sources what each source said last
 * @param drain how far getting ready for the end of the power has come
 * @param decision the last change, or null when there was none yet
 */
public record PowerStatus(
        PowerMode mode,
        @Nullable Instant modeUntil,
        PowerProfile profile,
        boolean edgeOnly,
        PowerReading reading,
        BatteryState battery,
        List<PowerReading> sources,
        DrainState drain,
        @Nullable PowerDecision decision) {

    /** Copies the collection and refuses nulls. */
    public PowerStatus {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(profile, "profile");
        Objects.requireNonNull(reading, "reading");
        Objects.requireNonNull(battery, "battery");
        Objects.requireNonNull(drain, "drain");
        sources = List.copyOf(sources);
    }

    /**
     * Whether the power may go: the profile is {@link PowerProfile#SHUTDOWN}, and all that had to be done before is done.
     *
     * @return true from the event {@link ai.primespark.event.SparkEvent.PowerDrained} with {@code safe} on, until the profile
     *     changes
     */
    public boolean isSafeToCut() {
        return drain == DrainState.SAFE;
    }

    /**
     * Whether a battery feeds the machine, as far as is known.
     *
     * @return false when not, and when nothing is known
     */
    public boolean isOnBattery() {
        return reading.supply() == PowerSupply.BATTERY;
    }

    /**
     * Whether the grid feeds the machine.
     *
     * @return empty when nothing is known
     */
    public Optional<Boolean> isPlugged() {
        return switch (reading.supply()) {
            case MAINS, BYPASS -> Optional.of(true);
            case BATTERY -> Optional.of(false);
            case OFF, UNKNOWN -> Optional.empty();
        };
    }

    /**
     * The time left until the battery is empty.
     *
     * @return empty on mains, and when not known
     */
    public Optional<Duration> timeRemaining() {
        return isOnBattery() ? reading.runtime() : Optional.empty();
    }

    /**
     * When a mode set by hand ends.
     *
     * @return empty for no end
     */
    public Optional<Instant> modeExpiresAt() {
        return Optional.ofNullable(modeUntil);
    }

    /**
     * The last change.
     *
     * @return empty when there was none yet
     */
    public Optional<PowerDecision> lastDecision() {
        return Optional.ofNullable(decision);
    }
}

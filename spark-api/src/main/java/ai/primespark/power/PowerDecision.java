package ai.primespark.power;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A change of profile, mode or edge-only routing, and why.
 *
 * @param at when, by the wall clock
 * @param mode the mode in force
 * @param previous the profile until then
 * @param profile the profile from then on; may be the same
 * @param edgeOnly whether LLM calls stay on the edge from then on
 * @param rule which rule of the {@link PowerPolicy} led to it, or {@code "mode"} for a choice by hand
 * @param reading what it is based on
 * @param drain how long draining may take, or null unless the profile is {@link PowerProfile#SHUTDOWN}
 */
public record PowerDecision(
        Instant at,
        PowerMode mode,
        PowerProfile previous,
        PowerProfile profile,
        boolean edgeOnly,
        String rule,
        PowerReading reading,
        @Nullable Duration drain) {

    /** Refuses nulls. */
    public PowerDecision {
        Objects.requireNonNull(at, "at");
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(previous, "previous");
        Objects.requireNonNull(profile, "profile");
        Objects.requireNonNull(rule, "rule");
        Objects.requireNonNull(reading, "reading");
    }

    /**
     * How long draining may take.
     *
     * @return empty unless the profile is {@link PowerProfile#SHUTDOWN}
     */
    public Optional<Duration> drainBudget() {
        return Optional.ofNullable(drain);
    }
}

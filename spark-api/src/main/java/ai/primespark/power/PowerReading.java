package ai.primespark.power;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a source says at one moment, or several sources together. A number that is not known is absent, never 0 or 100.
 * Immutable and thread-safe.
 */
public final class PowerReading {

    private final String source;
    private final PowerSupply supply;
    private final Instant at;
    private final Set<PowerFlag> flags;
    private final Set<String> otherTokens;
    private final @Nullable Double charge;
    private final @Nullable Duration runtime;
    private final boolean runtimePredicted;
    private final @Nullable Double watts;
    private final boolean wattsEstimated;
    private final @Nullable Double capacityWattHours;
    private final Quality quality;

    private PowerReading(Builder b) {
        this.source = b.source;
        this.supply = b.supply;
        this.at = b.at;
        this.flags = Set.copyOf(b.flags);
        this.otherTokens = Set.copyOf(b.otherTokens);
        this.charge = b.charge;
        this.runtime = b.runtime;
        this.runtimePredicted = b.runtimePredicted;
        this.watts = b.watts;
        this.wattsEstimated = b.wattsEstimated;
        this.capacityWattHours = b.capacityWattHours;
        this.quality = b.quality;
    }

    /** How far a reading can be relied on. */
    public enum Quality {
        /** Read just now. */
        FRESH,
        /** The source answers with old data, or has missed a few polls: good enough to keep what was decided. */
        STALE,
        /** The source is away; the values are the last that were known. */
        LOST
    }

    /**
     * Starts a reading.
     *
     * @param source the id of the source
     * @param supply what feeds the machine
     * @param at when it was read, by the wall clock; ages are measured elsewhere, by the monotonic one
     * @return a builder of a fresh reading without numbers
     */
    public static Builder builder(String source, PowerSupply supply, Instant at) {
        return new Builder(source, supply, at);
    }

    /**
     * Who says so.
     *
     * @return the id of the source
     */
    public String source() {
        return source;
    }

    /**
     * What feeds the machine.
     *
     * @return the supply
     */
    public PowerSupply supply() {
        return supply;
    }

    /**
     * When it was read.
     *
     * @return by the wall clock
     */
    public Instant at() {
        return at;
    }

    /**
     * What else the source says of itself.
     *
     * @return unmodifiable
     */
    public Set<PowerFlag> flags() {
        return flags;
    }

    /**
     * Status words of the source that have no {@link PowerFlag}.
     *
     * @return unmodifiable
     */
    public Set<String> otherTokens() {
        return otherTokens;
    }

    /**
     * The battery's charge.
     *
     * @return in percent, 0 to 100; empty when not known
     */
    public OptionalDouble chargePercent() {
        return optional(charge);
    }

    /**
     * How long the battery would last. On mains this is "if the power failed now".
     *
     * @return empty when not known
     */
    public Optional<Duration> runtime() {
        return Optional.ofNullable(runtime);
    }

    /**
     * Whether the runtime was predicted from the charge's fall instead of reported by the source.
     *
     * @return false when there is none
     */
    public boolean runtimePredicted() {
        return runtimePredicted;
    }

    /**
     * What the machine, or everything behind the UPS, draws.
     *
     * @return in watts; empty when not known
     */
    public OptionalDouble watts() {
        return optional(watts);
    }

    /**
     * Whether the watts were computed (for example load times nominal power) instead of measured.
     *
     * @return false when there are none
     */
    public boolean wattsEstimated() {
        return wattsEstimated;
    }

    /**
     * What the battery holds when full.
     *
     * @return in watt-hours; empty when not known
     */
    public OptionalDouble capacityWattHours() {
        return optional(capacityWattHours);
    }

    /**
     * How far the reading can be relied on.
     *
     * @return the quality
     */
    public Quality quality() {
        return quality;
    }

    /**
     * The same values with another quality.
     *
     * @param other the quality
     * @return a new reading
     */
    public PowerReading withQuality(Quality other) {
        return toBuilder().quality(other).build();
    }

    /**
     * A builder that holds these values.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        return toBuilder(source, supply, at);
    }

    /**
     * A builder that holds these numbers, flags and quality as something else's, or as of another moment.
     *
     * @param otherSource the id of the source
     * @param otherSupply what feeds the machine
     * @param otherAt when it was read, by the wall clock
     * @return a new builder
     */
    public Builder toBuilder(String otherSource, PowerSupply otherSupply, Instant otherAt) {
        Builder b = new Builder(otherSource, otherSupply, otherAt).flags(flags).quality(quality);
        b.otherTokens.addAll(otherTokens);
        b.charge = charge;
        b.runtime = runtime;
        b.runtimePredicted = runtimePredicted;
        b.watts = watts;
        b.wattsEstimated = wattsEstimated;
        b.capacityWattHours = capacityWattHours;
        return b;
    }

    private static OptionalDouble optional(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    @Override
    public String toString() {
        return "PowerReading[" + source + ", " + supply + ", charge " + (charge == null ? "?" : charge) + " %, runtime "
                + (runtime == null ? "?" : runtime) + ", " + flags + ", " + quality + "]";
    }

    /** Collects a reading. A value that makes no sense is left out, not repaired. Not thread-safe. */
    public static final class Builder {

        private final String source;
        private final PowerSupply supply;
        private final Instant at;
        private final Set<PowerFlag> flags = EnumSet.noneOf(PowerFlag.class);
        private final Set<String> otherTokens = new TreeSet<>();
        private @Nullable Double charge;
        private @Nullable Duration runtime;
        private boolean runtimePredicted;
        private @Nullable Double watts;
        private boolean wattsEstimated;
        private @Nullable Double capacityWattHours;
        private Quality quality = Quality.FRESH;

        private Builder(String source, PowerSupply supply, Instant at) {
            this.source = Objects.requireNonNull(source, "source");
            this.supply = Objects.requireNonNull(supply, "supply");
            this.at = Objects.requireNonNull(at, "at");
        }

        /**
         * Adds flags.
         *
         * @param more the flags
         * @return this builder
         */
        public Builder flags(Set<PowerFlag> more) {
            flags.addAll(more);
            return this;
        }

        /**
         * Adds a status word that has no flag.
         *
         * @param token the word
         * @return this builder
         */
        public Builder otherToken(String token) {
            otherTokens.add(token);
            return this;
        }

        /**
         * Sets the charge.
         *
         * @param percent some gauges say a little more than 100, which counts as 100; absent when negative, not finite or above
         *     110
         * @return this builder
         */
        public Builder charge(double percent) {
            this.charge = percent >= 0 && percent <= 110 ? Double.valueOf(Math.min(100, percent)) : null;
            return this;
        }

        /**
         * Sets how long the battery would last.
         *
         * @param value absent when negative
         * @param predicted whether it was predicted instead of reported
         * @return this builder
         */
        public Builder runtime(Duration value, boolean predicted) {
            this.runtime = value.isNegative() ? null : value;
            this.runtimePredicted = predicted && runtime != null;
            return this;
        }

        /**
         * Sets what is drawn.
         *
         * @param value in watts; absent when negative or not finite
         * @param estimated whether it was computed instead of measured
         * @return this builder
         */
        public Builder watts(double value, boolean estimated) {
            this.watts = value >= 0 && value < Double.POSITIVE_INFINITY ? Double.valueOf(value) : null;
            this.wattsEstimated = estimated && watts != null;
            return this;
        }

        /**
         * Sets what the battery holds when full.
         *
         * @param wattHours absent unless positive and finite
         * @return this builder
         */
        public Builder capacity(double wattHours) {
            this.capacityWattHours =
                    wattHours > 0 && wattHours < Double.POSITIVE_INFINITY ? Double.valueOf(wattHours) : null;
            return this;
        }

        /**
         * Sets how far the reading can be relied on.
         *
         * @param value the quality
         * @return this builder
         */
        public Builder quality(Quality value) {
            this.quality = Objects.requireNonNull(value, "quality");
            return this;
        }

        /**
         * Makes the reading.
         *
         * @return a new reading
         */
        public PowerReading build() {
            return new PowerReading(this);
        }
    }
}

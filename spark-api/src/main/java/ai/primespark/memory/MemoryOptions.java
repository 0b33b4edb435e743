package ai.primespark.memory;

import ai.primespark.ProviderSpec;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What {@code primespark.memory} in a configuration file says, as typed objects. Options left alone keep their configured or
 * default value. Immutable and thread-safe.
 */
public final class MemoryOptions {

    private final Map<String, Object> values;

    private MemoryOptions(Map<String, Object> values) {
        this.values = Map.copyOf(values);
    }

    /**
     * Starts.
     *
     * @return a builder with nothing set
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The settings as a configuration file would say them.
     *
     * @return values by setting name below {@code primespark.memory}; unmodifiable
     */
    public Map<String, Object> toMap() {
        return values;
    }

    @Override
    public String toString() {
        return "MemoryOptions" + values.keySet();
    }

    /** Collects options. Not thread-safe. */
    public static final class Builder {

        private final Map<String, Object> values = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Sets the tiers.
         *
         * @param tiers hottest first, at least one
         * @return this builder
         */
        public Builder tiers(ProviderSpec... tiers) {
            return set("tiers", List.of(tiers));
        }

        /**
         * Sets when a write counts as done, unless the namespace or the write says otherwise.
         *
         * @param ack the level
         * @return this builder
         */
        public Builder ack(Ack ack) {
            return set("ack", ack.toString());
        }

        /**
         * Sets how long an operation may take in all.
         *
         * @param timeout positive
         * @return this builder
         */
        public Builder timeout(Duration timeout) {
            return set("timeout", timeout);
        }

        /**
         * Sets how long one tier may take to answer one operation.
         *
         * @param timeout positive
         * @return this builder
         */
        public Builder tierTimeout(Duration timeout) {
            return set("tier-timeout", timeout);
        }

        /**
         * Sets how long a deletion is remembered: longer than any tier is ever away.
         *
         * @param life positive
         * @return this builder
         */
        public Builder tombstoneLife(Duration life) {
            return set("tombstone-life", life);
        }

        /**
         * Sets the largest value.
         *
         * @param bytes after the codec; positive
         * @return this builder
         */
        public Builder maxValueBytes(long bytes) {
            return set("max-value-bytes", bytes);
        }

        /**
         * Sets the size of the chunks that objects are cut into.
         *
         * @param bytes 1 to 16 MiB
         * @return this builder
         */
        public Builder objectChunkBytes(long bytes) {
            return set("objects.chunk-bytes", bytes);
        }

        /**
         * Sets how long a transfer of an object may move nothing before it fails or turns to another tier.
         *
         * @param timeout positive
         * @return this builder
         */
        public Builder objectStallTimeout(Duration timeout) {
            return set("objects.stall-timeout", timeout);
        }

        /**
         * Sets how fast chunks of objects travel to further tiers in the background.
         *
         * @param bytesPerSecond positive
         * @return this builder
         */
        public Builder objectDrainRate(long bytesPerSecond) {
            return set("objects.drain-rate", bytesPerSecond);
        }

        /**
         * Makes the options.
         *
         * @return the options
         */
        public MemoryOptions build() {
            return new MemoryOptions(values);
        }

        private Builder set(String name, Object value) {
            values.put(name, Objects.requireNonNull(value, name));
            return this;
        }
    }
}

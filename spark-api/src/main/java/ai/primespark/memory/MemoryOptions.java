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
         * Sets how often the tiers are compared with each other and mended.
         *
         * @param interval on average; zero for never
         * @return this builder
         */
        public Builder repairInterval(Duration interval) {
            return set("repair.interval", interval);
        }

        /**
         * Sets how fast repair works.
         *
         * @param records read or written a second at most; positive
         * @return this builder
         */
        public Builder repairRecordsPerSecond(long records) {
            return set("repair.records-per-second", records);
        }

        /**
         * Sets how often ended values, old deletions and records that may be evicted are looked for.
         *
         * @param interval on average; zero for never
         * @return this builder
         */
        public Builder sweepInterval(Duration interval) {
            return set("sweep.interval", interval);
        }

        /**
         * Sets how full a tier may become before it lets records go that a colder tier has.
         *
         * @param share of its capacity, 0.01 to 1
         * @return this builder
         */
        public Builder tieringHighWater(double share) {
            return set("tiering.high-water", share);
        }

        /**
         * Sets how full a tier is once it has let enough records go.
         *
         * @param share of its capacity, less than the high water mark
         * @return this builder
         */
        public Builder tieringLowWater(double share) {
            return set("tiering.low-water", share);
        }

        /**
         * Sets after how long without a read or write a record may leave the tiers that have a colder one.
         *
         * @param age positive
         * @return this builder
         */
        public Builder tieringColdAfter(Duration age) {
            return set("tiering.cold-after", age);
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

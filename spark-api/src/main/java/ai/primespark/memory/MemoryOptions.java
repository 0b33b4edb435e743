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
         * Sets how many operations may be under way in one tier; more are refused at once.
         *
         * @param operations positive
         * @return this builder
         */
        public Builder tierMaxInFlight(long operations) {
            return set("tier-max-in-flight", operations);
        }

        /**
         * Sets how long writes are kept for a cache that is away; after that the cache is emptied of older values before it is
         * asked again.
         *
         * @param life positive
         * @return this builder
         */
        public Builder hintLife(Duration life) {
            return set("hint-life", life);
        }

        /**
         * Sets how large the journal of writes that tiers have still to get may become.
         *
         * @param bytes at least 1 MiB
         * @return this builder
         */
        public Builder journalMaxBytes(long bytes) {
            return set("journal.max-bytes", bytes);
        }

        /**
         * Sets how many records the journal may hold.
         *
         * @param records at least 100
         * @return this builder
         */
        public Builder journalMaxRecords(long records) {
            return set("journal.max-records", records);
        }

        /**
         * Sets how many bytes of values that wait in the journal are kept in memory, too.
         *
         * @param bytes zero or more
         * @return this builder
         */
        public Builder journalHeapBytes(long bytes) {
            return set("journal.heap-bytes", bytes);
        }

        /**
         * Sets the least time between two syncs of the journal, to spare an SD card.
         *
         * @param interval zero for as fast as the disk can, at most a second
         * @return this builder
         */
        public Builder journalCommitInterval(Duration interval) {
            return set("journal.commit-interval", interval);
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

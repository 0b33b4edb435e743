package ai.primespark.memory;

import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.Zone;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
         * Sets how long a read waits for one tier before it asks the next one as well.
         *
         * @param patience positive
         * @return this builder
         */
        public Builder patience(Duration patience) {
            return set("patience", patience);
        }

        /**
         * Sets how long the near tier answers by itself for tiers that others write to, while one of these tells of changes.
         *
         * @param life positive
         * @return this builder
         */
        public Builder nearLife(Duration life) {
            return set("near-life", life);
        }

        /**
         * Sets how long the machines wait for the one that loads a missing value.
         *
         * @param life 100 ms to 1 h; longer than loaders take
         * @return this builder
         */
        public Builder loadLease(Duration life) {
            return set("load-lease", life);
        }

        /**
         * Sets whether reads that threads make of one distant tier at once are sent together.
         *
         * @param together true unless set
         * @return this builder
         */
        public Builder batchReads(boolean together) {
            return set("batch-reads", together);
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
         * Sets how namespaces store and answer when the program asks for them without options of its own.
         *
         * @param namespaces options by the namespaces' names
         * @return this builder
         */
        public Builder namespaces(Map<String, NamespaceOptions> namespaces) {
            List<Map<String, Object>> entries = new ArrayList<>();
            namespaces.forEach((name, options) -> entries.add(entry(name, options)));
            return set("namespaces", List.copyOf(entries));
        }

        private static Map<String, Object> entry(String name, NamespaceOptions options) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("name", name);
            entry.put("codec", options.codec());
            entry.put("reach", options.reach());
            options.ackLevel().ifPresent(ack -> entry.put("ack", ack.toString()));
            options.ttl().ifPresent(ttl -> entry.put("ttl", ttl));
            entry.put("unknown", options.unknown());
            entry.put("compression", options.compression());
            options.encryptionFrom().ifPresent(zone -> entry.put("encrypt-from", zone));
            entry.put("absent-life", options.absentLife());
            entry.put("stale-life", options.staleLife());
            entry.put("urgent", options.urgent());
            return entry;
        }

        /**
         * Sets the keyring of sealed memory; see {@link Keyring}.
         *
         * @param file a file that only its owner may read
         * @return this builder
         */
        public Builder encryptionKeysFile(Path file) {
            return set("encryption.keys-file", file);
        }

        /**
         * Sets the keys of sealed memory. A program that has a key store of its own uses
         * {@link ai.primespark.PrimeSpark.Builder#keyProvider} instead.
         *
         * @param keys 32 random bytes each in base64, by id, oldest first
         * @return this builder
         */
        public Builder encryptionKeys(Map<String, Secret> keys) {
            List<Map<String, Object>> entries = new ArrayList<>();
            keys.forEach((id, key) -> entries.add(Map.of("id", id, "key", key)));
            return set("encryption.keys", List.copyOf(entries));
        }

        /**
         * Sets which of the keys seals what is written from now on; without it, the last one does.
         *
         * @param id the key
         * @return this builder
         */
        public Builder encryptionActive(String id) {
            return set("encryption.active", id);
        }

        /**
         * Sets which of the keys seals names; without it, the first one does. It must stay the same for the life of the data.
         *
         * @param id the key
         * @return this builder
         */
        public Builder encryptionNames(String id) {
            return set("encryption.names", id);
        }

        /**
         * Sets from where on values are sealed when there are keys, unless the namespace says otherwise.
         *
         * @param zone values are sealed before they reach a tier of this zone or one farther away
         * @return this builder
         */
        public Builder encryptionFrom(Zone zone) {
            return set("encryption.from", zone);
        }

        /**
         * Sets whether sealed tiers are searched for records from before they were sealed, too.
         *
         * @param search false once all of them are sealed
         * @return this builder
         */
        public Builder encryptionPlainRecords(boolean search) {
            return set("encryption.plain-records", search);
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
         * Sets how old a chunk that no object needs must be for the sweep to remove it.
         *
         * @param grace zero leaves it to {@link ObjectStore#collectGarbage}
         * @return this builder
         */
        public Builder objectGarbageGrace(Duration grace) {
            return set("objects.garbage-grace", grace);
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

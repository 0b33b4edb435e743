package ai.primespark.benchmarks.memory;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HexFormat;
import org.ehcache.Cache;
import org.ehcache.PersistentCacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.EntryUnit;
import org.ehcache.config.units.MemoryUnit;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.configuration.global.GlobalConfigurationBuilder;
import org.infinispan.eviction.EvictionStrategy;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.persistence.sifs.configuration.SoftIndexFileStoreConfigurationBuilder;
import org.jspecify.annotations.Nullable;

/** The stores on disk that are compared. */
enum DiskStores {
    SPARK("Prime Spark, JOURNALED") {
        @Override
        DiskStore open(Path directory, int entries) {
            return new Spark(directory, "journaled", 64 << 10);
        }
    },
    SPARK_MEMORY("Prime Spark, MEMORY") {
        @Override
        DiskStore open(Path directory, int entries) {
            return new Spark(directory, "memory", 256 << 20);
        }
    },
    FILES("a file a value: write, sync, rename") {
        @Override
        DiskStore open(Path directory, int entries) {
            return new PlainFiles(directory);
        }
    },
    EHCACHE("Ehcache 3.12 heap + disk (lost after a crash)") {
        @Override
        DiskStore open(Path directory, int entries) {
            return new Ehcache(directory, entries);
        }
    },
    INFINISPAN("Infinispan 15.2 SoftIndexFileStore") {
        @Override
        DiskStore open(Path directory, int entries) throws IOException {
            return new Infinispan(directory, entries, false);
        }
    },
    INFINISPAN_SYNC("Infinispan 15.2 SoftIndexFileStore, syncWrites") {
        @Override
        DiskStore open(Path directory, int entries) throws IOException {
            return new Infinispan(directory, entries, true);
        }
    };

    final String title;

    DiskStores(String title) {
        this.title = title;
    }

    /**
     * Opens a store.
     *
     * @param directory its own
     * @param entries how many its heap may hold; a few
     */
    abstract DiskStore open(Path directory, int entries) throws IOException;

    private static final class Spark implements DiskStore {

        private final PrimeSpark spark;
        private final Memory memory;

        Spark(Path directory, String ack, long nearBytes) {
            this.spark = PrimeSpark.builder()
                    .config(SparkConfig.empty()
                            .withText(
                                    "primespark { data-dir = \"" + directory + "\", memory { timeout = 30s, ack = \""
                                            + ack
                                            + "\", tiers = [{type = caffeine, max-bytes = " + nearBytes
                                            + "}, {type = directory}] } }",
                                    "the benchmark"))
                    .build();
            this.memory = spark.memory().namespace("bench", NamespaceOptions.DEFAULT.withCodec("text"));
        }

        @Override
        public void put(String key, String value) {
            var unused = memory.put(key, value);
        }

        @Override
        public @Nullable String get(String key) {
            return memory.find(key, String.class).orElse(null);
        }

        @Override
        public void settle() {
            if (!memory.flush(Duration.ofMinutes(10))) {
                throw new IllegalStateException("not everything reached the disk");
            }
        }

        @Override
        public void close() {
            spark.close();
        }
    }

    private static final class PlainFiles implements DiskStore {

        private final Path directory;

        PlainFiles(Path directory) {
            this.directory = directory;
        }

        private Path file(String key) {
            return directory.resolve(HexFormat.of().formatHex(key.getBytes(StandardCharsets.UTF_8)));
        }

        @Override
        public void put(String key, String value) throws IOException {
            Path aside = directory.resolve("tmp-" + Thread.currentThread().getId());
            try (FileChannel out = FileChannel.open(
                    aside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                int unused = out.write(ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
                out.force(false);
            }
            Files.move(aside, file(key), StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public @Nullable String get(String key) throws IOException {
            try {
                return Files.readString(file(key));
            } catch (NoSuchFileException e) {
                return null;
            }
        }

        @Override
        public void close() {}
    }

    private static final class Ehcache implements DiskStore {

        private final PersistentCacheManager manager;
        private final Cache<String, String> cache;

        Ehcache(Path directory, int entries) {
            this.manager = CacheManagerBuilder.newCacheManagerBuilder()
                    .with(CacheManagerBuilder.persistence(directory.toFile()))
                    .withCache(
                            "bench",
                            CacheConfigurationBuilder.newCacheConfigurationBuilder(
                                    String.class,
                                    String.class,
                                    ResourcePoolsBuilder.newResourcePoolsBuilder()
                                            .heap(entries, EntryUnit.ENTRIES)
                                            .disk(2, MemoryUnit.GB, true)))
                    .build(true);
            this.cache = manager.getCache("bench", String.class, String.class);
        }

        @Override
        public void put(String key, String value) {
            cache.put(key, value);
        }

        @Override
        public @Nullable String get(String key) {
            return cache.get(key);
        }

        @Override
        public void close() {
            manager.close();
        }
    }

    private static final class Infinispan implements DiskStore {

        private final DefaultCacheManager manager;
        private final org.infinispan.Cache<String, String> cache;

        Infinispan(Path directory, int entries, boolean sync) {
            GlobalConfigurationBuilder global = new GlobalConfigurationBuilder();
            global.nonClusteredDefault();
            global.globalState().enable().persistentLocation(directory.toString());
            this.manager = new DefaultCacheManager(global.build());
            ConfigurationBuilder builder = new ConfigurationBuilder();
            builder.memory().maxCount(entries).whenFull(EvictionStrategy.REMOVE);
            builder.persistence()
                    .addStore(SoftIndexFileStoreConfigurationBuilder.class)
                    .dataLocation(directory.resolve("data").toString())
                    .indexLocation(directory.resolve("index").toString())
                    .syncWrites(sync);
            manager.defineConfiguration("bench", builder.build());
            this.cache = manager.getCache("bench");
        }

        @Override
        public void put(String key, String value) {
            String unused = cache.put(key, value);
        }

        @Override
        public @Nullable String get(String key) {
            return cache.get(key);
        }

        @Override
        public void close() {
            manager.stop();
        }
    }
}

package ai.primespark.benchmarks;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.core.memory.DirectoryTierProvider;
import ai.primespark.memory.Ack;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.Stored;
import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Values of 1 KiB under 10,000 keys in the directory tier, beside files written and read without any of its promises. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DirectoryTierBenchmark {

    private static final int KEYS = 10_000;

    /** Which key comes next, and what is stored under it. */
    @State(Scope.Benchmark)
    public static class Values {

        private final Random random = new Random(42);
        private final byte[] body = new byte[1024];

        public Values() {
            random.nextBytes(body);
        }

        int next() {
            return random.nextInt(KEYS);
        }
    }

    /** The tier as the engine uses it, without the engine. */
    @State(Scope.Benchmark)
    public static class Tier {

        private final TierKey[] keys = new TierKey[KEYS];
        private Path directory;
        private MeasuringContext context;
        private MemoryTier tier;
        private int writes;

        @Setup(Level.Trial)
        public void open(Values values) throws Exception {
            directory = Directories.create();
            DirectoryTierProvider provider = new DirectoryTierProvider();
            Settings settings = Settings.of(provider.settings(), Map.of("path", directory.resolve("tier")));
            context = new MeasuringContext(settings, directory);
            tier = provider.create(context);
            tier.start();
            forEachKey(i -> {
                keys[i] = TierKey.of("default", "user/" + i);
                put(i, values.body, Version.of(1, 0, "measured"));
            });
        }

        Applied put(int number, byte[] body, Version version) {
            TierRecord record = TierRecord.value(keys[number], version, TierRecord.NEVER, "bytes", body);
            return BlockingMemoryTier.await(tier.apply(record, Condition.IF_NEWER, deadline()));
        }

        @Nullable
        TierRecord get(int number) {
            return BlockingMemoryTier.await(tier.get(keys[number], deadline()));
        }

        Version nextVersion() {
            return Version.of(2 + ++writes, 0, "measured");
        }

        @TearDown(Level.Trial)
        public void close() throws Exception {
            tier.close();
            context.close();
            Directories.delete(directory);
        }

        private static Deadline deadline() {
            return Deadline.in(Duration.ofSeconds(5));
        }
    }

    /** Plain files. */
    @State(Scope.Benchmark)
    public static class Bare {

        private Path directory;
        private final Path[] files = new Path[KEYS];

        @Setup(Level.Trial)
        public void write(Values values) throws IOException {
            directory = Directories.create();
            for (int i = 0; i < KEYS; i++) {
                files[i] = directory.resolve("user-" + i);
                Files.write(files[i], values.body);
            }
        }

        void writeSynced(Path file, byte[] body) throws IOException {
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer content = ByteBuffer.wrap(body);
                while (content.hasRemaining()) {
                    channel.write(content);
                }
                channel.force(true);
            }
        }

        @TearDown(Level.Trial)
        public void delete() throws IOException {
            Directories.delete(directory);
        }
    }

    /** Prime Spark with its default tiers. */
    @State(Scope.Benchmark)
    public static class Facade {

        private static final PutOptions JOURNALED = PutOptions.ack(Ack.JOURNALED);

        private Path directory;
        private PrimeSpark spark;

        @Setup(Level.Trial)
        public void open(Values values) throws IOException {
            directory = Directories.create();
            spark = PrimeSpark.builder()
                    .config(SparkConfig.empty().with("primespark.data-dir", directory))
                    .discovery(false)
                    .build();
            forEachKey(i -> put(i, values.body));
        }

        Stored put(int number, byte[] body) {
            return spark.memory().put("user/" + number, body, JOURNALED);
        }

        @TearDown(Level.Trial)
        public void close() throws IOException {
            spark.close();
            Directories.delete(directory);
        }
    }

    @Benchmark
    public Applied putTier(Tier state, Values values) {
        return state.put(values.next(), values.body, state.nextVersion());
    }

    @Benchmark
    public Stored putFacade(Facade state, Values values) {
        return state.put(values.next(), values.body);
    }

    /** Durable, but a crash in the middle loses the old value and the new one. */
    @Benchmark
    public void putBare(Bare state, Values values) throws IOException {
        state.writeSynced(state.files[values.next()], values.body);
    }

    /** The least that a crash cannot break: written aside, synced, renamed over the old file. */
    @Benchmark
    public Path putBareSafe(Bare state, Values values) throws IOException {
        Path aside = state.directory.resolve("aside");
        state.writeSynced(aside, values.body);
        return Files.move(aside, state.files[values.next()], StandardCopyOption.ATOMIC_MOVE);
    }

    @Benchmark
    public @Nullable Object getTier(Tier state, Values values) {
        return state.get(values.next());
    }

    @Benchmark
    public byte[] getBare(Bare state, Values values) throws IOException {
        return Files.readAllBytes(state.files[values.next()]);
    }

    /** Many at once, because ten thousand syncs one after the other are too slow for a preparation. */
    private static void forEachKey(IntConsumer action) {
        ForkJoinPool pool = new ForkJoinPool(32);
        try {
            pool.submit(() -> IntStream.range(0, KEYS).parallel().forEach(action))
                    .join();
        } finally {
            pool.shutdownNow();
        }
    }
}

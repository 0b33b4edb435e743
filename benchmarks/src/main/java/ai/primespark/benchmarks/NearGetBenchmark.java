package ai.primespark.benchmarks;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.memory.Ack;
import ai.primespark.memory.MemoryOptions;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Reading through the facade what the near tier holds, beside a bare Caffeine cache with the same keys and values. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NearGetBenchmark {

    private static final int LOOKUPS = 1 << 14; // a power of two, so that choosing the next key costs a mask

    /** A value that the facade stores as JSON and the cache as it is. */
    public record Preferences(String name, int level, List<String> topics) {}

    /** The keys as a program makes them: equal to the stored ones, but other objects. */
    @State(Scope.Benchmark)
    public static class Keys {

        @Param({"1", "10000"})
        public int keys;

        private final int[] order = new int[LOOKUPS];
        private String[] texts;
        private String[] bytes;
        private String[] records;
        private int next;

        @Setup(Level.Trial)
        public void choose() {
            Random random = new Random(42);
            Arrays.setAll(order, i -> random.nextInt(keys));
            texts = lookups("text");
            bytes = lookups("bytes");
            records = lookups("record");
        }

        private String[] lookups(String kind) {
            String[] lookups = new String[keys];
            Arrays.setAll(lookups, i -> key(kind, i));
            return lookups;
        }

        static String key(String kind, int number) {
            return kind + "/user/" + number;
        }

        String next(String[] lookups) {
            return lookups[order[next++ & LOOKUPS - 1]];
        }
    }

    /** Prime Spark with the near tier alone, because a disk makes no difference to what is found before it. */
    @State(Scope.Benchmark)
    public static class Spark {

        private Path directory;
        private PrimeSpark spark;

        @Setup(Level.Trial)
        public void open(Keys keys) throws IOException {
            directory = Directories.create();
            spark = PrimeSpark.builder()
                    .config(SparkConfig.empty().with("primespark.data-dir", directory))
                    .memory(MemoryOptions.builder()
                            .tiers(ProviderSpec.of("caffeine"))
                            .ack(Ack.MEMORY)
                            .build())
                    .discovery(false)
                    .build();
            for (int i = 0; i < keys.keys; i++) {
                spark.memory().put(Keys.key("text", i), text(i));
                spark.memory().put(Keys.key("bytes", i), bytes(i));
                spark.memory().put(Keys.key("record", i), preferences(i));
            }
            if (!spark.memory().find(Keys.key("record", 0), Preferences.class).equals(Optional.of(preferences(0)))) {
                throw new IllegalStateException("what was put is not what is got");
            }
        }

        @TearDown(Level.Trial)
        public void close() throws IOException {
            spark.close();
            Directories.delete(directory);
        }
    }

    /** Caffeine, bounded like the near tier, with the values themselves. */
    @State(Scope.Benchmark)
    public static class Bare {

        private final Cache<String, Object> cache = Caffeine.newBuilder()
                .maximumWeight(64 << 20)
                .weigher((String key, Object value) -> 500)
                .executor(Runnable::run)
                .build();

        @Setup(Level.Trial)
        public void fill(Keys keys) {
            for (int i = 0; i < keys.keys; i++) {
                cache.put(Keys.key("text", i), text(i));
                cache.put(Keys.key("bytes", i), bytes(i));
                cache.put(Keys.key("record", i), preferences(i));
            }
        }
    }

    @Benchmark
    public Object textFacade(Spark state, Keys keys) {
        return state.spark.memory().get(keys.next(keys.texts), String.class);
    }

    @Benchmark
    public @Nullable Object textCaffeine(Bare state, Keys keys) {
        return state.cache.getIfPresent(keys.next(keys.texts));
    }

    @Benchmark
    public Object bytesFacade(Spark state, Keys keys) {
        return state.spark.memory().get(keys.next(keys.bytes), byte[].class);
    }

    /** Copies what it finds, as the facade promises to do. */
    @Benchmark
    public @Nullable Object bytesCaffeine(Bare state, Keys keys) {
        Object found = state.cache.getIfPresent(keys.next(keys.bytes));
        return found instanceof byte[] value ? value.clone() : null;
    }

    @Benchmark
    public Object recordFacade(Spark state, Keys keys) {
        return state.spark.memory().get(keys.next(keys.records), Preferences.class);
    }

    @Benchmark
    public @Nullable Object recordCaffeine(Bare state, Keys keys) {
        return state.cache.getIfPresent(keys.next(keys.records));
    }

    private static String text(int number) {
        return String.valueOf(number).repeat(100).substring(0, 100);
    }

    private static byte[] bytes(int number) {
        return text(number).getBytes(StandardCharsets.US_ASCII);
    }

    private static Preferences preferences(int number) {
        return new Preferences("user " + number, number, List.of("weather", "music", "chess"));
    }
}

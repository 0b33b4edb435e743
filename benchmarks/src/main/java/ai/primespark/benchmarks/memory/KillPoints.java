package ai.primespark.benchmarks.memory;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.benchmarks.Table;
import ai.primespark.memory.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.ehcache.Cache;
import org.ehcache.CacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.builders.WriteBehindConfigurationBuilder;
import org.ehcache.spi.loaderwriter.CacheLoaderWriter;
import org.redisson.Redisson;
import org.redisson.api.RMap;
import org.redisson.api.RedissonClient;
import org.redisson.api.map.MapWriter;
import org.redisson.api.map.WriteMode;
import org.redisson.api.options.MapOptions;
import org.redisson.config.Config;

/**
 * W5: a process is killed while acknowledged writes have still to reach the store behind. Ours is killed at random points of
 * many rounds and drained after each restart; of the others, one process puts 1,000 values and stops at once.
 */
final class KillPoints implements Workload {

    private static final int THEIRS = 1000;
    private static final int ROUNDS = 100;
    private static final int KEYS = 200;

    @Override
    public String title() {
        return "acknowledged writes that a kill lost on their way to the store behind";
    }

    @Override
    public List<String> contenders() {
        return List.of("SPARK", "EHCACHE", "REDISSON");
    }

    @Override
    public List<String> jvmOptions(String contender) {
        return List.of("-Xmx256m");
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        switch (contender) {
            case "SPARK" -> ours(course);
            case "EHCACHE" -> theirs(course, "ehcache");
            case "REDISSON" -> theirs(course, "redisson");
            default -> throw new IllegalArgumentException(contender);
        }
    }

    // --- ours

    private static SparkConfig config(Path directory) {
        return SparkConfig.empty()
                .withText(
                        "primespark { data-dir = \"" + directory.resolve("data")
                                + "\", memory { tiers = [{type = caffeine},"
                                + " {type = nfs, path = \"" + directory.resolve("nas")
                                + "\", allow-same-device = true, init = if-empty}] } }",
                        "the benchmark");
    }

    private static void ours(Course course) throws Exception {
        Files.createDirectories(course.directory.resolve("nas"));
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<String, Long> acknowledged = new HashMap<>(); // the number that was put, or minus that of a delete
        Map<String, Long> open = new HashMap<>(); // likewise, begun and not acknowledged
        long writes = 0;
        long lost = 0;
        long resurrected = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Path said = course.directory.resolve("said.txt");
            Process child =
                    child(course, said, "writer", String.valueOf(writes + 1), String.valueOf(random.nextLong()));
            boolean ended = child.waitFor(400 + random.nextInt(900), TimeUnit.MILLISECONDS);
            child.destroyForcibly();
            int code = child.waitFor();
            if (ended) {
                throw new IllegalStateException("the writer ended by itself with " + code);
            }
            for (String line : Files.readAllLines(said)) {
                String[] parts = line.split(" "); // a line that was cut has no third part
                if (parts.length == 3 && parts[2].equals(".")) {
                    acknowledged.put(parts[0], Long.parseLong(parts[1]));
                    open.remove(parts[0]);
                    writes++;
                } else if (parts.length == 3) {
                    open.put(parts[0], Long.parseLong(parts[1]));
                }
            }
        }
        try (PrimeSpark spark =
                PrimeSpark.builder().config(config(course.directory)).build()) {
            if (!spark.memory().flush(Duration.ofMinutes(2))) {
                throw new IllegalStateException("not drained");
            }
            Memory memory = spark.memory();
            for (Map.Entry<String, Long> each : acknowledged.entrySet()) {
                long number = each.getValue();
                long found = memory.find(each.getKey(), Long.class).orElse(0L);
                Long pending = open.get(each.getKey()); // begun and not acknowledged: may be there or not
                boolean right = found == Math.max(0, number) || pending != null && found == Math.max(0, pending);
                if (!right && number > 0) {
                    lost++;
                } else if (!right) {
                    resurrected++;
                }
            }
        }
        course.figure("writes", writes);
        course.figure("kills", ROUNDS);
        course.figure("lost", lost);
        course.figure("resurrected", resurrected);
    }

    private static Process child(Course course, Path output, String... arguments) throws IOException {
        List<String> command = new java.util.ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dslf4j.internal.verbosity=ERROR",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KillPoints.class.getName(),
                course.directory.toString(),
                String.valueOf(course.redis.port)));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** The processes that die. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        switch (arguments[2]) {
            case "writer" -> write(directory, Long.parseLong(arguments[3]), Long.parseLong(arguments[4]));
            case "ehcache" -> ehcache(directory);
            case "redisson" -> redisson(directory, Integer.parseInt(arguments[1]));
            default -> throw new IllegalArgumentException(arguments[2]);
        }
    }

    private static void write(Path directory, long first, long seed) {
        Random random = new Random(seed);
        Memory memory = PrimeSpark.builder().config(config(directory)).build().memory();
        for (long number = first; ; number++) {
            String key = "key:" + random.nextInt(KEYS);
            boolean delete = random.nextInt(5) == 0;
            System.out.println(key + " " + (delete ? -number : number) + " ?");
            if (delete) {
                var unused = memory.delete(key);
            } else {
                var unused = memory.put(key, number);
            }
            System.out.println(key + " " + (delete ? -number : number) + " .");
        }
    }

    // --- theirs

    private static void theirs(Course course, String which) throws Exception {
        Process child = child(course, course.directory.resolve("said.txt"), which);
        if (!child.waitFor(2, TimeUnit.MINUTES) || child.exitValue() != 7) {
            throw new IllegalStateException("the writer ended with " + child.exitValue());
        }
        TimeUnit.SECONDS.sleep(2);
        Path store = course.directory.resolve("store.txt");
        long stored = Files.exists(store)
                ? Files.readAllLines(store).stream().distinct().count()
                : 0;
        course.figure("writes", THEIRS);
        course.figure("kills", 1);
        course.figure("lost", THEIRS - stored);
    }

    private static void store(Path directory, Collection<String> keys) throws IOException {
        Path unused =
                Files.write(directory.resolve("store.txt"), keys, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static void ehcache(Path directory) {
        CacheLoaderWriter<String, String> writer = new CacheLoaderWriter<>() {
            @Override
            public String load(String key) {
                return null;
            }

            @Override
            public void write(String key, String value) throws Exception {
                store(directory, List.of(key));
            }

            @Override
            public void writeAll(Iterable<? extends Map.Entry<? extends String, ? extends String>> entries)
                    throws Exception {
                List<String> keys = new java.util.ArrayList<>();
                entries.forEach(entry -> keys.add(entry.getKey()));
                store(directory, keys);
            }

            @Override
            public void delete(String key) {}
        };
        try (CacheManager manager = CacheManagerBuilder.newCacheManagerBuilder()
                .withCache(
                        "bench",
                        CacheConfigurationBuilder.newCacheConfigurationBuilder(
                                        String.class, String.class, ResourcePoolsBuilder.heap(10_000))
                                .withLoaderWriter(writer)
                                .withService(WriteBehindConfigurationBuilder.newBatchedWriteBehindConfiguration(
                                                1, TimeUnit.SECONDS, 50)
                                        .queueSize(10_000)
                                        .concurrencyLevel(1)))
                .build(true)) {
            Cache<String, String> cache = manager.getCache("bench", String.class, String.class);
            for (int i = 0; i < THEIRS; i++) {
                cache.put("key:" + i, "value");
            }
            Runtime.getRuntime().halt(7);
        }
    }

    private static void redisson(Path directory, int port) {
        Config config = new Config();
        config.useSingleServer().setAddress("redis://127.0.0.1:" + port);
        RedissonClient client = Redisson.create(config);
        RMap<String, String> map = client.getMap(MapOptions.<String, String>name("bench")
                .writer(new MapWriter<>() {
                    @Override
                    public void write(Map<String, String> values) {
                        try {
                            store(directory, values.keySet());
                        } catch (IOException e) {
                            throw new IllegalStateException(e);
                        }
                    }

                    @Override
                    public void delete(Collection<String> keys) {}
                })
                .writeMode(WriteMode.WRITE_BEHIND)
                .writeBehindBatchSize(50)
                .writeBehindDelay(100));
        for (int i = 0; i < THEIRS; i++) {
            boolean unused = map.fastPut("key:" + i, "value");
        }
        Runtime.getRuntime().halt(7);
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Table table = new Table("Library", "Acknowledged", "Kills", "Lost", "Resurrected", "Goal", "");
        figures.forEach((name, its) -> {
            boolean ours = name.equals("SPARK");
            table.row(
                    switch (name) {
                                case "SPARK" -> "Prime Spark, JOURNALED, NAS behind";
                                case "EHCACHE" -> "Ehcache 3.12 write-behind";
                                default -> "Redisson 4.7.0 write-behind";
                            }
                            + its.failure(),
                    Table.count(its.get("writes")),
                    Table.count(its.get("kills")),
                    Table.count(its.get("lost")),
                    Table.count(its.get("resurrected")),
                    ours ? "0 and 0" : "",
                    ours ? Table.reached(its.get("lost") + its.get("resurrected") == 0) : "");
        });
        return table;
    }
}

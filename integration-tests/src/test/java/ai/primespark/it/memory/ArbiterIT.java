package ai.primespark.it.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.it.JavaProcess;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.Stored;
import ai.primespark.memory.WriteResult;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.NeedsRedisServer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two processes add to one value by conditional writes, which a Redis with an append-only file decides. It is killed and started
 * again; no addition that was acknowledged is lost, and none is there twice.
 */
@NeedsRedisServer
class ArbiterIT {

    private static final String KEY = "additions";
    private static final String[] DURABLE = {"--appendonly", "yes", "--appendfsync", "always"};

    @TempDir
    Path directory;

    /** Adds numbers to the value for ever. Arguments: the configuration's file, the first number. */
    static final class Adder {
        private Adder() {}

        public static void main(String[] args) {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            Memory memory = open(Path.of(args[0])).memory();
            for (int number = Integer.parseInt(args[1]); ; number++) {
                try {
                    add(memory, number);
                    out.println("added " + number + " .");
                } catch (MemoryException e) {
                    out.println("failed " + number + " " + e.getMessage());
                }
            }
        }

        private static void add(Memory memory, int number) {
            while (true) {
                if (!(memory.get(KEY, String.class) instanceof Lookup.Found<String> found)) {
                    throw new MemoryException("not there", true, null);
                }
                WriteResult result =
                        memory.replace(KEY, found.version(), found.value() + number + ",", PutOptions.DEFAULT);
                if (result instanceof Stored) {
                    return;
                }
            }
        }
    }

    private static PrimeSpark open(Path configuration) {
        return PrimeSpark.builder()
                .config(SparkConfig.empty().withFile(configuration))
                .build();
    }

    @Test
    void aRestartOfTheArbiterLosesNoUpdate() throws Exception {
        try (LocalRedis redis = LocalRedis.start(DURABLE)) {
            String tier = "url = \"%s\"".formatted(redis.url());
            race(tier, () -> {
                redis.kill();
                redis.startAgain();
            });
        }
    }

    private interface Disturbance {
        void happens() throws IOException;
    }

    private void race(String tier, Disturbance disturbance) throws Exception {
        Path one = configuration("one", tier);
        Path two = configuration("two", tier);
        try (PrimeSpark spark = open(one)) {
            WriteResult begun = spark.memory().putIfAbsent(KEY, ",", PutOptions.DEFAULT);
            assertThat(begun).isInstanceOf(Stored.class);
            assertThat(spark.memory().flush(Duration.ofSeconds(30))).isTrue();
        }
        Set<Integer> added = new HashSet<>();
        try (JavaProcess first = adder(one, 1);
                JavaProcess second = adder(two, 1_000_000)) {
            for (int round = 0; round < 3; round++) {
                awaitMore(first, second);
                disturbance.happens();
            }
            awaitMore(first, second);
            first.kill();
            second.kill();
            added.addAll(numbers(first));
            added.addAll(numbers(second));
        }
        try (PrimeSpark spark = open(one)) {
            assertThat(spark.memory().flush(Duration.ofSeconds(30))).isTrue();
        }
        try (PrimeSpark spark = open(two)) {
            Memory memory = spark.memory();
            assertThat(memory.flush(Duration.ofSeconds(30))).isTrue();
            List<Integer> there = Arrays.stream(memory.get(KEY, String.class)
                            .toOptional()
                            .orElseThrow()
                            .split(","))
                    .filter(number -> !number.isEmpty())
                    .map(Integer::valueOf)
                    .toList();
            assertThat(there).doesNotHaveDuplicates().containsAll(added);
        }
        assertThat(added).hasSizeGreaterThan(40);
    }

    private Path configuration(String node, String tier) throws IOException {
        String text = """
                primespark {
                  data-dir = "%s"
                  memory.tiers = [
                    {type = caffeine}
                    {type = redis, durable = true, timeout = 500ms, %s}
                    {type = directory, path = "%s"}
                  ]
                }
                """.formatted(directory.resolve("data-" + node), tier, directory.resolve("shelf-" + node));
        return Files.writeString(directory.resolve(node + ".conf"), text);
    }

    private JavaProcess adder(Path configuration, int first) {
        return JavaProcess.classPath(directory, Map.of(), Adder.class, configuration.toString(), String.valueOf(first));
    }

    private static void awaitMore(JavaProcess... adders) {
        for (JavaProcess adder : adders) {
            int enough = numbers(adder).size() + 10;
            await().atMost(Duration.ofSeconds(60)).until(() -> numbers(adder).size() >= enough || !adder.isAlive());
            assertThat(adder.isAlive()).as(adder::output).isTrue();
        }
    }

    private static Set<Integer> numbers(JavaProcess adder) {
        return adder.lines().stream()
                .filter(line -> line.startsWith("added ") && line.endsWith(" ."))
                .map(line -> Integer.valueOf(line.split(" ")[1]))
                .collect(Collectors.toSet());
    }
}

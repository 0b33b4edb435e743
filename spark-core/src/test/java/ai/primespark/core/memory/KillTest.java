package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.Stored;
import ai.primespark.memory.Version;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.io.BufferedReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed at random moments while it writes; nothing that it acknowledged may be lost. */
class KillTest {

    private static final int ROUNDS = Boolean.getBoolean("spark.exhaustive") ? 200 : 6;

    @TempDir
    Path temp;

    @Test
    @Timeout(900)
    void whatWasAcknowledgedSurvivesKillAtAnyMoment() throws Exception {
        long seed = System.nanoTime();
        System.out.println("KillTest seed " + seed);
        Random random = new Random(seed);
        Path directory = temp.resolve("disk");
        Map<String, Version> acknowledged = new HashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            Process process =
                    HoldDirectory.start(Writing.class, directory.toString(), Long.toString(random.nextLong()));
            BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
            int last = 1 + random.nextInt(400);
            for (int i = 0; i < last; i++) {
                take(lines.readLine(), acknowledged);
            }
            assertThat(process.toHandle().destroyForcibly()).isTrue(); // leaves its output readable
            process.waitFor();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                take(line, acknowledged); // acknowledged before it died
            }
            check(directory, acknowledged, "seed " + seed + " round " + round);
        }
    }

    private static void take(String line, Map<String, Version> acknowledged) {
        if (line != null && line.endsWith(";")) { // a line may be cut
            String[] parts = line.substring(0, line.length() - 1).split(" ");
            acknowledged.merge(parts[0], Version.parse(parts[1]), (a, b) -> b.isNewerThan(a) ? b : a);
        } else {
            assertThat(line).as("what the writing process says").isIn(null, "");
        }
    }

    /** What the journal has still to bring to the directory is brought there by the next engine. */
    private static void check(Path directory, Map<String, Version> acknowledged, String where) throws Exception {
        ExecutorService blocking = Executors.newCachedThreadPool();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try (DirectoryTier tier = new DirectoryTier("disk", directory, InstantSource.system(), false, Long.MAX_VALUE)) {
            tier.start();
            try (MemoryEngine engine = engine(tier, directory, blocking, timer)) {
                Memory memory = engine.memory();
                acknowledged.forEach((key, version) -> {
                    if (memory.get(key, String.class) instanceof Lookup.Found<String> found) {
                        assertThat(version.isNewerThan(found.version()))
                                .as("%s: %s was acknowledged as %s, read at once", where, key, version)
                                .isFalse();
                    }
                });
                assertThat(memory.flush(Duration.ofSeconds(60))).as(where).isTrue();
                assertThat(memory.stats().journal().damaged()).as(where).isZero();
            }
            acknowledged.forEach((key, version) -> {
                TierRecord record = BlockingMemoryTier.await(
                        tier.get(TierKey.of("default", key), Deadline.in(Duration.ofSeconds(20))));
                assertThat(record)
                        .as("%s: %s was acknowledged as %s", where, key, version)
                        .isNotNull();
                assertThat(version.isNewerThan(record.version()))
                        .as("%s: %s was acknowledged as %s, but is %s", where, key, version, record.version())
                        .isFalse();
                if (!record.isTombstone()) {
                    assertThat(new String(record.body(), StandardCharsets.UTF_8))
                            .as(where)
                            .startsWith(key + " ");
                }
            });
            assertThat(directory.resolve("tmp")).isEmptyDirectory();
            assertThat(Files.isRegularFile(directory.resolve("PRIME-SPARK-TIER")))
                    .isTrue();
        } finally {
            blocking.shutdownNow();
            timer.shutdownNow();
        }
    }

    private static MemoryEngine engine(
            DirectoryTier tier, Path directory, ExecutorService blocking, ScheduledExecutorService timer) {
        return new MemoryEngine(
                Settings.of(MemorySettings.ALL, Map.of()),
                List.of(
                        new ConfiguredTier(
                                "near",
                                "caffeine",
                                Zone.EDGE,
                                new CaffeineTier("near", InstantSource.system(), 1 << 20)),
                        new ConfiguredTier("disk", "directory", Zone.EDGE, tier)),
                InstantSource.system(),
                blocking,
                timer,
                Meters.discarding(),
                event -> {},
                "killed",
                directory.resolveSibling("engine"));
    }

    /** The process that is killed. */
    static final class Writing {

        private Writing() {}

        public static void main(String[] args) {
            ExecutorService blocking = Executors.newCachedThreadPool();
            ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
            DirectoryTier tier =
                    new DirectoryTier("disk", Path.of(args[0]), InstantSource.system(), false, Long.MAX_VALUE);
            tier.start();
            Memory memory = engine(tier, Path.of(args[0]), blocking, timer).memory();
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            long seed = Long.parseLong(args[1]);
            for (int i = 0; i < 3; i++) {
                Random random = new Random(seed + i);
                blocking.execute(() -> write(memory, random, out));
            }
        }

        private static void write(Memory memory, Random random, PrintStream out) {
            for (int n = 0; ; n++) {
                String key = "k" + random.nextInt(50);
                Stored stored = random.nextInt(5) == 0
                        ? memory.delete(key)
                        : memory.put(key, key + " " + n + "x".repeat(random.nextInt(3_000)));
                out.println(key + " " + stored.version() + ";");
            }
        }
    }
}

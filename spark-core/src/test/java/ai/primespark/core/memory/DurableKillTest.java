package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.Stored;
import ai.primespark.memory.Version;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.testkit.FlakyTier;
import java.io.BufferedReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
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
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed at random moments while one of its two directories is away now and then. */
class DurableKillTest {

    private static final int ROUNDS = Boolean.getBoolean("spark.exhaustive") ? 300 : 6;

    @TempDir
    Path temp;

    @Test
    @Timeout(1_800)
    void bothTiersHaveWhatWasAcknowledgedAfterTheLastCrash() throws Exception {
        long seed = System.nanoTime();
        System.out.println("DurableKillTest seed " + seed + ", " + ROUNDS + " rounds");
        Random random = new Random(seed);
        Map<String, String> acknowledged = new HashMap<>(); // key to "version" or "version -" for a deletion
        for (int round = 0; round < ROUNDS; round++) {
            Process process = HoldDirectory.start(Writing.class, temp.toString(), Long.toString(random.nextLong()));
            BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
            int last = 1 + random.nextInt(600);
            for (int i = 0; i < last; i++) {
                take(lines.readLine(), acknowledged);
            }
            assertThat(process.toHandle().destroyForcibly()).isTrue();
            process.waitFor();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                take(line, acknowledged);
            }
            check(acknowledged, random.nextBoolean(), "seed " + seed + " round " + round);
        }
        System.out.println(ROUNDS + " rounds, nothing lost, nothing back from the dead");
    }

    private static void take(String line, Map<String, String> acknowledged) {
        if (line != null && line.endsWith(";")) {
            String[] words = line.substring(0, line.length() - 1).split(" ", 2);
            acknowledged.merge(words[0], words[1], (a, b) -> version(b).isNewerThan(version(a)) ? b : a);
        }
    }

    private static Version version(String words) {
        return Version.parse(words.split(" ")[0]);
    }

    /** Reads at once; and now and then lets everything be sent, and looks into the tiers. */
    private void check(Map<String, String> acknowledged, boolean flush, String where) throws Exception {
        try (Machine machine = new Machine(temp)) {
            Memory memory = machine.engine.memory();
            acknowledged.forEach((key, what) -> {
                Lookup<String> answer = memory.get(key, String.class);
                if (answer instanceof Lookup.Found<String> found) {
                    assertThat(version(what).isNewerThan(found.version()))
                            .as("%s: %s was %s, but %s was read", where, key, what, found.version())
                            .isFalse();
                } else {
                    assertThat(answer).as("%s: %s", where, key).isInstanceOf(Lookup.Absent.class);
                }
            });
            if (!flush) {
                return;
            }
            assertThat(memory.flush(Duration.ofSeconds(60))).as(where).isTrue();
            for (MemoryTier tier : machine.tiers) {
                acknowledged.forEach((key, what) -> {
                    TierRecord record = BlockingMemoryTier.await(
                            tier.get(TierKey.of("default", key), Deadline.in(Duration.ofSeconds(20))));
                    assertThat(record).as("%s: %s in %s", where, key, tier).isNotNull();
                    assertThat(version(what).isNewerThan(record.version()))
                            .as("%s: %s in %s is %s, acknowledged was %s", where, key, tier, record, what)
                            .isFalse();
                    if (record.version().equals(version(what))) {
                        assertThat(record.isTombstone())
                                .as("%s: %s", where, key)
                                .isEqualTo(what.endsWith("-"));
                    }
                });
            }
        }
    }

    /** An engine over two directories, the second of which can be away. */
    private static final class Machine implements AutoCloseable {
        final ExecutorService blocking = Executors.newCachedThreadPool();
        final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        final DirectoryTier first;
        final FlakyTier second;
        final List<MemoryTier> tiers;
        final MemoryEngine engine;

        Machine(Path home) throws Exception {
            first = new DirectoryTier("first", home.resolve("first"), InstantSource.system(), false, Long.MAX_VALUE);
            second = new FlakyTier(
                    new DirectoryTier("second", home.resolve("second"), InstantSource.system(), false, Long.MAX_VALUE));
            first.start();
            second.start();
            tiers = List.of(first, second);
            engine = new MemoryEngine(
                    Settings.of(
                            MemorySettings.ALL, Map.of("journal.max-bytes", "4 MiB", "journal.heap-bytes", "64 KiB")),
                    List.of(
                            new ConfiguredTier(
                                    "near",
                                    "caffeine",
                                    Zone.EDGE,
                                    new CaffeineTier("near", InstantSource.system(), 1 << 20)),
                            new ConfiguredTier("first", "directory", Zone.EDGE, first),
                            new ConfiguredTier("second", "directory", Zone.CLOUD, second)),
                    InstantSource.system(),
                    blocking,
                    timer,
                    Meters.discarding(),
                    event -> {},
                    "killed",
                    home.resolve("engine"));
        }

        @Override
        public void close() throws Exception {
            engine.close();
            for (MemoryTier tier : tiers) {
                tier.close();
            }
            blocking.shutdownNow();
            timer.shutdownNow();
        }
    }

    /** The process that is killed. */
    static final class Writing {

        private Writing() {}

        public static void main(String[] args) throws Exception {
            Machine machine = new Machine(Path.of(args[0]));
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            long seed = Long.parseLong(args[1]);
            for (int i = 0; i < 3; i++) {
                Random random = new Random(seed + i);
                machine.blocking.execute(() -> write(machine.engine.memory(), random, out));
            }
            Random random = new Random(seed - 1);
            machine.blocking.execute(() -> {
                while (true) {
                    if (random.nextBoolean()) {
                        machine.second.failNext(random.nextInt(30), TierException.Kind.TRANSIENT);
                    } else {
                        machine.second.heal();
                    }
                    LockSupport.parkNanos(random.nextInt(50_000_000));
                }
            });
        }

        private static void write(Memory memory, Random random, PrintStream out) {
            for (int n = 0; ; n++) {
                String key = "k" + random.nextInt(60);
                boolean delete = random.nextInt(4) == 0;
                Stored stored = delete
                        ? memory.delete(key)
                        : memory.put(key, key + " " + n + "x".repeat(random.nextInt(3_000)));
                out.println(key + " " + stored.version() + (delete ? " -;" : ";"));
            }
        }
    }
}

package ai.primespark.memory.nfs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several processes on one directory, some of them killed. */
@Timeout(900)
class NfsProcessesTest {

    private static final boolean EXHAUSTIVE = Boolean.getBoolean("spark.exhaustive");
    private static final int RAISES = EXHAUSTIVE ? 2_000 : 150;
    private static final int KILLS = EXHAUSTIVE ? 200 : 6;
    private static final int COUNTERS = 4;

    private NfsFixture fixture;
    private Path root;

    @BeforeEach
    void directory() throws IOException {
        fixture = new NfsFixture();
        root = Files.createDirectory(fixture.directory().resolve("nas"));
        NfsStorage.initialise(root, true);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static Process start(Class<?> main, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        Stream.of(arguments).map(String::valueOf).forEach(command::add);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    @Test
    void countersThatTwoProcessesRaiseLoseNothing() throws Exception {
        NfsTier tier = fixture.openLocal(root);
        for (int counter = 0; counter < COUNTERS; counter++) {
            NfsFixture.put(tier, "counter-" + counter, 0, "0");
        }
        List<Process> processes =
                List.of(start(Raising.class, root, "a", RAISES), start(Raising.class, root, "b", RAISES));
        Set<String> versions = new HashSet<>();
        int raised = 0;
        for (Process process : processes) {
            BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                assertThat(versions.add(line)).as("%s was reached once", line).isTrue();
                raised++;
            }
            assertThat(process.waitFor()).isZero();
        }
        int sum = 0;
        for (int counter = 0; counter < COUNTERS; counter++) {
            int value = Integer.parseInt(NfsFixture.text(tier, "counter-" + counter));
            for (int step = 1; step <= value; step++) {
                assertThat(versions).contains("counter-" + counter + "=" + step);
            }
            sum += value;
        }
        assertThat(raised).isEqualTo(2 * RAISES);
        assertThat(sum).isEqualTo(2 * RAISES);
    }

    /** Raises random counters by compare and set, and says each value that it reached. */
    static final class Raising {

        private Raising() {}

        public static void main(String[] args) {
            try (NfsFixture fixture = new NfsFixture()) {
                NfsTier tier = fixture.openLocal(Path.of(args[0]));
                Random random = new Random(args[1].hashCode());
                for (int raised = 0; raised < Integer.parseInt(args[2]); ) {
                    String name = "counter-" + random.nextInt(COUNTERS);
                    TierRecord held = BlockingMemoryTier.await(tier.get(NfsFixture.key(name), NfsFixture.soon()));
                    int next = Integer.parseInt(new String(held.body(), StandardCharsets.UTF_8)) + 1;
                    Version version = Version.of(held.version().millis() + 1, 0, args[1]);
                    TierRecord record = TierRecord.value(
                            held.key(),
                            version,
                            TierRecord.NEVER,
                            "text",
                            String.valueOf(next).getBytes(StandardCharsets.UTF_8));
                    if (BlockingMemoryTier.await(
                                    tier.apply(record, Condition.ifVersion(held.version()), NfsFixture.soon()))
                            instanceof Applied.Done) {
                        raised++;
                        System.out.println(name + "=" + next);
                    }
                }
            }
        }
    }

    @Test
    void whatWasAcknowledgedSurvivesKillsAtAnyMoment() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<String, Long> acknowledged = new HashMap<>();
        for (int round = 0; round < KILLS; round++) {
            Process process = start(Writing.class, root, random.nextLong(), round);
            BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
            int last = 1 + random.nextInt(200);
            for (int i = 0; i < last; i++) {
                take(lines.readLine(), acknowledged);
            }
            assertThat(process.toHandle().destroyForcibly()).isTrue();
            process.waitFor();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                take(line, acknowledged); // acknowledged before it died
            }
            NfsTier tier = fixture.openLocal(root);
            String where = "seed " + seed + " round " + round;
            acknowledged.forEach((key, version) -> {
                String[] text = NfsFixture.text(tier, key).split(" ", -1);
                assertThat(text[0]).as("%s: the key in %s", where, key).isEqualTo(key);
                assertThat(Long.parseLong(text[1]))
                        .as("%s: %s was acknowledged as %s", where, key, version)
                        .isGreaterThanOrEqualTo(version);
                assertThat(text[2]).as(where).hasSize(500);
            });
            tier.close();
        }
        System.out.println("NfsProcessesTest seed " + seed + ": " + KILLS + " kills, " + acknowledged.size()
                + " keys, nothing lost");
        assertNoKeyIsBlocked(acknowledged);
    }

    /** A lock that a killed writer left is broken when its life is over. */
    private void assertNoKeyIsBlocked(Map<String, Long> acknowledged) {
        NfsTier tier = fixture.open(root, Map.of("allow-same-device", true, "lease-life", "1s"));
        acknowledged
                .keySet()
                .forEach(key -> assertThat(NfsFixture.put(tier, key, 1_000_000_000L, key + " end"))
                        .isEqualTo(Applied.DONE));
    }

    private static void take(String line, Map<String, Long> acknowledged) {
        if (line != null && line.endsWith(";")) { // a line may be cut
            String[] parts = line.substring(0, line.length() - 1).split(" ", -1);
            acknowledged.merge(parts[0], Long.parseLong(parts[1]), Math::max);
        } else {
            assertThat(line).as("what the writing process says").isIn(null, "");
        }
    }

    /** The process that is killed. */
    static final class Writing {

        private Writing() {}

        public static void main(String[] args) {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            try (NfsFixture fixture = new NfsFixture()) {
                NfsTier tier = fixture.openLocal(Path.of(args[0]));
                Random random = new Random(Long.parseLong(args[1]));
                long base = Long.parseLong(args[2]) * 1_000_000;
                for (long step = base; ; step++) {
                    String key = "k" + random.nextInt(40);
                    try {
                        if (NfsFixture.put(tier, key, step, key + " " + step + " " + "x".repeat(500))
                                instanceof Applied.Done) {
                            out.println(key + " " + step + ";");
                        }
                    } catch (TierException e) {
                        if (!e.retryable()) { // a lock of the process before, whose life is not over
                            throw e;
                        }
                    }
                }
            }
        }
    }

    @Test
    void twoProcessesMayMarkOneDirectoryAtTheSameTime() throws Exception {
        Path fresh = Files.createDirectory(fixture.directory().resolve("fresh"));
        List<Process> processes = List.of(start(Marking.class, fresh), start(Marking.class, fresh));
        Set<String> ids = new HashSet<>();
        for (Process process : processes) {
            ids.add(process.inputReader(StandardCharsets.UTF_8).readLine());
            assertThat(process.waitFor()).isZero();
        }
        assertThat(ids).singleElement().asString().hasSize(36);
    }

    /** Marks a directory and says the storage's UUID. */
    static final class Marking {

        private Marking() {}

        public static void main(String[] args) throws IOException {
            System.out.println(NfsStorage.initialise(Path.of(args[0]), true));
        }
    }
}

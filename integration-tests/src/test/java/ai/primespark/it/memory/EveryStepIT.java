package ai.primespark.it.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.it.JavaProcess;
import ai.primespark.memory.Ack;
import ai.primespark.memory.KeyPlaces;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.RepairOptions;
import ai.primespark.memory.Stored;
import ai.primespark.memory.Version;
import ai.primespark.memory.nfs.NfsTierProvider;
import ai.primespark.spi.MemoryTier;
import ai.primespark.testkit.TestContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process goes through a put, an overwrite, a conditional write, a delete, a demotion, a backfill and an upload, and stops
 * dead before and after every single change that it makes to a tier. Whatever it acknowledged is there afterwards, in every
 * tier.
 */
class EveryStepIT {

    private static final int UPLOAD_BYTES = 5 << 20;

    @TempDir
    Path directory;

    /** The process that stops. Arguments: the directory, after how many changes, whether after the last one. */
    static final class Story {
        private Story() {}

        public static void main(String[] args) throws Exception {
            Path directory = Path.of(args[0]);
            AtomicInteger left = new AtomicInteger(Integer.parseInt(args[1]));
            boolean after = Boolean.parseBoolean(args[2]);
            try (PrimeSpark spark = open(directory, left, after)) {
                Memory memory = spark.memory();
                acknowledge("put", memory.put("put", "one"));
                acknowledge("overwritten", memory.put("overwritten", "one"));
                acknowledge("overwritten", memory.put("overwritten", "two", PutOptions.ack(Ack.ALL)));
                Stored first = memory.put("replaced", "one");
                acknowledge("replaced", first);
                if (memory.replace("replaced", first.version(), "two", PutOptions.DEFAULT) instanceof Stored second) {
                    acknowledge("replaced", second);
                }
                acknowledge("deleted", memory.put("deleted", "one", PutOptions.ack(Ack.ALL)));
                acknowledge("-deleted", memory.delete("deleted"));
                acknowledge("demoted", memory.put("demoted", "one", PutOptions.ack(Ack.ALL)));
                boolean unused = memory.demote("demoted");
                unused = memory.get("demoted", String.class).isFound(); // fills the hotter tiers again
                unused = memory.prefetch("demoted");
                Path file = directory.resolve("upload.bin");
                if (!Files.exists(file)) {
                    byte[] content = new byte[UPLOAD_BYTES];
                    new Random(7).nextBytes(content);
                    Files.write(file, content);
                }
                var info = memory.objects().upload("upload", file, done -> {});
                System.out.println("done upload " + info.version());
                unused = memory.flush(Duration.ofSeconds(20));
                unused = memory.objects().flush(Duration.ofSeconds(20));
                System.out.println("story told, " + left.get() + " left");
            }
        }

        private static void acknowledge(String key, Stored stored) {
            System.out.println("done " + key + " " + stored.version());
        }
    }

    private static PrimeSpark open(Path directory, AtomicInteger left, boolean after) throws Exception {
        return PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .with("primespark.data-dir", directory.resolve("data"))
                        .with("primespark.memory.objects.chunk-bytes", "1MiB"))
                .memory(MemoryOptions.builder().timeout(Duration.ofSeconds(10)).build())
                .memoryTier("nas", Zone.EDGE, new HaltingTier(tier(directory, "nas"), left, after))
                .memoryTier("cold", Zone.CLOUD, new HaltingTier(tier(directory, "cold"), left, after))
                .discovery(false)
                .build();
    }

    private static MemoryTier tier(Path directory, String name) throws Exception {
        Path place = Files.createDirectories(directory.resolve(name));
        NfsTierProvider provider = new NfsTierProvider();
        MemoryTier tier = provider.create(TestContext.create()
                .with(provider, Map.of("path", place, "init", "if-empty", "allow-same-device", true)));
        tier.start();
        return tier;
    }

    @Test
    void aProcessThatStopsAtAnyStepHasLostNothingThatItAcknowledged() throws Exception {
        int changes = changesOfTheWholeStory();
        int stride = Boolean.getBoolean("spark.exhaustive") ? 1 : 4;
        long seed = System.nanoTime();
        int begin = 1 + new Random(seed).nextInt(stride);
        int stops = 0;
        for (int step = begin; step <= changes; step += stride) {
            for (boolean after : new boolean[] {false, true}) {
                Path place = Files.createDirectories(directory.resolve("step-" + step + "-" + after));
                List<String> said = tell(place, step, after);
                check(place, said, "step " + step + (after ? " done" : " not done") + " of " + changes);
                stops++;
            }
        }
        System.out.println(stops + " stops at " + changes + " steps, seed " + seed + ", nothing lost");
    }

    private int changesOfTheWholeStory() throws IOException {
        int plenty = 1_000_000;
        List<String> said = tell(Files.createDirectories(directory.resolve("whole")), plenty, true);
        String last = said.stream()
                .filter(line -> line.startsWith("story told"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(String.join("\n", said)));
        return plenty - Integer.parseInt(last.replaceAll("\\D", ""));
    }

    private static List<String> tell(Path place, int step, boolean after) {
        try (JavaProcess process = JavaProcess.start(
                place,
                Map.of(),
                List.of(
                        JavaProcess.java(),
                        "-Xmx192m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Story.class.getName(),
                        place.toString(),
                        String.valueOf(step),
                        String.valueOf(after)))) {
            int unused = process.await();
            return process.lines();
        }
    }

    private static void check(Path place, List<String> said, String context) throws Exception {
        Map<String, String> done = new HashMap<>();
        for (String line : said) {
            if (line.startsWith("done ")) {
                done.put(line.split(" ")[1], line.split(" ")[2]);
            }
        }
        try (PrimeSpark spark = open(place, new AtomicInteger(-1), false)) {
            Memory memory = spark.memory();
            assertThat(memory.flush(Duration.ofSeconds(30))).as(context).isTrue();
            memory.admin().repair(RepairOptions.DEFAULT, progress -> {}).await(Duration.ofSeconds(30));
            assertThat(memory.flush(Duration.ofSeconds(30))).as(context).isTrue();
            for (Map.Entry<String, String> each : done.entrySet()) {
                String key = each.getKey();
                if (key.equals("upload")) {
                    checkUpload(memory, place, context);
                } else if (key.equals("-deleted")) {
                    assertThat(memory.get("deleted", String.class)).as(context).isInstanceOf(Lookup.Absent.class);
                } else if (!(key.equals("deleted"))) {
                    checkValue(memory, key, each.getValue(), context);
                }
            }
        }
    }

    private static void checkValue(Memory memory, String key, String version, String context) {
        Lookup<String> answer = memory.get(key, String.class);
        assertThat(answer).as(key + ", " + context).isInstanceOf(Lookup.Found.class);
        assertThat(((Lookup.Found<String>) answer).version().toString())
                .as(key + ", " + context)
                .isGreaterThanOrEqualTo(version);
        Version newest = ((Lookup.Found<String>) answer).version();
        List<KeyPlaces.Place> places = memory.admin().where(key).places();
        // what was demoted is away from the hotter tier until a read has filled it again, and repair respects that
        assertThat(places)
                .as(key + " is everywhere, " + context)
                .filteredOn(place -> place.tier().equals("cold") || !key.equals("demoted") || place.version() != null)
                .extracting(KeyPlaces.Place::version)
                .isNotEmpty()
                .containsOnly(newest);
    }

    private static void checkUpload(Memory memory, Path place, String context) throws IOException {
        assertThat(memory.objects().flush(Duration.ofSeconds(30))).as(context).isTrue();
        try (InputStream in = memory.objects().read("upload", 0, -1)) {
            assertThat(Arrays.equals(in.readAllBytes(), Files.readAllBytes(place.resolve("upload.bin"))))
                    .as("the upload's content, " + context)
                    .isTrue();
        }
    }
}

package ai.primespark.it.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.memory.Ack;
import ai.primespark.memory.KeyPlaces;
import ai.primespark.memory.KeyPlaces.Presence;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.RepairOptions;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.memory.VerifyOptions;
import ai.primespark.testkit.NeedsLoopDevice;
import ai.primespark.testkit.NeedsRedisServer;
import ai.primespark.testkit.S3Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bits flip and files are torn in every place that keeps data: found, reported, mended from elsewhere, and never believed. */
@NeedsRedisServer
@NeedsLoopDevice
class DamageIT {

    private static final int KEYS = 24;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @TempDir
    Path directory;

    private Lab lab;

    @BeforeEach
    void start() throws IOException {
        lab = new Lab(directory).patient();
    }

    @AfterEach
    void stop() {
        lab.close();
    }

    @Test
    void damagedRecordsOfTheNasAreFoundAndReplaced() throws Exception {
        Path configuration = lab.configuration("nas");
        store(configuration);
        damageFiles(lab.nasRecords());
        String unused = lab.redis.command("FLUSHALL");
        try (PrimeSpark spark = Lab.open(configuration)) {
            readEverything(spark.memory());
            awaitMended(spark.memory(), "nfs");
        }
    }

    @Test
    void damagedRecordsOfADirectoryAreFoundAndReplaced() throws Exception {
        Path configuration =
                lab.configuration("shelf", directory.resolve("data-shelf"), List.of("directory", "nfs"), "");
        store(configuration);
        damageFiles(Lab.records(directory.resolve("shelf")));
        try (PrimeSpark spark = Lab.open(configuration)) {
            readEverything(spark.memory());
            awaitMended(spark.memory(), "directory");
        }
    }

    @Test
    void damagedObjectsOfS3AreFoundByVerificationReportedAndReplaced() throws Exception {
        Path configuration = lab.configuration("cold");
        store(configuration);
        damageObjects();
        try (PrimeSpark spark = Lab.open(configuration)) {
            UpkeepReport report = spark.memory()
                    .admin()
                    .verify(VerifyOptions.DEFAULT, progress -> {})
                    .await(PATIENCE)
                    .orElseThrow();
            assertThat(report.damaged()).as("damaged, seed " + seed).isEqualTo(KEYS);
            assertThat(report.damages())
                    .as("seed " + seed)
                    .allSatisfy(damage -> assertThat(damage.mended()).isTrue())
                    .extracting(UpkeepReport.Damage::tier)
                    .containsOnly("s3");
            assertThat(report.isClean()).as("%s", report).isTrue();
            awaitMended(spark.memory(), "s3");
        }
    }

    @Test
    void aReadThatOnlyADamagedObjectCouldAnswerSaysSo() throws Exception {
        Path configuration = lab.configuration("last");
        store(configuration);
        damageObjects();
        for (Path record : lab.nasRecords()) {
            Files.delete(record);
        }
        String unused = lab.redis.command("FLUSHALL");
        try (PrimeSpark spark = Lab.open(configuration)) {
            for (int i = 0; i < KEYS; i++) {
                neitherAbsentNorWrong(spark.memory(), key(i));
            }
            var rewritten = spark.memory().put(key(0), value(0), PutOptions.ack(Ack.ALL));
            assertThat(rewritten.pending()).isEmpty();
            assertThat(place(spark.memory(), key(0), "s3").version()).isEqualTo(rewritten.version());
        }
    }

    @Test
    void everyCopyDamagedIsSaidToBeSoAndNotAbsent() throws Exception {
        Path configuration = lab.configuration("all");
        store(configuration);
        damageFiles(lab.nasRecords());
        damageObjects();
        String unused = lab.redis.command("FLUSHALL");
        try (PrimeSpark spark = Lab.open(configuration)) {
            for (int i = 0; i < KEYS; i++) {
                neitherAbsentNorWrong(spark.memory(), key(i));
            }
        }
    }

    @Test
    void aFlippedBitInTheMiddleOfTheJournalIsReportedAndRepairBringsEverythingEverywhere() throws Exception {
        damagedJournal(true, segment -> {
            byte[] bytes = Files.readAllBytes(segment);
            bytes[bytes.length / 2] = (byte) (bytes[bytes.length / 2] ^ 1 << random.nextInt(8));
            Files.write(segment, bytes);
        });
    }

    @Test
    void aTornTailOfTheJournalLosesNothingThatATierHas() throws Exception {
        damagedJournal(false, segment -> {
            byte[] bytes = Files.readAllBytes(segment);
            Files.write(segment, java.util.Arrays.copyOf(bytes, bytes.length - 7));
        });
    }

    private interface Damage {
        void to(Path segment) throws IOException;
    }

    private void damagedJournal(boolean reported, Damage damage) throws Exception {
        Path data = directory.resolve("data-journal");
        Path configuration = lab.configuration("journal", data);
        lab.s3.inject(null, Integer.MAX_VALUE, S3Fault.blackHole());
        try (PrimeSpark spark = Lab.open(configuration)) {
            for (int i = 0; i < KEYS; i++) {
                var unused = spark.memory().put(key(i), value(i), PutOptions.ack(Ack.tier(3)));
            }
            assertThat(spark.memory().stats().journal().entries()).isGreaterThanOrEqualTo(KEYS);
        }
        Path segment = largestSegment(data);
        damage.to(segment);
        lab.s3.heal();
        String flushed = lab.redis.command("FLUSHALL");
        assertThat(flushed).isEqualTo("OK");
        try (PrimeSpark spark = Lab.open(configuration)) {
            Memory memory = spark.memory();
            assertThat(memory.stats().journal().damaged())
                    .as("damaged places, seed " + seed)
                    .isEqualTo(reported ? 1 : 0); // a torn tail is what a crash leaves, and no damage
            readEverything(memory);
            assertThat(memory.flush(PATIENCE)).isTrue();
            UpkeepReport report = memory.admin()
                    .repair(RepairOptions.DEFAULT, progress -> {})
                    .await(PATIENCE)
                    .orElseThrow();
            assertThat(report.isClean()).as("%s", report).isTrue();
            for (int i = 0; i < KEYS; i++) {
                assertThat(place(memory, key(i), "s3").version())
                        .as(key(i) + ", seed " + seed)
                        .isEqualTo(place(memory, key(i), "nfs").version())
                        .isNotNull();
            }
        }
    }

    private static Path largestSegment(Path data) throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            return files.filter(file -> file.getParent().endsWith("journal") && Files.isRegularFile(file))
                    .max(java.util.Comparator.comparingLong(
                            file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    private void store(Path configuration) {
        try (PrimeSpark spark = Lab.open(configuration)) {
            for (int i = 0; i < KEYS; i++) {
                var stored = spark.memory().put(key(i), value(i), PutOptions.ack(Ack.ALL));
                assertThat(stored.pending()).isEmpty();
            }
        }
    }

    /** A third gets a flipped bit somewhere, a third loses its end, a third all its content. */
    private void damageFiles(List<Path> files) throws IOException {
        assertThat(files).hasSizeGreaterThanOrEqualTo(KEYS);
        int turn = 0;
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            switch (turn++ % 3) {
                case 0 -> {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                    Files.write(file, bytes);
                }
                case 1 -> Files.write(file, java.util.Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length - 1)));
                default -> Files.write(file, new byte[0]);
            }
        }
    }

    private void damageObjects() {
        List<String> records = lab.s3.objects(Lab.BUCKET).stream()
                .filter(name -> contains(lab.s3.content(Lab.BUCKET, name)))
                .toList();
        assertThat(records).hasSize(KEYS);
        for (String name : records) {
            int length = lab.s3.content(Lab.BUCKET, name).length;
            lab.s3.corrupt(Lab.BUCKET, name, random.nextInt(length));
        }
    }

    private static boolean contains(byte[] content) {
        return new String(content, java.nio.charset.StandardCharsets.ISO_8859_1).contains("value of key-");
    }

    private void readEverything(Memory memory) {
        for (int i = 0; i < KEYS; i++) {
            Lookup<String> answer = memory.get(key(i), String.class);
            assertThat(answer).as(key(i) + ", seed " + seed).isInstanceOf(Lookup.Found.class);
            assertThat(((Lookup.Found<String>) answer).value())
                    .as(key(i) + ", seed " + seed)
                    .isEqualTo(value(i));
        }
    }

    private void neitherAbsentNorWrong(Memory memory, String key) {
        try {
            Lookup<String> answer = memory.get(key, String.class);
            fail(key + " is " + answer + ", seed " + seed);
        } catch (MemoryException e) {
            assertThat(e).as(key + ", seed " + seed).hasMessageContaining("damaged in every tier");
        }
    }

    /** The reads that met the damage had it mended in the background; those that found too much under way then do so again. */
    private void awaitMended(Memory memory, String tier) {
        for (int i = 0; i < KEYS; i++) {
            String key = key(i);
            await().atMost(PATIENCE).untilAsserted(() -> {
                KeyPlaces.Place place = place(memory, key, tier);
                if (place.presence() != Presence.PRESENT) {
                    var unused = memory.get(key, String.class);
                }
                assertThat(place.presence()).as(place + ", seed " + seed).isEqualTo(Presence.PRESENT);
                assertThat(place.version()).isNotNull();
            });
        }
    }

    private static KeyPlaces.Place place(Memory memory, String key, String tier) {
        return memory.admin().where(key).places().stream()
                .filter(place -> place.tier().equals(tier))
                .findFirst()
                .orElseThrow();
    }

    private static String key(int number) {
        return "key-" + number;
    }

    private static String value(int number) {
        return "value of key-" + number + " " + "abcdefgh".repeat(number);
    }
}

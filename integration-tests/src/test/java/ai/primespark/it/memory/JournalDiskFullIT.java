package ai.primespark.it.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.PutOptions;
import ai.primespark.testkit.LoopFileSystem;
import ai.primespark.testkit.NeedsLoopDevice;
import ai.primespark.testkit.NeedsRedisServer;
import ai.primespark.testkit.S3Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The disk of the journal is full: what was acknowledged stays, what cannot be kept is refused loudly, and reads go on. */
@NeedsRedisServer
@NeedsLoopDevice
class JournalDiskFullIT {

    private static final int VALUE_CHARACTERS = 20_000;
    private static final int MOST_PUTS = 2_000;

    @TempDir
    Path directory;

    @Test
    void aFullDiskOfTheJournalRefusesWritesLoudlyAndLosesNothing() throws IOException {
        try (Lab lab = new Lab(directory);
                LoopFileSystem disk = LoopFileSystem.create(directory, 16)) {
            Path configuration = lab.configuration("full", disk.mountPoint().resolve("data"));
            Map<String, String> acknowledged = new LinkedHashMap<>();
            lab.s3.inject(
                    null, Integer.MAX_VALUE, S3Fault.blackHole()); // so that the journal must keep what is written
            try (PrimeSpark spark = Lab.open(configuration)) {
                Memory memory = spark.memory();
                for (int i = 0; i < 20; i++) {
                    put(memory, "early-" + i, acknowledged);
                }
                MemoryException refusal = fill(memory, disk, acknowledged);
                assertThat(refusal).hasMessageContaining("journal").hasMessageContaining("No space left");
                assertThat(memory.stats().journal().trouble()).isNotEmpty();
                checkReads(memory, acknowledged); // though nothing can be written

                assertThat(putBeyondTheJournal(memory, disk, acknowledged))
                        .as("what the journal could not keep")
                        .isNotEmpty();

                Files.delete(disk.mountPoint().resolve("ballast"));
                await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> put(memory, "late", acknowledged));
                checkReads(memory, acknowledged);
            }
            lab.s3.heal();
            try (PrimeSpark spark = Lab.open(configuration)) {
                Memory memory = spark.memory();
                assertThat(memory.flush(Duration.ofSeconds(60))).isTrue();
                checkReads(memory, acknowledged);
                assertThat(memory.admin().where("late").places())
                        .filteredOn(place -> place.tier().equals("s3"))
                        .singleElement()
                        .satisfies(place -> assertThat(place.version()).isNotNull());
            }
        }
    }

    private static void put(Memory memory, String key, Map<String, String> acknowledged) {
        String value = key + " " + "x".repeat(VALUE_CHARACTERS);
        var unused = memory.put(key, value);
        acknowledged.put(key, value);
    }

    /** Leaves no room on the disk, and writes until that is noticed. */
    private static MemoryException fill(Memory memory, LoopFileSystem disk, Map<String, String> acknowledged)
            throws IOException {
        fill(disk);
        for (int i = 0; i < MOST_PUTS; i++) {
            try {
                put(memory, "while-full-" + i, acknowledged);
            } catch (MemoryException e) {
                return e;
            }
        }
        throw new AssertionError(MOST_PUTS + " writes were acknowledged with a full disk");
    }

    private static void fill(LoopFileSystem disk) throws IOException {
        Path ballast = disk.mountPoint().resolve("ballast");
        byte[] piece = new byte[4096];
        new Random(1).nextBytes(piece);
        try (var out = Files.newOutputStream(ballast, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (true) {
                out.write(piece);
            }
        } catch (IOException full) {
            assertThat(Files.size(ballast)).isPositive();
        }
    }

    /** A small entry may find room that something else has just left; then the disk is filled again. Returns what was told. */
    private static String putBeyondTheJournal(Memory memory, LoopFileSystem disk, Map<String, String> acknowledged)
            throws IOException {
        String trouble = "";
        for (int i = 0; i < 50 && trouble.isEmpty(); i++) {
            fill(disk);
            trouble = memory.put("beyond-" + i, "value", PutOptions.ack(Ack.tier(3)))
                    .trouble();
            acknowledged.put("beyond-" + i, "value");
        }
        return trouble;
    }

    private static void checkReads(Memory memory, Map<String, String> acknowledged) {
        acknowledged.forEach((key, value) -> {
            Lookup<String> answer = memory.get(key, String.class);
            assertThat(answer).as(key).isInstanceOf(Lookup.Found.class);
            assertThat(((Lookup.Found<String>) answer).value()).as(key).isEqualTo(value);
        });
    }
}

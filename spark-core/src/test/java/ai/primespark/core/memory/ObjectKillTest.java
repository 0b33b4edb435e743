package ai.primespark.core.memory;

import static ai.primespark.core.memory.ObjectFixture.CHUNK;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.ObjectStore;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed at random moments while it moves an object; the next one moves only the rest. */
class ObjectKillTest {

    private static final int ROUNDS = Boolean.getBoolean("spark.exhaustive") ? 40 : 2;
    private static final int CHUNKS = 24;
    private static final long SIZE = CHUNKS * (long) CHUNK - 1_000;

    @TempDir
    Path temp;

    @Test
    @Timeout(900)
    void anUploadThatWasKilledSendsAtMostOneChunkAgain() throws Exception {
        long seed = System.nanoTime();
        System.out.println("ObjectKillTest upload seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Path home = Files.createDirectories(temp.resolve("up-" + round));
            Path source = Files.write(home.resolve("source"), ObjectFixture.bytes(seed + round, (int) SIZE));
            kill("upload", home, random);
            long whole = 0;
            for (String address : ObjectFixture.chunks(home.resolve("disk"))) {
                whole += Files.size(home.resolve("disk/blobs")
                        .resolve(address.substring(0, 2))
                        .resolve(address));
            }
            long torn = bytes(home.resolve("disk/blobs/tmp"));
            try (ObjectWorld world = new ObjectWorld(home, Duration.ofSeconds(30))) {
                ObjectStore objects = world.memory.objects();
                objects.upload("killed", source, done -> {});
                long sent = world.disk.sent.get();
                System.out.printf(
                        "upload round %d: %,d bytes were there, %,d sent, %,d of them again%n",
                        round, whole, sent, torn);
                assertThat(whole + sent).as("seed %d round %d", seed, round).isEqualTo(SIZE);
                assertThat(torn).as("sent again, seed %d round %d", seed, round).isLessThanOrEqualTo(CHUNK);
                assertThat(objects.flush(Duration.ofMinutes(2))).isTrue();
                assertThat(ObjectFixture.chunks(home.resolve("far"))).hasSize(CHUNKS);
                objects.download("killed", home.resolve("target"), done -> {});
            }
            assertThat(Files.mismatch(source, home.resolve("target"))).isEqualTo(-1);
            assertThat(home.resolve("disk/blobs/tmp")).isEmptyDirectory();
        }
    }

    @Test
    @Timeout(900)
    void aDownloadThatWasKilledFetchesOnlyWhatIsMissing() throws Exception {
        long seed = System.nanoTime();
        System.out.println("ObjectKillTest download seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Path home = Files.createDirectories(temp.resolve("down-" + round));
            Path source = Files.write(home.resolve("source"), ObjectFixture.bytes(seed + round, (int) SIZE));
            try (ObjectWorld world = new ObjectWorld(home, Duration.ofSeconds(30))) {
                world.memory.objects().upload("killed", source, done -> {});
                assertThat(world.memory.objects().flush(Duration.ofMinutes(2))).isTrue();
            }
            kill("download", home, random);
            long had = part(home) / CHUNK * CHUNK;
            boolean finished = Files.exists(home.resolve("target"));
            try (ObjectWorld world = new ObjectWorld(home, Duration.ofSeconds(30))) {
                world.memory.objects().download("killed", home.resolve("target"), done -> {});
                long fetched = world.disk.fetched.get() + world.far.fetched.get();
                System.out.printf("download round %d: %,d bytes were there, %,d fetched%n", round, had, fetched);
                if (!finished) {
                    assertThat(had + fetched)
                            .as("seed %d round %d", seed, round)
                            .isLessThanOrEqualTo(SIZE + CHUNK);
                }
            }
            assertThat(Files.mismatch(source, home.resolve("target"))).isEqualTo(-1);
            assertThat(part(home)).as("bytes left beside the file").isZero();
        }
    }

    /** Lets a process work until a random chunk, and a little more. */
    private static void kill(String what, Path home, Random random) throws Exception {
        int last = random.nextInt(CHUNKS - 1);
        Process process = HoldDirectory.start(Moving.class, what, home.toString());
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        for (int i = 0; i <= last; i++) {
            assertThat(lines.readLine()).isNotNull();
        }
        long until = System.nanoTime() + random.nextInt(20_000_000);
        while (System.nanoTime() < until) {
            Thread.onSpinWait(); // to some moment between two steps
        }
        assertThat(process.toHandle().destroyForcibly()).isTrue();
        process.waitFor();
    }

    private static long bytes(Path directory) throws Exception {
        if (!Files.exists(directory)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(directory)) {
            long sum = 0;
            for (Path file : files.toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }

    private static long part(Path home) throws Exception {
        try (Stream<Path> files = Files.list(home)) {
            long sum = 0;
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".part")).toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }

    /** The process that is killed. */
    static final class Moving {

        private Moving() {}

        public static void main(String[] args) throws Exception {
            Path home = Path.of(args[1]);
            ObjectWorld world = new ObjectWorld(home, Duration.ofSeconds(30)); // never closed: it is killed
            ObjectStore objects = world.memory.objects();
            if (args[0].equals("upload")) {
                objects.upload("killed", home.resolve("source"), Moving::say);
            } else {
                objects.download("killed", home.resolve("target"), Moving::say);
            }
            int unused = System.in.read(); // until it is killed
        }

        private static void say(long done) {
            System.out.println(done);
            System.out.flush();
        }
    }
}

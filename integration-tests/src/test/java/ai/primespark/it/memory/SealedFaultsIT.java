package ai.primespark.it.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.JavaProcess;
import ai.primespark.memory.Keyring;
import ai.primespark.testkit.NeedsLoopDevice;
import ai.primespark.testkit.NeedsRedisServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What must not be seen, and what must not travel, is not and does not, whatever fails and whoever is killed. */
@NeedsRedisServer
@NeedsLoopDevice
class SealedFaultsIT {

    private static final int KEYS = 12;
    private static final List<String> ALL = List.of("caffeine", "redis", "nfs", "s3");

    private final long seed = System.nanoTime();

    @TempDir
    Path directory;

    private Lab lab;

    @BeforeEach
    void start() throws IOException {
        lab = new Lab(directory);
    }

    @AfterEach
    void stop() {
        lab.close();
    }

    @Test
    void sealedValuesAndTheirNamesAreNeverSeenOnNasOrInS3() throws Exception {
        Path keys = directory.resolve("keys");
        Keyring.generate("one").save(keys);
        Path configuration = lab.configuration(
                "sealed",
                directory.resolve("data-sealed"),
                ALL,
                "encryption {keys-file = \"%s\", from = edge, plain-records = false}".formatted(keys));
        History history = disturb(configuration, "default");

        Settling.check(configuration, history, false, "seed " + seed);
        for (Path file : files()) {
            assertThat(FaultWorker.isIn(Files.readAllBytes(file)))
                    .as(file + ", seed " + seed)
                    .isFalse();
        }
        List<String> objects = lab.s3.objects(Lab.BUCKET);
        assertThat(objects).hasSizeGreaterThanOrEqualTo(KEYS);
        for (String name : objects) {
            assertThat(isSeen(name)).as(name + ", seed " + seed).isFalse();
        }
        assertThat(lab.redis.command("KEYS", "*")).as("names in Redis").doesNotContain("key-");
    }

    @Test
    void whatMustStayAtTheEdgeNeverReachesS3() throws Exception {
        Path configuration = lab.configuration(
                "edge",
                directory.resolve("data-edge"),
                ALL,
                "namespaces = [{name = private, reach = edge}, {name = public}]");
        History history = disturb(configuration, "private");
        assertThat(lab.s3.objects(Lab.BUCKET)).as("objects, seed " + seed).noneMatch(this::isSeen);

        Settling.check(configuration, "private", Set.of("nfs"), history, true, "seed " + seed);
        assertThat(lab.s3.objects(Lab.BUCKET)).as("objects, seed " + seed).noneMatch(this::isSeen);
        // the same search finds what may travel
        History other = disturb(configuration, "public");
        Settling.check(configuration, "public", Set.of("nfs", "s3"), other, false, "seed " + seed);
        assertThat(lab.s3.objects(Lab.BUCKET)).as("objects, seed " + seed).anyMatch(this::isSeen);
    }

    /** A worker under each of some faults, killed in the middle. */
    private History disturb(Path configuration, String namespace) throws IOException {
        Random random = new Random(seed);
        History history = new History();
        Fault[] faults = {Fault.NAS_UNMOUNTED, Fault.S3_BLACK_HOLE, Fault.REDIS_KILLED_AND_EMPTY};
        long first = 1;
        for (Fault fault : faults) {
            try (JavaProcess worker = lab.worker(configuration, seed + first, first, KEYS, 2, 0, 0, namespace)) {
                Settling.awaitLines(worker, 60);
                fault.prepare(lab);
                fault.inflict(lab);
                try {
                    Settling.awaitLines(worker, worker.lines().size() + 60 + random.nextInt(60));
                    fault.kill(lab, worker);
                } finally {
                    fault.heal(lab);
                }
                history.add(worker.lines());
            }
            first += 1_000_000;
        }
        return history;
    }

    private boolean isSeen(String object) {
        byte[] content = lab.s3.content(Lab.BUCKET, object);
        return FaultWorker.isIn(object.getBytes(StandardCharsets.UTF_8))
                || content != null && FaultWorker.isIn(content);
    }

    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(lab.nas.mountPoint())) {
            all.filter(Files::isRegularFile).forEach(files::add);
        }
        assertThat(files).hasSizeGreaterThanOrEqualTo(KEYS);
        return files;
    }
}

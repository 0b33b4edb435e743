package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.memory.Memory;
import ai.primespark.memory.SweepReport;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierException;
import ai.primespark.testkit.FlakyTier;
import ai.primespark.testkit.TestContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** An engine over a disk, a NAS and a cloud, all directories, whose bytes are counted and which break at will. */
final class ObjectFixture implements AutoCloseable {

    static final int CHUNK = 1 << 20;

    final TestContext context = TestContext.create();
    private final Map<String, Object> settings = new HashMap<>(
            Map.of("tier-timeout", "2 s", "objects.chunk-bytes", (long) CHUNK, "objects.stall-timeout", "500 ms"));
    private final List<AutoCloseable> opened = new ArrayList<>();
    private long diskQuota = Long.MAX_VALUE;
    private InstantSource clock = InstantSource.system(); // as the times of files

    BlobProbe disk;
    BlobProbe nas;
    BlobProbe cloud;
    FlakyTier flakyDisk;
    FlakyTier flakyNas;
    FlakyTier flakyCloud;
    MemoryEngine engine;

    ObjectFixture set(String name, Object value) {
        settings.put(name, value);
        return this;
    }

    ObjectFixture diskQuota(long bytes) {
        diskQuota = bytes;
        return this;
    }

    /** From the next start on. */
    ObjectFixture later(Duration by) {
        clock = InstantSource.offset(clock, by);
        return this;
    }

    Path path(String name) {
        return context.directory().resolve(name);
    }

    /** Opens everything, also once more after {@link #stop}. */
    Memory start() {
        disk = new BlobProbe(directory("disk", diskQuota), false);
        nas = new BlobProbe(directory("nas", Long.MAX_VALUE), true);
        cloud = new BlobProbe(directory("cloud", Long.MAX_VALUE), true);
        flakyDisk = new FlakyTier(disk);
        flakyNas = new FlakyTier(nas);
        flakyCloud = new FlakyTier(cloud);
        engine = new MemoryEngine(
                Settings.of(MemorySettings.ALL, settings),
                List.of(
                        new ConfiguredTier(
                                "near",
                                "caffeine",
                                Zone.EDGE,
                                new CaffeineTier("near", InstantSource.system(), 8 << 20)),
                        new ConfiguredTier("disk", "directory", Zone.EDGE, flakyDisk),
                        new ConfiguredTier("nas", "directory", Zone.EDGE, flakyNas),
                        new ConfiguredTier("cloud", "directory", Zone.CLOUD, flakyCloud)),
                clock,
                context.blocking(),
                context.scheduler(),
                Meters.discarding(),
                event -> {},
                "node-a",
                path("engine"));
        opened.add(engine);
        opened.addAll(List.of(disk, nas, cloud));
        return engine.memory();
    }

    private DirectoryTier directory(String id, long quota) {
        DirectoryTier tier = new DirectoryTier(id, path(id), InstantSource.system(), false, quota);
        tier.start();
        return tier;
    }

    void stop() throws Exception {
        for (FlakyTier tier : List.of(flakyDisk, flakyNas, flakyCloud)) {
            tier.heal();
        }
        for (AutoCloseable each : opened) {
            each.close();
        }
        opened.clear();
    }

    SweepReport sweep() {
        return engine.upkeep.sweep().await(Duration.ofSeconds(60)).orElseThrow();
    }

    void failCloud() {
        flakyCloud.fail(TierException.Kind.TRANSIENT);
    }

    Path file(String name, long seed, int size) throws IOException {
        return Files.write(path(name), bytes(seed, size));
    }

    static byte[] bytes(long seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    /** The addresses of a directory's chunks. */
    static List<String> chunks(Path tier) throws IOException {
        if (!Files.exists(tier.resolve("blobs"))) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(tier.resolve("blobs"))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("[0-9a-f]{64}"))
                    .sorted()
                    .toList();
        }
    }

    Path chunk(String tier, String address) {
        return path(tier).resolve("blobs").resolve(address.substring(0, 2)).resolve(address);
    }

    @Override
    public void close() throws Exception {
        stop();
        context.close();
    }
}

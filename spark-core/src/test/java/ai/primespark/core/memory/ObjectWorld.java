package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.memory.Memory;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** An engine over two directories, one near and one far away, without anything of a test framework: also for processes. */
final class ObjectWorld implements AutoCloseable {

    final BlobProbe disk;
    final BlobProbe far;
    final Memory memory;

    private final MemoryEngine engine;
    private final ExecutorService blocking = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    });

    ObjectWorld(Path home, Duration stall) {
        this(home, stall, ObjectFixture.CHUNK);
    }

    ObjectWorld(Path home, Duration stall, long chunkBytes) {
        disk = new BlobProbe(directory("disk", home), false);
        far = new BlobProbe(directory("far", home), true);
        engine = new MemoryEngine(
                Settings.of(
                        MemorySettings.ALL,
                        Map.of(
                                "objects.chunk-bytes",
                                chunkBytes,
                                "objects.stall-timeout",
                                stall,
                                "tier-timeout",
                                "5 s")),
                List.of(
                        new ConfiguredTier("disk", "directory", Zone.EDGE, disk),
                        new ConfiguredTier("far", "directory", Zone.CLOUD, far)),
                InstantSource.system(),
                blocking,
                timer,
                Meters.discarding(),
                event -> {},
                "world",
                home.resolve("engine"));
        memory = engine.memory();
    }

    private static DirectoryTier directory(String id, Path home) {
        DirectoryTier tier = new DirectoryTier(id, home.resolve(id), InstantSource.system(), false, Long.MAX_VALUE);
        tier.start();
        return tier;
    }

    @Override
    public void close() throws Exception {
        engine.close();
        disk.close();
        far.close();
        timer.shutdownNow();
        blocking.shutdownNow();
    }
}

package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.PutOptions;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.LongAdder;

/** Prints puts of 1 KiB a second over caffeine and a directory, for each acknowledgement level. */
public final class MemorySpeed {

    private static final long NANOS = Duration.ofSeconds(4).toNanos();

    private MemorySpeed() {}

    /**
     * Measures.
     *
     * @param args a directory on the disk to measure
     */
    public static void main(String[] args) throws Exception {
        Path home = Files.createTempDirectory(Path.of(args.length > 0 ? args[0] : "."), "memory-speed");
        int number = 0;
        for (int keys : new int[] {1_000_000, 2_000}) {
            for (Ack ack : List.of(Ack.JOURNALED, Ack.tier(2), Ack.MEMORY)) {
                for (int writers : new int[] {1, 16}) {
                    measure(home.resolve("m" + number++), ack, writers, keys);
                }
            }
        }
    }

    private static void measure(Path home, Ack ack, int writers, int keys) throws Exception {
        ExecutorService blocking = Executors.newCachedThreadPool();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        DirectoryTier tier =
                new DirectoryTier("disk", home.resolve("disk"), InstantSource.system(), false, Long.MAX_VALUE);
        tier.start();
        try (MemoryEngine engine = new MemoryEngine(
                Settings.of(MemorySettings.ALL, Map.of("timeout", "1 s")),
                List.of(
                        new ConfiguredTier(
                                "near",
                                "caffeine",
                                Zone.EDGE,
                                new CaffeineTier("near", InstantSource.system(), 64 << 20)),
                        new ConfiguredTier("disk", "directory", Zone.EDGE, tier)),
                InstantSource.system(),
                blocking,
                timer,
                Meters.discarding(),
                event -> {},
                "speed",
                home.resolve("engine"))) {
            Memory memory = engine.memory();
            LongAdder count = new LongAdder();
            LongAdder refused = new LongAdder();
            List<Thread> threads = new ArrayList<>();
            long began = System.nanoTime();
            for (int i = 0; i < writers; i++) {
                int thread = i;
                Thread writer = new Thread(() -> {
                    byte[] value = new byte[1_024];
                    for (int n = thread; System.nanoTime() - began < NANOS; n += 16) {
                        try {
                            memory.put("key" + n % keys, value, PutOptions.ack(ack));
                            count.increment();
                        } catch (MemoryException e) {
                            refused.increment();
                        }
                    }
                });
                writer.start();
                threads.add(writer);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            System.out.printf(
                    "%s, %d keys, %d writers: %d puts/s, %d refused, %d pending at the end%n",
                    ack,
                    keys,
                    writers,
                    count.sum() * 1_000_000_000L / NANOS,
                    refused.sum(),
                    memory.stats().tiers().get(1).pending());
        }
        tier.close();
        blocking.shutdownNow();
        timer.shutdownNow();
    }
}

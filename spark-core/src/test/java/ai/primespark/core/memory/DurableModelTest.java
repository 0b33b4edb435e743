package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.Stored;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.FlakyTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * Threads put and delete few keys while tiers fail at random and the process crashes again and again. The checker: the newest
 * version that was acknowledged as safe, or a newer one that was tried, is what is read at any time after, and what every tier
 * holds in the end.
 */
class DurableModelTest {

    private static final int LIVES = Boolean.getBoolean("spark.exhaustive") ? 60 : 5;
    private static final int KEYS = 12;
    private static final int STEPS = 250;

    private final Map<String, Version> acknowledged = new ConcurrentHashMap<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();

    @Test
    void theNewestAcknowledgedWriteOfEachKeyStandsInEveryTierInTheEnd() throws Exception {
        long seed = System.nanoTime();
        System.out.println("DurableModelTest seed " + seed + ", " + LIVES + " lives");
        Random random = new Random(seed);
        try (Lives lives = new Lives().set("journal.heap-bytes", "4 KiB")) {
            lives.disk()
                    .tier("nas", Zone.EDGE, TierTrait.PERSISTENT, TierTrait.SHARED)
                    .cold()
                    .prepare();
            for (int life = 0; life < LIVES; life++) {
                live(lives, random);
                assertThat(faults).as("seed %d life %d", seed, life).isEmpty();
                lives.crash();
            }
            Memory memory = lives.memory();
            await().atMost(Duration.ofSeconds(60)).until(() -> memory.flush(Duration.ofSeconds(20)));
            acknowledged.forEach((key, version) -> {
                TierRecord inDisk = lives.stored("disk", key);
                for (String tier : List.of("disk", "nas", "cold")) {
                    TierRecord record = lives.stored(tier, key);
                    assertThat(record).as("seed %d: %s in %s", seed, key, tier).isNotNull();
                    assertThat(version.isNewerThan(record.version()))
                            .as("seed %d: %s in %s is %s, acknowledged was %s", seed, key, tier, record, version)
                            .isFalse();
                    assertThat(record.version())
                            .as("seed %d: %s in %s and disk", seed, key, tier)
                            .isEqualTo(inDisk.version());
                }
                assertThat(memory.get(key, String.class).isFound()).isEqualTo(!inDisk.isTombstone());
            });
        }
    }

    private void live(Lives lives, Random seeds) throws InterruptedException {
        Memory memory = lives.memory();
        acknowledged.forEach((key, version) -> check(key, version, memory.get(key, String.class)));
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Random random = new Random(seeds.nextLong());
            threads.add(start(() -> write(lives, memory, random)));
        }
        Random chaos = new Random(seeds.nextLong());
        List<FlakyTier> tiers = List.copyOf(lives.tiers.values());
        Thread disturbing = start(() -> {
            while (!over.get()) {
                FlakyTier tier = tiers.get(chaos.nextInt(tiers.size()));
                switch (chaos.nextInt(3)) {
                    case 0 -> tier.failNext(chaos.nextInt(20), TierException.Kind.TRANSIENT);
                    case 1 -> tier.slow(Duration.ofMillis(chaos.nextInt(5)));
                    default -> tier.heal();
                }
                java.util.concurrent.locks.LockSupport.parkNanos(chaos.nextInt(5_000_000));
            }
        });
        for (Thread thread : threads) {
            thread.join();
        }
        over.set(true);
        disturbing.join();
    }

    private Thread start(Runnable work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                faults.add(e.toString());
            }
        });
        thread.start();
        return thread;
    }

    private void write(Lives lives, Memory memory, Random random) {
        List<Ack> levels = List.of(Ack.JOURNALED, Ack.JOURNALED, Ack.JOURNALED, Ack.tier(2), Ack.ALL, Ack.tier(1));
        for (int step = 0; step < STEPS; step++) {
            String key = "k" + random.nextInt(KEYS);
            if (random.nextInt(4) == 0) {
                Version before = acknowledged.get(key);
                lives.near.drop(ai.primespark.spi.TierKey.of("default", key));
                check(key, before, memory.get(key, String.class));
                continue;
            }
            try {
                Stored stored = random.nextInt(4) == 0
                        ? memory.delete(key)
                        : memory.put(
                                key,
                                "v".repeat(random.nextInt(500)),
                                PutOptions.ack(levels.get(random.nextInt(levels.size()))));
                if (stored.trouble().isEmpty()) {
                    acknowledged.merge(key, stored.version(), (a, b) -> b.isNewerThan(a) ? b : a);
                } else {
                    faults.add("the journal works, but: " + stored.trouble());
                }
            } catch (MemoryException e) {
                // a tier failed: it may have happened, and nobody was told that it did
            }
        }
    }

    private void check(String key, Version acked, Lookup<String> answer) {
        if (acked != null && answer instanceof Lookup.Found<String> found && acked.isNewerThan(found.version())) {
            faults.add(key + ": " + acked + " was acknowledged before, but " + found.version() + " was read from "
                    + found.tier());
        }
    }
}

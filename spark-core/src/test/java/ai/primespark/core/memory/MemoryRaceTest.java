package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.Stored;
import ai.primespark.memory.UnknownPolicy;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import ai.primespark.testkit.FlakyTier;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;

/**
 * Writers, deleters, readers and evictions of few keys at once. The checker: what a reader sees is never older than what was
 * acknowledged before the read began, nor older than what it saw before; a deleted value is not seen again.
 */
class MemoryRaceTest {

    private static final int KEYS = 4;
    private static final int ROUNDS = Boolean.getBoolean("spark.exhaustive") ? 400_000 : 20_000;

    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicReferenceArray<Version> acknowledged = new AtomicReferenceArray<>(KEYS);

    @Test
    void withTheNearTierOverATierInMemory() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            CaffeineTier near = fixture.near();
            fixture.disk("disk");
            race(fixture.memory(), near, null);
        }
    }

    @Test
    void withARealDirectoryUnderneath() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            CaffeineTier near = fixture.near();
            fixture.directory();
            race(fixture.memory(), near, null);
        }
    }

    @Test
    void withAColdTierThatFailsNowAndThen() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            CaffeineTier near = fixture.near();
            fixture.disk("disk");
            FlakyTier cold = fixture.cloud("cold");
            race(fixture.memory(), near, cold);
        }
    }

    private void race(Memory memory, CaffeineTier near, FlakyTier cold) throws Exception {
        long seed = System.nanoTime();
        System.out.println("MemoryRaceTest seed " + seed);
        for (int key = 0; key < KEYS; key++) {
            acknowledged.set(key, memory.put("k" + key, "first").version());
        }
        List<Thread> threads = new ArrayList<>();
        CyclicBarrier start = new CyclicBarrier(5);
        for (int i = 0; i < 2; i++) {
            Random random = new Random(seed + i);
            threads.add(start(start, () -> write(memory, random)));
            threads.add(start(start, () -> read(memory, near, random)));
        }
        Random random = new Random(seed + 7);
        threads.add(start(start, () -> disturb(near, cold, random)));
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(faults).as("seed %s", seed).isEmpty();
    }

    private Thread start(CyclicBarrier start, Runnable work) {
        Thread thread = new Thread(() -> {
            try {
                start.await();
                work.run();
            } catch (Throwable e) {
                faults.add(e.toString());
            }
        });
        thread.start();
        return thread;
    }

    private void write(Memory memory, Random random) {
        for (int i = 0; i < ROUNDS / 10; i++) {
            int key = random.nextInt(KEYS);
            Stored stored = random.nextInt(3) == 0 ? memory.delete("k" + key) : memory.put("k" + key, "v" + i);
            acknowledged.accumulateAndGet(key, stored.version(), (a, b) -> a == null || b.isNewerThan(a) ? b : a);
        }
    }

    private void read(Memory memory, CaffeineTier near, Random random) {
        Version[] seen = new Version[KEYS];
        for (int i = 0; i < ROUNDS; i++) {
            int key = random.nextInt(KEYS);
            Version before = acknowledged.get(key);
            Lookup<String> answer = memory.get("k" + key, String.class);
            if (answer instanceof Lookup.Found<String> found) {
                Version version = found.version();
                if (before != null && before.isNewerThan(version)) {
                    faults.add("k" + key + ": " + before + " was acknowledged, but " + found + " was read");
                }
                if (seen[key] != null && seen[key].isNewerThan(version)) {
                    faults.add("k" + key + ": " + seen[key] + " was read before, then " + found);
                }
                seen[key] = version;
            } else if (answer instanceof Lookup.Unknown<String>) {
                faults.add("k" + key + ": unknown, although its authority works");
            }
            if (random.nextInt(20) == 0) {
                near.drop(TierKey.of("default", "k" + random.nextInt(KEYS)));
            }
        }
    }

    private static void disturb(CaffeineTier near, FlakyTier cold, Random random) {
        for (int i = 0; i < ROUNDS; i++) {
            near.drop(TierKey.of("default", "k" + random.nextInt(KEYS)));
            if (cold != null && i % 50 == 0) {
                cold.failNext(random.nextInt(5), ai.primespark.spi.TierException.Kind.TRANSIENT);
            }
        }
    }

    @Test
    void anAcknowledgedDeletionIsSeenByEverybodyAtOnce() throws Exception {
        try (EngineFixture fixture = new EngineFixture()) {
            CaffeineTier near = fixture.near();
            fixture.disk("disk");
            Memory memory = fixture.memory()
                    .namespace("cache", NamespaceOptions.DEFAULT.withUnknown(UnknownPolicy.TREAT_AS_ABSENT));
            TierKey key = TierKey.of("cache", "key");
            for (int round = 0; round < ROUNDS / 20; round++) {
                memory.put("key", "value");
                near.drop(key);
                Thread reader = new Thread(() -> memory.get("key", String.class)); // its fill races with the deletion
                reader.start();
                memory.delete("key");
                near.drop(key);
                assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
                reader.join();
                assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
            }
        }
    }
}

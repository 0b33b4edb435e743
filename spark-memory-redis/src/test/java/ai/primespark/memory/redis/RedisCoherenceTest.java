package ai.primespark.memory.redis;

import static ai.primespark.memory.redis.Tiers.key;
import static ai.primespark.memory.redis.Tiers.version;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Version;
import ai.primespark.spi.Condition;
import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.testkit.LocalRedis;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Overwrites and deletions on one node against near copies on another, while connections are killed. A near copy is what the
 * feed's documentation asks for: a token that is there before the read, and replaced by what was read only if it still is.
 */
@Timeout(300)
class RedisCoherenceTest {

    private static final int ROUNDS = 20_000;
    private static final int KILL_EVERY = 400;

    @Test
    void nearCopiesNeverOutliveAnOverwriteOrADeletion() throws Exception {
        try (LocalRedis redis = Servers.start();
                Tiers tiers = new Tiers()) {
            MemoryTier writer = tiers.open(redis);
            Near near = new Near(tiers.open(redis));
            AtomicReference<TierKey> current = new AtomicReference<>(key("k"));
            AtomicBoolean over = new AtomicBoolean();
            AtomicLong hits = new AtomicLong();
            ExecutorService readers = Executors.newFixedThreadPool(2);
            List<Future<?>> reading = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                reading.add(readers.submit(() -> {
                    while (!over.get()) {
                        hits.addAndGet(near.read(current.get()) ? 1 : 0);
                    }
                }));
            }
            int stale = 0;
            int resurrected = 0;
            for (int round = 0; round < ROUNDS; round++) {
                if (round % KILL_EVERY == KILL_EVERY / 2) {
                    redis.command("CLIENT", "KILL", "TYPE", "normal");
                }
                TierKey key = key("k" + round % 50);
                current.set(key);
                Version newest = version(2L * round + 1);
                write(writer, TierRecord.value(key, version(2L * round), TierRecord.NEVER, "text", new byte[8]));
                boolean delete = round % 2 == 1;
                write(
                        writer,
                        delete
                                ? TierRecord.tombstone(key, newest, TierRecord.NEVER)
                                : TierRecord.value(key, newest, TierRecord.NEVER, "text", new byte[8]));
                near.settle();
                if (near.holdsOlderThan(key, newest)) {
                    stale += delete ? 0 : 1;
                    resurrected += delete ? 1 : 0;
                }
            }
            over.set(true);
            for (Future<?> reader : reading) {
                reader.get(30, TimeUnit.SECONDS);
            }
            readers.shutdown();
            System.out.println("Coherence: " + ROUNDS + " rounds, " + near.gaps + " gaps, " + hits + " near hits, "
                    + stale + " stale, " + resurrected + " resurrected");
            assertThat(stale).as("overwritten values still near").isZero();
            assertThat(resurrected).as("deleted values still near").isZero();
            assertThat(near.gaps.get()).as("lost connections").isGreaterThan(ROUNDS / KILL_EVERY / 2);
            assertThat(hits.get()).as("reads that the near copies answered").isPositive();
        }
    }

    private static void write(MemoryTier tier, TierRecord record) {
        while (Tiers.failure(tier.apply(record, Condition.IF_NEWER, Tiers.soon())) != null) {
            Thread.onSpinWait(); // its connection was killed
        }
    }

    /** The smallest near cache that is coherent. */
    private static final class Near implements InvalidationFeed.Listener {

        private final MemoryTier tier;
        private final ConcurrentHashMap<TierKey, Object> entries = new ConcurrentHashMap<>();
        private final AtomicLong gaps = new AtomicLong();
        private volatile boolean trusted;

        Near(MemoryTier tier) throws Exception {
            this.tier = tier;
            this.trusted = true;
            Tiers.get(tier, "connected");
            var unused = tier.invalidations().orElseThrow().subscribe(this);
        }

        /** Whether the near copy answered. */
        boolean read(TierKey key) {
            Object near = entries.get(key);
            if (near instanceof TierRecord) {
                return true;
            }
            Object token = new Object();
            boolean mine = trusted && entries.putIfAbsent(key, token) == null;
            try {
                TierRecord found = Tiers.await(tier.get(key, Tiers.soon()));
                if (mine && (found == null || !entries.replace(key, token, found))) {
                    entries.remove(key, token);
                }
            } catch (TierException e) {
                entries.remove(key, token);
            }
            return false;
        }

        /** Waits until all news of changes made so far has been heard: an answer comes after the news before it. */
        void settle() {
            while (Tiers.failure(tier.get(key("settle"), Tiers.soon())) != null) {
                Thread.onSpinWait();
            }
        }

        boolean holdsOlderThan(TierKey key, Version version) {
            return entries.get(key) instanceof TierRecord record && version.isNewerThan(record.version());
        }

        @Override
        public void onInvalidate(List<TierKey> keys) {
            keys.forEach(entries::remove);
        }

        @Override
        public void onInvalidateAll() {
            entries.clear();
        }

        @Override
        public void onGap() {
            gaps.incrementAndGet();
            trusted = false;
            entries.clear();
        }

        @Override
        public void onRestored() {
            entries.clear(); // also what was begun in between
            trusted = true;
        }
    }
}

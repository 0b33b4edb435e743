package ai.primespark.memory.redis;

import static ai.primespark.memory.redis.Tiers.apply;
import static ai.primespark.memory.redis.Tiers.failure;
import static ai.primespark.memory.redis.Tiers.get;
import static ai.primespark.memory.redis.Tiers.key;
import static ai.primespark.memory.redis.Tiers.soon;
import static ai.primespark.memory.redis.Tiers.text;
import static ai.primespark.memory.redis.Tiers.value;
import static ai.primespark.memory.redis.Tiers.version;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.Condition;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.LocalRedis;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RedisEvictionTest {

    private static final int RECORDS = 3_000;

    private static TierRecord kilobyte(String key, long step) {
        byte[] body = new byte[1_024];
        Arrays.fill(body, (byte) step);
        return TierRecord.value(key(key), version(step), TierRecord.NEVER, "bytes", body);
    }

    @Test
    void evictedRecordsAreGoneAndTheOthersWhole() throws Exception {
        try (LocalRedis redis = Servers.start("--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru");
                Tiers tiers = new Tiers()) {
            MemoryTier tier = tiers.open(redis);
            assertThat(tier.traits()).contains(TierTrait.MAY_EVICT).doesNotContain(TierTrait.PERSISTENT);
            for (int i = 0; i < RECORDS; i++) {
                apply(tier, kilobyte("k" + i, i));
            }
            int there = 0;
            for (int i = 0; i < RECORDS; i++) {
                TierRecord found = get(tier, "k" + i);
                if (found != null) {
                    there++;
                    assertThat(found.body()).isEqualTo(kilobyte("k" + i, i).body());
                }
            }
            assertThat(there).isBetween(1, RECORDS - 1);
            assertThat(Tiers.await(tier.probe(soon())).detail()).contains("allkeys-lru", "anything may be evicted");
            assertThat(Tiers.await(tier.usage(soon())).capacityBytes()).isEqualTo(3 << 20);
        }
    }

    @Test
    void aServerWithoutRoomForAnythingForgetsEverythingAndLiesAboutNothing() throws Exception {
        try (LocalRedis redis = Servers.start("--maxmemory", "1mb", "--maxmemory-policy", "allkeys-lru");
                Tiers tiers = new Tiers()) {
            MemoryTier tier = tiers.open(redis);
            for (int i = 0; i < 500; i++) {
                TierException failure = failure(tier.apply(kilobyte("k" + i % 20, i), Condition.IF_NEWER, soon()));
                assertThat(failure == null || failure.kind() == TierException.Kind.FULL)
                        .as("%s", failure)
                        .isTrue();
                TierRecord found = get(tier, "k" + i % 20);
                assertThat(found == null || found.version().equals(version(i)))
                        .as("%s", found)
                        .isTrue();
            }
        }
    }

    @Test
    void withoutEvictionAFullServerRefusesWritesAndNeverShowsWhatTheyWouldHaveReplaced() throws Exception {
        try (LocalRedis redis = Servers.start("--maxmemory", "4mb", "--maxmemory-policy", "noeviction");
                Tiers tiers = new Tiers()) {
            MemoryTier tier = tiers.open(redis);
            apply(tier, value("old", 1, "outdated"));
            apply(tier, value("kept", 1, "kept"));
            TierException full = null;
            for (int i = 0; i < 20_000 && full == null; i++) {
                full = failure(tier.apply(kilobyte("k" + i, i), Condition.IF_NEWER, soon()));
            }
            assertThat(full).isNotNull();
            assertThat(full.kind()).isEqualTo(TierException.Kind.FULL);
            assertThat(full).hasMessageContaining("maxmemory");
            // what the server needs for itself goes up and down; now it is full, however that is
            redis.command("CONFIG", "SET", "maxmemory", "1mb");
            assertThat(failure(tier.apply(kilobyte("old", 2), Condition.IF_NEWER, soon()))
                            .kind())
                    .isEqualTo(TierException.Kind.FULL);
            assertThat(get(tier, "old")).as("outdated, and the tier knows it").isNull();
            assertThat(text(tier, "kept")).as("reading goes on").isEqualTo("kept");
            assertThat(Tiers.await(tier.probe(soon())).detail()).contains("writes are refused when the memory is full");
        }
    }

    @Test
    void aDurableTierKeepsTheOldRecordWhenTheNewOneFindsNoRoom() throws Exception {
        try (LocalRedis redis = Servers.start("--maxmemory", "4mb", "--maxmemory-policy", "noeviction");
                Tiers tiers = new Tiers()) {
            MemoryTier tier = tiers.open(redis, "durable", true);
            apply(tier, value("old", 1, "still true"));
            redis.command("CONFIG", "SET", "maxmemory", "100kb");
            assertThat(failure(tier.apply(kilobyte("old", 2), Condition.IF_NEWER, soon()))
                            .kind())
                    .isEqualTo(TierException.Kind.FULL);
            assertThat(text(tier, "old")).isEqualTo("still true");
        }
    }

    @Test
    void aServerThatEvictsIsNotDurable() throws Exception {
        try (LocalRedis redis = Servers.start("--maxmemory-policy", "allkeys-lru");
                Tiers tiers = new Tiers()) {
            MemoryTier tier = tiers.open(redis, "durable", true);
            TierException failure = failure(tier.get(key("a"), soon()));
            assertThat(failure).isNotNull();
            assertThat(failure.kind()).isEqualTo(TierException.Kind.PERMANENT);
            assertThat(failure).hasMessageContaining("allkeys-lru").hasMessageContaining("noeviction");
        }
    }

    @Test
    void aPolicyThatIsChangedLaterIsNoticedByTheNextProbe() throws Exception {
        try (LocalRedis redis = Servers.start("--appendonly", "yes");
                Tiers tiers = new Tiers()) {
            MemoryTier tier = tiers.open(redis, "durable", true);
            assertThat(failure(tier.probe(soon()))).isNull();
            assertThat(tier.traits()).contains(TierTrait.PERSISTENT).doesNotContain(TierTrait.MAY_EVICT);
            redis.command("CONFIG", "SET", "maxmemory-policy", "volatile-ttl");
            TierException failure = failure(tier.probe(soon()));
            assertThat(failure).isNotNull();
            assertThat(failure.kind()).isEqualTo(TierException.Kind.PERMANENT);
        }
    }
}

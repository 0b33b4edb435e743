package ai.primespark.memory.redis;

import static ai.primespark.memory.redis.Tiers.apply;
import static ai.primespark.memory.redis.Tiers.key;
import static ai.primespark.memory.redis.Tiers.soon;
import static ai.primespark.memory.redis.Tiers.value;
import static ai.primespark.memory.redis.Tiers.version;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.testkit.LocalRedis;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RedisLayoutTest {

    private final Tiers tiers = new Tiers();
    private LocalRedis redis;

    @BeforeEach
    void startServer() {
        redis = Servers.start();
    }

    @AfterEach
    void stop() throws Exception {
        tiers.close();
        redis.close();
    }

    @Test
    void recordsCanBeFoundWithoutThisLibrary() throws Exception {
        MemoryTier tier = tiers.open(redis);
        apply(tier, value("user/1", 1, "Ada"));
        assertThat(redis.command("KEYS", "*")).isEqualTo("ps:test:user/1");
        assertThat(redis.command("GET", "ps:test:user/1"))
                .startsWith("PSR1")
                .contains("testuser/1")
                .contains("Ada");
        assertThat(redis.command("PTTL", "ps:test:user/1")).as("without end").isEqualTo("-1");
    }

    @Test
    void theServerForgetsValuesAndTombstonesWhenTheyEnd() throws Exception {
        MemoryTier tier = tiers.open(redis);
        long end = tiers.context.clock().millis() + 3_600_000;
        apply(tier, TierRecord.value(key("v"), version(1), end, "text", new byte[1]));
        apply(tier, TierRecord.tombstone(key("t"), version(1), end));
        for (String key : List.of("ps:test:v", "ps:test:t")) {
            assertThat(Long.parseLong(redis.command("PTTL", key))).isBetween(3_500_000L, 3_600_000L);
        }
        apply(tier, value("v", 2, "without end"));
        assertThat(redis.command("PTTL", "ps:test:v")).isEqualTo("-1");
        assertThat(apply(tier, TierRecord.value(key("far"), version(1), Long.MAX_VALUE - 1, "text", new byte[1])))
                .as("an end that Redis cannot express")
                .isEqualTo(Applied.DONE);
    }

    @Test
    void prefixesKeepTiersOnOneServerApart() throws Exception {
        MemoryTier one = tiers.open(redis, "prefix", "one*:");
        MemoryTier two = tiers.open(redis, "prefix", "one?:");
        apply(one, value("a", 1, "one"));
        apply(two, value("b", 1, "two"));
        assertThat(Tiers.await(one.scan("test", "", null, 10, soon())).headers())
                .extracting(TierPage.Header::key)
                .containsExactly(key("a"));
        assertThat(Tiers.text(two, "a")).isNull();
    }

    @Test
    void valuesBeyondTheLimitAreRefused() throws Exception {
        MemoryTier tier = tiers.open(redis, "max-body", "1 KiB");
        TierRecord large = TierRecord.value(key("a"), version(1), TierRecord.NEVER, "bytes", new byte[1_025]);
        TierException failure = Tiers.failure(tier.apply(large, Condition.IF_NEWER, soon()));
        assertThat(failure).isNotNull();
        assertThat(failure.kind()).isEqualTo(TierException.Kind.PERMANENT);
        assertThat(failure).hasMessageContaining("max-body");
        assertThat(Tiers.failure(tier.applyAll(List.of(large), soon()))).isNotNull();
        assertThat(redis.command("DBSIZE")).isEqualTo("0");
    }

    @Test
    void aHundredThousandKeysAreListedOnceInPagesOfTheSizeAskedFor() throws Exception {
        int count = 100_000;
        MemoryTier tier = tiers.open(redis);
        List<TierRecord> batch = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batch.add(value("k" + i, 1, "x"));
            if (batch.size() == 1_000) {
                Tiers.await(tier.applyAll(batch, soon()));
                batch.clear();
            }
        }
        redis.command("SET", "foreign", "x");
        redis.command("SET", "ps:other:k1", "x");
        Set<TierKey> seen = new HashSet<>();
        int listed = 0;
        int longest = 0;
        String cursor = null;
        do {
            TierPage page = Tiers.await(tier.scan("test", "k", cursor, 1_000, soon()));
            assertThat(page.headers()).hasSizeLessThanOrEqualTo(1_000);
            page.headers().forEach(header -> seen.add(header.key()));
            listed += page.headers().size();
            cursor = page.next();
            longest = Math.max(longest, cursor == null ? 0 : cursor.length());
        } while (cursor != null);
        assertThat(seen).hasSize(count);
        assertThat(listed).as("keys, repeated ones included").isEqualTo(count); // the table does not change
        assertThat(longest).as("characters in a cursor").isLessThan(20_000);
        assertThat(redis.command("INFO", "commandstats")).doesNotContain("cmdstat_keys:");
        assertThat(tier.scan("test", "", null, 1, soon())).isNotNull();
    }

    @Test
    void versionsCrossTheServerUnchanged() {
        for (var version : List.of(version(0), version(12_345), ai.primespark.memory.Version.of(0, 0, "a"))) {
            assertThat(Scripts.version(Scripts.version(version), 0)).isEqualTo(version);
        }
        assertThat(new String(Scripts.APPLY.source, StandardCharsets.US_ASCII)).contains("PSR1");
    }
}

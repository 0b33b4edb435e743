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
import static org.awaitility.Awaitility.await;

import ai.primespark.spi.Applied;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.testkit.LocalRedis;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RedisOutageTest {

    private final Tiers tiers = new Tiers();
    private LocalRedis redis;

    @AfterEach
    void stop() throws Exception {
        tiers.close();
        if (redis != null) {
            redis.close();
        }
    }

    private static void assertTransient(TierException failure) {
        assertThat(failure).isNotNull();
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(TierException.Kind.TRANSIENT);
    }

    @Test
    void startsWithoutAServerAndConnectsWhenOneComes() throws Exception {
        redis = Servers.start();
        redis.kill();
        MemoryTier tier = tiers.open(redis);
        TierException failure = failure(tier.get(key("a"), soon()));
        assertTransient(failure);
        assertThat(failure).hasMessageContaining("127.0.0.1:" + redis.port());
        redis.startAgain();
        await().until(() -> failure(tier.get(key("a"), soon())) == null);
        assertThat(apply(tier, value("a", 1, "one"))).isEqualTo(Applied.DONE);
    }

    @Test
    void aRestartWithoutPersistenceIsEmptyAndAnotherStorage() throws Exception {
        redis = Servers.start();
        MemoryTier tier = tiers.open(redis);
        apply(tier, value("a", 1, "one"));
        String before = Tiers.await(tier.probe(soon())).storage();
        redis.kill();
        await().until(() -> failure(tier.get(key("a"), soon())) != null);
        assertTransient(failure(tier.get(key("a"), soon())));
        redis.startAgain();
        await().until(() -> failure(tier.get(key("a"), soon())) == null);
        assertThat(get(tier, "a")).isNull();
        assertThat(Tiers.await(tier.probe(soon())).storage()).isNotEqualTo(before);
    }

    @Test
    void aDurableServerKeepsRecordsLawAndIdentityOverAPowerCut() throws Exception {
        redis = Servers.start("--appendonly", "yes", "--appendfsync", "always");
        MemoryTier tier = tiers.open(redis, "durable", true);
        apply(tier, value("a", 5, "five"));
        String before = Tiers.await(tier.probe(soon())).storage();
        redis.kill();
        redis.startAgain();
        await().until(() -> failure(tier.get(key("a"), soon())) == null);
        assertThat(text(tier, "a")).isEqualTo("five");
        assertThat(apply(tier, value("a", 4, "four"))).isEqualTo(new Applied.Older(version(5)));
        assertThat(Tiers.await(tier.probe(soon())).storage()).isEqualTo(before);
    }

    @Test
    void aDurableStorageThatIsEmptiedIsAnotherOne() throws Exception {
        redis = Servers.start("--appendonly", "yes");
        MemoryTier tier = tiers.open(redis, "durable", true);
        apply(tier, value("a", 1, "one"));
        String before = Tiers.await(tier.probe(soon())).storage();
        assertThat(Tiers.await(tier.probe(soon())).storage()).isEqualTo(before);
        redis.command("FLUSHALL");
        assertThat(get(tier, "a")).isNull();
        assertThat(Tiers.await(tier.probe(soon())).storage()).isNotEqualTo(before);
    }

    @Test
    void aServerThatHangsFailsWithinTheLimitAndIsUsedAgainAfterwards() throws Exception {
        redis = Servers.start();
        MemoryTier tier = tiers.open(redis, "timeout", "150ms", "connect-timeout", "1s");
        await().until(() -> failure(tier.get(key("warm"), soon())) == null);
        redis.pause();
        try {
            TierException first = failure(tier.get(key("a"), soon()));
            assertTransient(first);
            assertThat(first).hasMessageContaining("has not answered within");
            await().until(() -> String.valueOf(
                            failure(tier.get(key("a"), soon())).getMessage())
                    .contains("has not answered for")); // the heartbeat gave the connection up: no waiting any more
            assertTransient(failure(tier.probe(soon())));
        } finally {
            redis.resume();
        }
        await().until(() -> failure(tier.get(key("a"), soon())) == null);
        await().until(() -> failure(tier.applyAll(List.of(value("a", 1, "one")), soon())) == null);
        assertThat(text(tier, "a")).isEqualTo("one");
    }

    @Test
    void scriptsThatTheServerForgotAreSentAgain() throws Exception {
        redis = Servers.start();
        MemoryTier tier = tiers.open(redis);
        apply(tier, value("a", 1, "one"));
        redis.command("SCRIPT", "FLUSH");
        assertThat(apply(tier, value("a", 2, "two"))).isEqualTo(Applied.DONE);
        redis.command("SCRIPT", "FLUSH");
        assertThat(Tiers.await(tier.applyAll(List.of(value("a", 1, "old"), value("b", 1, "b")), soon())))
                .containsExactly(new Applied.Older(version(2)), Applied.DONE);
        redis.command("SCRIPT", "FLUSH");
        assertThat(Tiers.await(tier.purge(key("a"), version(2), soon()))).isTrue();
    }

    @Test
    void somethingElseUnderTheKeyIsCorruptUntilItIsOverwritten() throws Exception {
        redis = Servers.start();
        MemoryTier tier = tiers.open(redis);
        redis.command("SET", "ps:test:text", "no record");
        redis.command("LPUSH", "ps:test:list", "no", "text");
        for (String damaged : List.of("text", "list")) {
            assertThat(failure(tier.get(key(damaged), soon())).kind()).isEqualTo(TierException.Kind.CORRUPT);
            assertThat(failure(tier.apply(value(damaged, 1, "x"), ai.primespark.spi.Condition.IF_ABSENT, soon()))
                            .kind())
                    .isEqualTo(TierException.Kind.CORRUPT);
            assertThat(Tiers.await(tier.scan("test", damaged, null, 10, soon())).headers())
                    .isEmpty();
            assertThat(apply(tier, value(damaged, 1, "mended"))).isEqualTo(Applied.DONE);
            assertThat(text(tier, damaged)).isEqualTo("mended");
        }
        redis.command("SET", "ps:test:gone", "no record");
        assertThat(Tiers.await(tier.purge(key("gone"), version(1), soon()))).isTrue();
        assertThat(get(tier, "gone")).isNull();
    }
}

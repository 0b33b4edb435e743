package ai.primespark.memory.redis;

import static ai.primespark.memory.redis.Tiers.apply;
import static ai.primespark.memory.redis.Tiers.failure;
import static ai.primespark.memory.redis.Tiers.key;
import static ai.primespark.memory.redis.Tiers.soon;
import static ai.primespark.memory.redis.Tiers.text;
import static ai.primespark.memory.redis.Tiers.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.spi.Condition;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.NeedsRedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@NeedsRedisServer
@Timeout(120)
class RedisSentinelTest {

    @Test
    void writesGoOnAfterTheMasterDiedAndAReplicaTookItsPlace() throws Exception {
        try (LocalRedis master = LocalRedis.start();
                LocalRedis replica = LocalRedis.start("--replicaof", "127.0.0.1", String.valueOf(master.port()));
                LocalRedis sentinel = LocalRedis.startSentinel("memory", master, 1);
                Tiers tiers = new Tiers()) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> sentinel.command("INFO", "sentinel").contains("slaves=1")
                            && replica.command("INFO", "replication").contains("master_link_status:up"));
            MemoryTier tier = tiers.open(
                    Map.of("sentinels", List.of("127.0.0.1:" + sentinel.port()), "master", "memory", "timeout", "2s"));
            await().until(() -> failure(tier.get(key("a"), soon())) == null);
            Tiers.News news = new Tiers.News();
            var unused = tier.invalidations().orElseThrow().subscribe(news);
            apply(tier, value("before", 1, "kept"));
            String storage = Tiers.await(tier.probe(soon())).storage();
            await().until(() -> replica.command("EXISTS", "ps:test:before").equals("1"));

            master.kill();
            await().until(() -> failure(tier.get(key("a"), soon())) != null);
            assertThat(failure(tier.get(key("a"), soon()))).satisfies(failure -> {
                if (failure != null) { // the promotion may be over
                    assertThat(failure.kind()).isEqualTo(TierException.Kind.TRANSIENT);
                }
            });
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> failure(tier.apply(value("after", 1, "new"), Condition.IF_NEWER, soon())) == null);
            assertThat(text(tier, "after")).isEqualTo("new");
            assertThat(text(tier, "before")).isEqualTo("kept");
            assertThat(replica.command("EXISTS", "ps:test:after")).isEqualTo("1");
            assertThat(Tiers.await(tier.probe(soon())).storage())
                    .as("another server, which may lack what was not replicated")
                    .isNotEqualTo(storage);
            assertThat(news.heard).startsWith("gap").endsWith("restored");
        }
    }

    @Test
    void aMasterThatBecomesAReplicaIsLeftForTheNewOne() throws Exception {
        try (LocalRedis master = LocalRedis.start();
                LocalRedis replica = LocalRedis.start("--replicaof", "127.0.0.1", String.valueOf(master.port()));
                LocalRedis sentinel = LocalRedis.startSentinel("memory", master, 1);
                Tiers tiers = new Tiers()) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> sentinel.command("INFO", "sentinel").contains("slaves=1")
                            && replica.command("INFO", "replication").contains("master_link_status:up"));
            MemoryTier tier = tiers.open(
                    Map.of("url", "redis-sentinel://127.0.0.1:" + sentinel.port() + "#memory", "timeout", "2s"));
            await().until(() -> failure(tier.apply(value("a", 1, "one"), Condition.IF_NEWER, soon())) == null);
            await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> {
                sentinel.command("SENTINEL", "FAILOVER", "memory");
                return true;
            });
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> replica.command("INFO", "replication").contains("role:master"));
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> failure(tier.apply(value("b", 1, "two"), Condition.IF_NEWER, soon())) == null
                            && replica.command("EXISTS", "ps:test:b").equals("1"));
            assertThat(text(tier, "b")).isEqualTo("two");
        }
    }
}

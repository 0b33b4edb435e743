package ai.primespark.memory.redis;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.MemoryTierContract;
import ai.primespark.testkit.TestContext;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every rule over a cluster of three masters. */
class RedisClusterTest extends MemoryTierContract {

    private static LocalCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = LocalCluster.start();
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @Override
    protected MemoryTierProvider provider() {
        return new RedisTierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("cluster", cluster.seeds(), "timeout", "20s");
    }

    @Test
    void recordsSpreadOverAllNodesAndAreCountedOverAllOfThem() throws Exception {
        try (TestContext context = TestContext.create();
                MemoryTier tier = provider().create(context.with(provider(), settings(Path.of("unused"))))) {
            tier.start();
            List<ai.primespark.spi.TierRecord> records = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                records.add(Tiers.value("spread-" + i, 1, "x"));
            }
            Tiers.await(tier.applyAll(records, Tiers.soon()));
            for (LocalRedis node : cluster.nodes()) {
                assertThat(Integer.parseInt(node.command("DBSIZE"))).isGreaterThan(50);
            }
            assertThat(Tiers.await(tier.usage(Tiers.soon())).records()).isGreaterThanOrEqualTo(300);
            assertThat(Tiers.await(tier.probe(Deadline.in(Duration.ofSeconds(10))))
                            .detail())
                    .contains("cluster of 3 masters");
            assertThat(tier.leases()
                            .orElseThrow()
                            .acquire(Tiers.key("spread"), Duration.ofMinutes(1), Tiers.soon())
                            .toCompletableFuture()
                            .get(20, TimeUnit.SECONDS))
                    .isPresent();
            assertThat(tier.invalidations()).isEmpty();
        }
    }
}

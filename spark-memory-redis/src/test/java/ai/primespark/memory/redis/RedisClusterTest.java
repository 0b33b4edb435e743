package ai.primespark.memory.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

    private static final int SLOTS = 16_384;
    private static final List<LocalRedis> NODES = new ArrayList<>();

    @BeforeAll
    static void startCluster() {
        for (int i = 0; i < 3; i++) {
            NODES.add(Servers.start(
                    "--cluster-enabled",
                    "yes",
                    "--cluster-config-file",
                    "nodes.conf",
                    "--cluster-node-timeout",
                    "5000"));
        }
        for (int i = 0; i < 3; i++) {
            List<String> words = new ArrayList<>(List.of("CLUSTER", "ADDSLOTS"));
            for (int slot = i * SLOTS / 3; slot < (i + 1) * SLOTS / 3; slot++) {
                words.add(String.valueOf(slot));
            }
            NODES.get(i).command(words.toArray(String[]::new));
            NODES.get(0)
                    .command(
                            "CLUSTER",
                            "MEET",
                            "127.0.0.1",
                            String.valueOf(NODES.get(i).port()));
        }
        await().atMost(Duration.ofSeconds(60))
                .until(() -> NODES.stream().allMatch(node -> {
                    String info = node.command("CLUSTER", "INFO");
                    return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3");
                }));
    }

    @AfterAll
    static void stopCluster() {
        NODES.forEach(LocalRedis::close);
        NODES.clear();
    }

    @Override
    protected MemoryTierProvider provider() {
        return new RedisTierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("cluster", List.of("127.0.0.1:" + NODES.get(1).port()), "timeout", "20s");
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
            for (LocalRedis node : NODES) {
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

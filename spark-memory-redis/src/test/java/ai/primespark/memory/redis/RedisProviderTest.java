package ai.primespark.memory.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.SparkProvider;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.ProviderContract;
import ai.primespark.testkit.TestContext;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RedisProviderTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new RedisTierProvider();
    }

    private static MemoryTier create(Map<String, Object> settings) {
        RedisTierProvider provider = new RedisTierProvider();
        try (TestContext context = TestContext.create()) {
            return provider.create(context.with(provider, settings));
        }
    }

    private static Map<String, Object> map(Object... pairs) {
        Map<String, Object> map = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }

    static List<Map.Entry<String, Map<String, Object>>> misfits() {
        return List.of(
                Map.entry("only one of", map("url", "redis://a", "cluster", List.of("b:1"))),
                Map.entry("only one of", map("sentinels", List.of("a"), "master", "m", "cluster", List.of("b"))),
                Map.entry("need master", map("sentinels", List.of("a:26379"))),
                Map.entry("master needs sentinels", map("master", "m")),
                Map.entry("master needs sentinels", map("url", "redis-sentinel://a#m", "master", "m")),
                Map.entry("sentinel-password needs", map("sentinel-password", "hidden-1")),
                Map.entry("username needs password", map("username", "u")),
                Map.entry("already holds a password", map("url", "redis://:hidden-1@a", "password", "hidden-2")),
                Map.entry("already holds a password", map("url", "redis://u:hidden-1@a", "password", "hidden-2")),
                Map.entry("must look like", map("url", "http://:hidden-1@a")),
                Map.entry("must look like", map("url", "hidden-1")),
                Map.entry("native transports", map("url", "redis-socket:///run/redis.sock")),
                Map.entry("database 1, but database is 2", map("url", "redis://a/1", "database", 2)),
                Map.entry("only database 0", map("cluster", List.of("a"), "database", 2)),
                Map.entry("at least one host", map("cluster", List.of())),
                Map.entry("host or host:port", map("cluster", List.of("redis://:hidden-1@a:1"))),
                Map.entry("host or host:port", map("sentinels", List.of("a:99999"), "master", "m")),
                Map.entry("host or host:port", map("cluster", List.of("a:b"))),
                Map.entry("tls.enabled is false", map("url", "rediss://a", "tls.enabled", false)),
                Map.entry("tls.ca-file is set, but TLS is off", map("tls.ca-file", "/ca.pem")),
                Map.entry("tls.verify is set, but TLS is off", map("tls.verify", "none")),
                Map.entry(
                        "only one of tls.ca-file",
                        map("tls.enabled", true, "tls.ca-file", "/ca.pem", "tls.trust-store", "/t.p12")),
                Map.entry(
                        "trust-store-password needs", map("tls.enabled", true, "tls.trust-store-password", "hidden-1")),
                Map.entry("key-store-password needs", map("tls.enabled", true, "tls.key-store-password", "hidden-1")),
                Map.entry("trusts everybody", map("tls.enabled", true, "tls.verify", "none", "tls.ca-file", "/c")));
    }

    @ParameterizedTest
    @MethodSource("misfits")
    void settingsThatDoNotFitTogetherAreRefusedWithoutShowingSecrets(Map.Entry<String, Map<String, Object>> misfit) {
        assertThatThrownBy(() -> create(misfit.getValue()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(misfit.getKey())
                .hasMessageNotContaining("hidden")
                .hasNoCause();
    }

    @Test
    void prefixesThatWouldPinAClusterToOneNodeAreRefused() {
        for (String prefix : List.of("", "{ps}:", "a b", "é:", "x".repeat(65))) {
            assertThatThrownBy(() -> create(Map.of("prefix", prefix)))
                    .as(prefix)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void namesWhereTheServerIsWithoutSecrets() {
        assertThat(create(Map.of())).hasToString("RedisTier[test, Redis at 127.0.0.1:6379]");
        assertThat(create(Map.of("url", "redis://user:hidden@pi5.local:7000/3")))
                .hasToString("RedisTier[test, Redis at pi5.local:7000]");
        assertThat(create(Map.of("sentinels", List.of("a", "[::1]:7001"), "master", "m", "password", "hidden")))
                .hasToString("RedisTier[test, Redis master 'm' of sentinels a:26379, ::1:7001]");
        assertThat(create(Map.of("url", "redis-sentinel://a:1,b/2#m")))
                .hasToString("RedisTier[test, Redis master 'm' of sentinels a:1, b:26379]");
        assertThat(create(Map.of("cluster", List.of("a:1", "b"))))
                .hasToString("RedisTier[test, Redis cluster at a:1, b:6379]");
    }

    @Test
    void isACacheUnlessDeclaredDurableAndNeverBoth() {
        assertThat(create(Map.of()).traits())
                .containsExactlyInAnyOrder(TierTrait.SHARED, TierTrait.MAY_EVICT, TierTrait.ATOMIC_CAS);
        assertThat(create(Map.of("durable", true)).traits())
                .containsExactlyInAnyOrder(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
    }

    @Test
    void clustersHaveNoFeed() {
        assertThat(create(Map.of("cluster", List.of("a"))).invalidations()).isEmpty();
        assertThat(create(Map.of()).invalidations()).isPresent();
    }

    @Test
    void aMissingCertificateFileIsReportedAtTheStart() {
        MemoryTier tier = create(Map.of("url", "rediss://a", "tls.ca-file", Path.of("/nowhere/ca.pem")));
        assertThatThrownBy(tier::start)
                .isInstanceOfSatisfying(
                        TierException.class, e -> assertThat(e.kind()).isEqualTo(TierException.Kind.PERMANENT))
                .hasMessageContaining("tls.ca-file")
                .hasMessageContaining("/nowhere/ca.pem");
    }
}

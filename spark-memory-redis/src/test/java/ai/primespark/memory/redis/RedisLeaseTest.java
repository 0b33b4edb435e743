package ai.primespark.memory.redis;

import static ai.primespark.memory.redis.Tiers.key;
import static ai.primespark.memory.redis.Tiers.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.LeaseTier.Lease;
import ai.primespark.testkit.LocalRedis;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RedisLeaseTest {

    private static final Duration LONG = Duration.ofMinutes(5);

    private final Tiers tiers = new Tiers();
    private LocalRedis redis;
    private LeaseTier one;
    private LeaseTier two;

    @BeforeEach
    void startServer() throws Exception {
        redis = Servers.start();
        one = tiers.open(redis).leases().orElseThrow();
        two = tiers.open(redis).leases().orElseThrow();
    }

    @AfterEach
    void stop() throws Exception {
        tiers.close();
        redis.close();
    }

    private static Optional<Lease> take(LeaseTier leases, String key, Duration life) {
        return Tiers.await(leases.acquire(key(key), life, soon()));
    }

    @Test
    void oneHolderAtATimeAndFencesGrow() {
        Lease first = take(one, "a", LONG).orElseThrow();
        assertThat(take(two, "a", LONG)).isEmpty();
        assertThat(take(two, "b", LONG)).as("another key").isPresent();
        Tiers.await(one.release(first, soon()));
        Lease second = take(two, "a", LONG).orElseThrow();
        assertThat(second.fence()).isGreaterThan(first.fence());
    }

    @Test
    void aLeaseEndsByItself() {
        Lease first = take(one, "a", Duration.ofMillis(50)).orElseThrow();
        await().untilAsserted(() -> assertThat(take(two, "a", LONG))
                .hasValueSatisfying(lease -> assertThat(lease.fence()).isGreaterThan(first.fence())));
    }

    @Test
    void releasingALeaseThatIsOverTakesNothingFromTheNextHolder() {
        Lease first = take(one, "a", Duration.ofMillis(50)).orElseThrow();
        await().until(() -> take(two, "a", LONG).isPresent());
        Tiers.await(one.release(first, soon()));
        assertThat(take(one, "a", LONG)).isEmpty();
    }

    @Test
    void fencesGrowAlthoughTheServerForgotTheLastOne() {
        Lease first = take(one, "a", LONG).orElseThrow();
        redis.command("FLUSHALL");
        assertThat(take(two, "a", LONG).orElseThrow().fence()).isGreaterThan(first.fence());
    }

    @Test
    void keysWithBracesWorkAndLeasesAreNoRecords() throws Exception {
        assertThat(take(one, "a}b{c", LONG)).isPresent();
        assertThat(take(two, "a}b{c", LONG)).isEmpty();
        assertThat(Tiers.await(tiers.open(redis).scan("test", "", null, 10, soon()))
                        .headers())
                .isEmpty();
    }
}

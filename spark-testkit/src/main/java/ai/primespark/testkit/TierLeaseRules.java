package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TIER-13: leases, for tiers that say that they have some. */
abstract class TierLeaseRules extends TierFeedRules {

    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration SHORT = Duration.ofMillis(200);

    @Test
    @DisplayName("TIER-13 of many who want a lease one gets it, and each key has its own")
    void oneGetsTheLease() {
        MemoryTier tier = open();
        if (hasNoLeases(tier)) {
            return;
        }
        MemoryTier other = open();
        for (int round = 0; round < 10; round++) {
            TierKey key = key("lease-" + round);
            CyclicBarrier start = new CyclicBarrier(4);
            List<FutureTask<Boolean>> attempts = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                MemoryTier one = i % 2 == 0 ? tier : other;
                attempts.add(Bounded.start("acquire", () -> {
                    start.await();
                    return acquire(one, key, LONG).isPresent();
                }));
            }
            assertThat(attempts.stream()
                            .filter(attempt -> Bounded.result(tierPatience(), "acquire", attempt))
                            .count())
                    .isEqualTo(1);
            assertThat(acquire(other, key, LONG)).isEmpty();
        }
        assertThat(get(tier, key("lease-0"))).as("a lease is no record").isNull();
        assertThat(scanAll(tier, space(), "", 100)).isEmpty();
    }

    @Test
    @DisplayName("TIER-13 a lease that was released is free at once, and only its holder releases it")
    void releasedLeasesAreFree() {
        MemoryTier tier = open();
        if (hasNoLeases(tier)) {
            return;
        }
        MemoryTier other = open();
        LeaseTier.Lease first = acquire(tier, key("key"), LONG).orElseThrow();
        assertThat(first.key()).isEqualTo(key("key"));
        release(tier, first);
        LeaseTier.Lease second = acquire(other, key("key"), LONG).orElseThrow();
        release(tier, first); // it is over: without effect
        assertThat(acquire(tier, key("key"), LONG)).isEmpty();
        release(other, second);
        assertThat(acquire(tier, key("key"), LONG)).isPresent();
    }

    @Test
    @DisplayName("TIER-13 a lease ends by the tier's time when nobody releases it")
    void leasesEnd() {
        MemoryTier tier = open();
        if (hasNoLeases(tier)) {
            return;
        }
        LeaseTier.Lease dead = acquire(tier, key("short"), SHORT).orElseThrow();
        assertThat(acquire(tier, key("long"), LONG)).isPresent();
        AtomicReference<LeaseTier.Lease> next = new AtomicReference<>();
        await("the end of a lease", () -> {
            acquire(tier, key("short"), LONG).ifPresent(next::set);
            return next.get() != null;
        });
        release(tier, dead);
        assertThat(acquire(tier, key("short"), LONG))
                .as("the next holder's lease outlives the release of the one before")
                .isEmpty();
        assertThat(acquire(tier, key("long"), LONG)).isEmpty();
    }

    @Test
    @DisplayName("TIER-13 fences of a key grow from lease to lease")
    void fencesGrow() {
        MemoryTier tier = open();
        if (hasNoLeases(tier)) {
            return;
        }
        long last = Long.MIN_VALUE;
        for (int i = 0; i < 5; i++) {
            LeaseTier.Lease lease = acquire(tier, key("key"), LONG).orElseThrow();
            assertThat(lease.fence()).isGreaterThan(last);
            last = lease.fence();
            release(tier, lease);
        }
        assertThat(acquire(tier, key("key"), SHORT)).isPresent();
        AtomicReference<LeaseTier.Lease> next = new AtomicReference<>();
        await("the end of a lease", () -> {
            acquire(tier, key("key"), LONG).ifPresent(next::set);
            return next.get() != null;
        });
        assertThat(Objects.requireNonNull(next.get()).fence()).isGreaterThan(last);
    }

    private boolean hasNoLeases(MemoryTier tier) {
        if (tier.leases().isPresent()) {
            return false;
        }
        close(tier); // some storages let in one at a time
        assertThat(open().leases()).as("a tier has leases always or never").isEmpty();
        return true;
    }

    private Optional<LeaseTier.Lease> acquire(MemoryTier tier, TierKey key, Duration life) {
        return wait("acquire", tier.leases().orElseThrow().acquire(key, life, deadline()));
    }

    private void release(MemoryTier tier, LeaseTier.Lease lease) {
        Void unused = wait("release", tier.leases().orElseThrow().release(lease, deadline()));
    }
}

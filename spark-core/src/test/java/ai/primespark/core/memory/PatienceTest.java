package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryStats.TierState;
import ai.primespark.memory.PutOptions;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.FlakyTier;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A tier that is slow or hangs does not hold up what others know. */
class PatienceTest {

    private final EngineFixture fixture =
            new EngineFixture().set("patience", "20 ms").set("timeout", "60 s");

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private FlakyTier cache() {
        return fixture.tier("cache", Zone.EDGE, TierTrait.MAY_EVICT);
    }

    @Test
    void whatTheAuthorityKnowsIsCertainAlthoughAHotterTierHangs() {
        FlakyTier cache = cache();
        fixture.disk("disk");
        Memory memory = fixture.set("tier-timeout", "60 s").memory();
        memory.put("key", "value");
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        cache.hang();
        Lookup.Found<String> found = (Lookup.Found<String>) memory.get("key", String.class);
        assertThat(found.tier()).isEqualTo("disk");
        assertThat(found.freshness()).isEqualTo(Lookup.Freshness.CONFIRMED);
        assertThat(memory.getAll(List.of("key"), String.class).get("key").isFound())
                .isTrue();
    }

    @Test
    void withoutTheAuthorityTheAnswerMayBeStale() {
        FlakyTier disk = fixture.disk("disk");
        fixture.cloud("cold");
        Memory memory = fixture.set("tier-timeout", "60 s").memory();
        memory.put("key", "value", PutOptions.ack(Ack.ALL));
        disk.hang();
        Lookup.Found<String> found = (Lookup.Found<String>) memory.get("key", String.class);
        assertThat(found.tier()).isEqualTo("cold");
        assertThat(found.freshness()).isEqualTo(Lookup.Freshness.POSSIBLY_STALE);
        Lookup<String> bulk = memory.getAll(List.of("key"), String.class).get("key");
        assertThat(((Lookup.Found<String>) bulk).freshness()).isEqualTo(Lookup.Freshness.POSSIBLY_STALE);
    }

    @Test
    @Timeout(40) // a read that waited for the tiers would take 60 s
    void whatWasAcknowledgedHereIsReadAlthoughEveryTierHangs() {
        FlakyTier nas = fixture.tier("nas", Zone.EDGE, TierTrait.SHARED, TierTrait.PERSISTENT);
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.set("tier-timeout", "60 s").memory();
        nas.hang();
        cold.hang();
        memory.put("key", "value");
        Lookup.Found<String> found = (Lookup.Found<String>) memory.get("key", String.class);
        assertThat(found.value()).isEqualTo("value");
        assertThat(found.freshness()).as("another machine may have written").isEqualTo(Lookup.Freshness.POSSIBLY_STALE);
        Lookup<String> bulk = memory.getAll(List.of("key"), String.class).get("key");
        assertThat(((Lookup.Found<String>) bulk).freshness()).isEqualTo(Lookup.Freshness.POSSIBLY_STALE);
        memory.delete("key");
        assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
        assertThat(memory.getAll(List.of("key"), String.class).get("key")).isInstanceOf(Lookup.Absent.class);
    }

    @Test
    void notThereWaitsForTheOneThatMayHaveIt() throws Exception {
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.set("tier-timeout", "60 s").memory();
        memory.put("key", "value");
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        cold.purge(
                        ai.primespark.spi.TierKey.of("default", "key"),
                        new ai.primespark.memory.Version(Long.MAX_VALUE, "z"),
                        ai.primespark.spi.Deadline.in(Duration.ofSeconds(5)))
                .toCompletableFuture()
                .get();
        long before = cold.operations();
        disk.hang();
        CompletableFuture<Lookup<String>> there =
                CompletableFuture.supplyAsync(() -> memory.get("key", String.class), fixture.context.blocking());
        CompletableFuture<Lookup<String>> nothing =
                CompletableFuture.supplyAsync(() -> memory.get("nothing", String.class), fixture.context.blocking());
        CompletableFuture<Map<String, Lookup<String>>> bulk = CompletableFuture.supplyAsync(
                () -> memory.getAll(List.of("key", "nothing"), String.class), fixture.context.blocking());
        await().until(() -> cold.operations() - before == 3); // all have gone on to the next
        assertThat(there).isNotDone();
        assertThat(nothing).isNotDone();
        assertThat(bulk).isNotDone();
        disk.heal();
        assertThat(there.get().toOptional()).contains("value");
        assertThat(((Lookup.Found<String>) there.get()).freshness()).isEqualTo(Lookup.Freshness.CONFIRMED);
        assertThat(nothing.get()).isInstanceOf(Lookup.Absent.class);
        assertThat(bulk.get().get("key").isFound()).isTrue();
        assertThat(bulk.get().get("nothing")).isInstanceOf(Lookup.Absent.class);
    }

    @Test
    void notThereIsUnknownWhenTheOneThatMayHaveItDoesNotAnswerInTime() {
        FlakyTier disk = fixture.disk("disk");
        fixture.cloud("cold");
        Memory memory = fixture.set("tier-timeout", "150 ms").memory();
        disk.hang();
        assertThat(memory.get("nothing", String.class)).isInstanceOf(Lookup.Unknown.class);
        assertThat(memory.getAll(List.of("nothing"), String.class).get("nothing"))
                .isInstanceOf(Lookup.Unknown.class);
    }

    @Test
    void aHiddenRecordThatMayBeOutdatedWaitsAsWell() throws Exception {
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.set("tier-timeout", "60 s").memory();
        memory.put("key", "value", PutOptions.ack(Ack.ALL));
        memory.delete("key");
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        long before = cold.operations();
        disk.hang();
        CompletableFuture<Lookup<String>> deleted =
                CompletableFuture.supplyAsync(() -> memory.get("key", String.class), fixture.context.blocking());
        await().until(() -> cold.operations() > before);
        assertThat(deleted).isNotDone();
        disk.heal();
        assertThat(deleted.get()).isInstanceOf(Lookup.Absent.class);
    }

    @Test
    void aHungTierIsNotAskedAnyMoreLongBeforeItsTimeLimit() {
        FlakyTier cache = cache();
        fixture.disk("disk");
        Memory memory = fixture.set("tier-timeout", "60 s").memory();
        memory.put("key", "value");
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        cache.hang();
        long before = cache.operations();
        for (int i = 0; i < 20; i++) {
            assertThat(memory.find("key", String.class)).contains("value");
        }
        assertThat(cache.operations() - before).isLessThanOrEqualTo(12); // and a probe or two
        assertThat(memory.stats().tiers().get(0).state()).isEqualTo(TierState.DOWN);
        cache.heal();
        await().until(() -> memory.stats().tiers().get(0).state() != TierState.DOWN);
        long healed = cache.operations();
        assertThat(memory.find("key", String.class)).contains("value");
        assertThat(cache.operations()).isGreaterThan(healed);
    }

    @Test
    void aTierThatIsFarAwayIsNotTakenForAHungOne() {
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory =
                fixture.set("patience", "10 ms").set("tier-timeout", "60 s").memory();
        cold.slow(Duration.ofMillis(30)); // three times as long as patience goes, each time
        for (int i = 0; i < 20; i++) {
            assertThat(memory.get("nothing" + i, String.class)).isInstanceOf(Lookup.Absent.class);
        }
        assertThat(memory.stats().tiers().get(1).state()).isEqualTo(TierState.UP);
        assertThat(disk.operations()).isPositive();
    }

    @Test
    void aCallThatOutlivesItsTimeLimitCountsAlthoughNobodyWaits() {
        FlakyTier cache = cache();
        fixture.disk("disk");
        Memory memory = fixture.set("tier-timeout", "100 ms").memory();
        memory.put("key", "value");
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        cache.hang();
        for (int i = 0; i < 3; i++) { // too few to see by patience alone that it hangs
            assertThat(memory.find("key", String.class)).contains("value");
        }
        await().until(() -> memory.stats().tiers().get(0).errors() >= 3);
    }
}

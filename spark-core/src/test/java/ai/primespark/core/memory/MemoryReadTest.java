package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.TypeRef;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.UnknownPolicy;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.testkit.FlakyTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryReadTest {

    private final EngineFixture fixture = new EngineFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    record Prefs(String theme, int size) {}

    private static <T> Lookup.Found<T> found(Lookup<T> lookup) {
        assertThat(lookup).isInstanceOf(Lookup.Found.class);
        return (Lookup.Found<T>) lookup;
    }

    @Test
    void whatIsPutIsFoundInTheNearTierAndSharedWithLaterReaders() {
        fixture.near();
        fixture.disk("disk");
        Memory memory = fixture.memory();
        Version version = memory.put("key", new Prefs("dark", 3)).version();
        Lookup.Found<Prefs> first = found(memory.get("key", Prefs.class));
        assertThat(first.value()).isEqualTo(new Prefs("dark", 3));
        assertThat(first.version()).isEqualTo(version);
        assertThat(first.tier()).isEqualTo("near");
        assertThat(first.freshness()).isEqualTo(Lookup.Freshness.CONFIRMED);
        assertThat(memory.get("key", Prefs.class)).isSameAs(first);
        assertThat(memory.get("key", new TypeRef<Map<String, Object>>() {}).isFound())
                .isTrue();
        assertThat(memory.get("nothing", Prefs.class)).isInstanceOf(Lookup.Absent.class);
        assertThat(memory.stats().tiers().get(0).hits()).isEqualTo(3);
    }

    @Test
    void arraysOfBytesAreNeverShared() {
        fixture.near();
        fixture.disk("disk");
        Memory memory = fixture.memory();
        byte[] given = {1, 2, 3};
        memory.put("key", given);
        given[0] = 9;
        for (int i = 0; i < 3; i++) {
            byte[] read = found(memory.get("key", byte[].class)).value();
            assertThat(read).containsExactly(1, 2, 3);
            read[0] = 9;
        }
    }

    @Test
    void readingFallsThroughToTheColdestAndFillsWhatIsHotter() {
        CaffeineTier near = fixture.near();
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        memory.put("key", "value", PutOptions.ack(Ack.ALL));
        near.drop(TierKey.of("default", "key"));
        disk.purge(
                TierKey.of("default", "key"),
                new Version(Long.MAX_VALUE, "z"),
                ai.primespark.spi.Deadline.in(Duration.ofSeconds(5)));
        assertThat(found(memory.get("key", String.class)).tier()).isEqualTo("cold");
        assertThat(found(memory.get("key", String.class)).tier()).isEqualTo("near");
        await().until(() -> EngineFixture.held(disk, "key") != null);
        assertThat(cold.operations()).isPositive();
    }

    @Test
    void aTierThatIsDownIsUnknownAndNeverAbsent() {
        fixture.near();
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        cold.fail(TierException.Kind.TRANSIENT);
        Lookup<String> answer = memory.get("nothing", String.class);
        assertThat(answer).isInstanceOf(Lookup.Unknown.class);
        assertThat(((Lookup.Unknown<String>) answer).tiersNotAsked())
                .singleElement()
                .asString()
                .startsWith("cold: ");
        assertThatThrownBy(() -> memory.find("nothing", String.class)).isInstanceOf(TierUnavailableException.class);
        assertThatThrownBy(() -> memory.exists("nothing")).isInstanceOf(TierUnavailableException.class);
        assertThatThrownBy(() -> memory.getOrLoad("nothing", String.class, PutOptions.DEFAULT, () -> "computed"))
                .isInstanceOf(TierUnavailableException.class);
        Memory cache = memory.namespace("cache", NamespaceOptions.DEFAULT.withUnknown(UnknownPolicy.TREAT_AS_ABSENT));
        assertThat(cache.find("nothing", String.class)).isEmpty();
        assertThat(cache.exists("nothing")).isFalse();
        assertThat(cache.get("nothing", String.class)).isInstanceOf(Lookup.Unknown.class);
        cold.heal();
        disk.fail(TierException.Kind.PERMANENT);
        assertThat(memory.get("nothing", String.class)).isInstanceOf(Lookup.Unknown.class);
        assertThat(memory.stats().unknowns()).isGreaterThanOrEqualTo(4);
    }

    @Test
    void aHungTierCostsItsTimeLimitAndThenNothing() {
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        cold.hang();
        for (int i = 0; i < 5; i++) {
            assertThat(memory.get("nothing" + i, String.class)).isInstanceOf(Lookup.Unknown.class);
        }
        long before = cold.operations();
        for (int i = 0; i < 50; i++) {
            assertThat(memory.get("other" + i, String.class)).isInstanceOf(Lookup.Unknown.class);
        }
        assertThat(cold.operations() - before)
                .as("calls to a tier whose circuit is open, but for probes")
                .isLessThan(20);
        assertThat(disk.operations()).isGreaterThanOrEqualTo(55);
    }

    @Test
    void aColderValueIsPossiblyStaleWhenTheAuthorityCannotBeAsked() {
        FlakyTier disk = fixture.disk("disk");
        fixture.cloud("cold");
        Memory memory = fixture.memory();
        memory.put("key", "value", PutOptions.ack(Ack.ALL));
        disk.fail(TierException.Kind.TRANSIENT);
        Lookup.Found<String> answer = found(memory.get("key", String.class));
        assertThat(answer.tier()).isEqualTo("cold");
        assertThat(answer.freshness()).isEqualTo(Lookup.Freshness.POSSIBLY_STALE);
    }

    @Test
    void anAuthorityConfirmsWhatItGivesAlthoughACacheIsDown() {
        FlakyTier cache = fixture.tier("cache", ai.primespark.Zone.EDGE, ai.primespark.spi.TierTrait.MAY_EVICT);
        fixture.disk("disk");
        Memory memory = fixture.memory();
        memory.put("key", "value");
        assertThat(memory.flush(Duration.ofSeconds(10))).isTrue();
        cache.fail(TierException.Kind.TRANSIENT);
        assertThat(found(memory.get("key", String.class)).freshness()).isEqualTo(Lookup.Freshness.CONFIRMED);
    }

    @Test
    void aTombstoneHidesWhatColderTiersStillHold() {
        CaffeineTier near = fixture.near();
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        memory.put("key", "value", PutOptions.ack(Ack.ALL));
        cold.fail(TierException.Kind.TRANSIENT);
        memory.delete("key");
        await().until(() -> EngineFixture.held(disk, "key").isTombstone());
        assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
        near.drop(TierKey.of("default", "key"));
        assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
        assertThat(memory.exists("key")).isFalse();
    }

    @Test
    void anEndedValueHidesOlderOnesOfColderTiers() {
        CaffeineTier near = fixture.near();
        fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        memory.put("key", "old", PutOptions.ack(Ack.ALL));
        cold.hang();
        memory.put("key", "new", PutOptions.ttl(Duration.ofMinutes(1)));
        assertThat(found(memory.get("key", String.class)).expiresAt())
                .contains(fixture.context
                        .clock()
                        .instant()
                        .truncatedTo(java.time.temporal.ChronoUnit.MILLIS)
                        .plus(Duration.ofMinutes(1)));
        fixture.context.clock().advance(Duration.ofSeconds(59));
        assertThat(memory.find("key", String.class)).contains("new");
        fixture.context.clock().advance(Duration.ofSeconds(1));
        assertThat(memory.find("key", String.class)).isEmpty();
        near.drop(TierKey.of("default", "key"));
        assertThat(memory.find("key", String.class)).isEmpty();
        assertThat(memory.putIfAbsent("key", "newer", PutOptions.DEFAULT).isStored())
                .isTrue();
        assertThat(memory.find("key", String.class)).contains("newer");
    }

    @Test
    void damagedRecordsAreReadFromAnotherTierOrReported() {
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        memory.put("key", "value", PutOptions.ack(Ack.ALL));
        disk.fail(TierException.Kind.CORRUPT);
        assertThat(found(memory.get("key", String.class)).freshness()).isEqualTo(Lookup.Freshness.POSSIBLY_STALE);
        cold.fail(TierException.Kind.CORRUPT);
        assertThatThrownBy(() -> memory.get("key", String.class))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("damaged")
                .hasMessageContaining("key");
    }

    @Test
    void tiersThatWereLeftOutMakeTheAnswerUnknown() {
        fixture.near();
        fixture.disk("disk");
        fixture.cloud("cold");
        Memory memory = fixture.memory();
        assertThat(memory.get("nothing", String.class, 3)).isInstanceOf(Lookup.Absent.class);
        assertThat(memory.get("nothing", String.class, 2))
                .isEqualTo(new Lookup.Unknown<String>(List.of("cold: not asked")));
        memory.put("key", "value");
        assertThat(memory.get("key", String.class, 1).isFound()).isTrue();
        assertThatThrownBy(() -> memory.get("key", String.class, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void manyKeysAreReadInFewRoundTrips() {
        CaffeineTier near = fixture.near();
        FlakyTier disk = fixture.disk("disk");
        Memory memory = fixture.memory();
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            memory.put("k" + i, "v" + i);
            near.drop(TierKey.of("default", "k" + i));
            keys.add("k" + i);
        }
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        keys.add("nothing");
        keys.add("k0");
        long before = disk.operations();
        Map<String, Lookup<String>> answers = memory.getAll(keys, String.class);
        assertThat(disk.operations() - before).isEqualTo(2); // batches of 100
        assertThat(answers.keySet()).containsExactlyElementsOf(keys.subList(0, 151));
        assertThat(answers.get("nothing")).isInstanceOf(Lookup.Absent.class);
        assertThat(found(answers.get("k149")).value()).isEqualTo("v149");
        before = disk.operations();
        assertThat(memory.getAll(keys.subList(0, 150), String.class)).hasSize(150);
        assertThat(disk.operations()).as("the near tier has them now").isEqualTo(before);
    }

    @Test
    void oneThreadAsksTheTiersForAllThatReadTheKey() throws Exception {
        fixture.set("tier-timeout", "20 s").set("timeout", "30 s");
        CaffeineTier near = fixture.near();
        FlakyTier disk = fixture.disk("disk");
        MemoryEngine engine = fixture.engine();
        Memory memory = engine.memory();
        memory.put("key", "value");
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        near.drop(TierKey.of("default", "key"));
        long before = disk.operations();
        disk.hang();
        List<CompletableFuture<String>> readers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            readers.add(CompletableFuture.supplyAsync(
                    () -> found(memory.get("key", String.class)).value(), fixture.context.blocking()));
        }
        await().until(() -> disk.hanging() == 1 && engine.reader.waiting() == 1);
        await().until(() -> readers.stream().noneMatch(CompletableFuture::isDone));
        disk.heal();
        for (CompletableFuture<String> reader : readers) {
            assertThat(reader.get()).isEqualTo("value");
        }
        assertThat(disk.operations() - before).isEqualTo(1);
    }

    @Test
    void aReaderThatBeganBeforeAWriteServesNobodyWhoCameAfterIt() throws Exception {
        fixture.set("tier-timeout", "20 s").set("timeout", "30 s");
        FlakyTier slow = fixture.disk("disk");
        Memory memory = fixture.memory();
        memory.put("key", "old");
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        slow.hang();
        CompletableFuture<Lookup<String>> early =
                CompletableFuture.supplyAsync(() -> memory.get("key", String.class), fixture.context.blocking());
        await().until(() -> slow.hanging() == 1);
        slow.heal();
        early.get();
        memory.put("key", "new");
        assertThat(memory.find("key", String.class)).contains("new");
    }

    @Test
    void anInterruptedReaderEndsAtOnceAndItsFlagStaysSet() {
        fixture.set("tier-timeout", "60 s").set("timeout", "60 s");
        FlakyTier disk = fixture.disk("disk");
        Memory memory = fixture.memory();
        disk.hang();
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> memory.get("key", String.class))
                    .isInstanceOf(MemoryException.class)
                    .hasMessageContaining("interrupted");
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void theNearTierIsComparedWithSharedTiersAfterAWhile() throws Exception {
        fixture.near();
        FlakyTier shared = fixture.tier(
                "nas",
                ai.primespark.Zone.EDGE,
                ai.primespark.spi.TierTrait.SHARED,
                ai.primespark.spi.TierTrait.PERSISTENT,
                ai.primespark.spi.TierTrait.LOCAL,
                ai.primespark.spi.TierTrait.ATOMIC_CAS);
        Memory here = fixture.memory();
        here.put("key", "one");
        assertThat(here.flush(Duration.ofSeconds(20))).isTrue();
        MemoryEngine second = new MemoryEngine(
                ai.primespark.spi.Settings.of(MemorySettings.ALL, Map.of()),
                List.of(new ConfiguredTier("nas", "flaky", ai.primespark.Zone.EDGE, shared)),
                fixture.context.clock(),
                fixture.context.blocking(),
                fixture.context.scheduler(),
                ai.primespark.spi.Meters.discarding(),
                event -> {},
                "node-b",
                fixture.context.directory().resolve("engine-b"));
        fixture.context.clock().advance(Duration.ofMillis(1));
        second.memory().put("key", "two");
        assertThat(second.memory().flush(Duration.ofSeconds(20))).isTrue();
        assertThat(here.find("key", String.class)).contains("one");
        fixture.context.clock().advance(Reader.NEAR_LIFE);
        assertThat(here.find("key", String.class)).contains("two");
        shared.fail(TierException.Kind.TRANSIENT);
        fixture.context.clock().advance(Reader.NEAR_LIFE);
        assertThat(found(here.get("key", String.class)).freshness()).isEqualTo(Lookup.Freshness.POSSIBLY_STALE);
        shared.heal();
        second.close();
    }

    @Test
    void illegalKeysAreRefusedWhereverTheyWouldBeLookedFor() {
        fixture.near();
        fixture.disk("disk");
        Memory memory = fixture.memory();
        assertThatThrownBy(() -> memory.get("", String.class)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> memory.get("a\nb", String.class)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> memory.put("x".repeat(1_025), "v")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> memory.get(null, String.class)).isInstanceOf(NullPointerException.class);
    }
}

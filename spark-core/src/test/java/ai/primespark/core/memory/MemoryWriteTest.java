package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.MemoryStats.TierState;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.Stored;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.Version;
import ai.primespark.memory.WriteResult;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.FlakyTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryWriteTest {

    private final EngineFixture fixture = new EngineFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    @Test
    void journaledRestsOnTheJournalAndAllTiersFollow() {
        fixture.near();
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        disk.hang();
        cold.hang();
        Stored stored = memory.put("key", "value");
        assertThat(stored.pending()).containsExactly("disk", "cold");
        assertThat(stored.trouble()).isEmpty();
        assertThat(memory.find("key", String.class)).contains("value");
        disk.heal();
        cold.heal();
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        assertThat(EngineFixture.held(disk, "key").version()).isEqualTo(stored.version());
        assertThat(EngineFixture.held(cold, "key").version()).isEqualTo(stored.version());
        assertThat(memory.stats().tiers().get(2).pending()).isZero();
    }

    @Test
    void withoutATierThatKeepsValuesJournaledSaysWhatToConfigure() {
        fixture.near();
        FlakyTier cache = fixture.tier("cache", Zone.EDGE, TierTrait.SHARED, TierTrait.MAY_EVICT);
        Memory memory = fixture.memory();
        assertThatThrownBy(() -> memory.put("key", "value"))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("journaled")
                .hasMessageContaining("directory");
        cache.hang();
        assertThat(memory.put("key", "value", PutOptions.ack(Ack.MEMORY)).pending())
                .containsExactly("cache");
        cache.heal();
        assertThat(memory.put("key", "value", PutOptions.ack(Ack.tier(2))).pending())
                .isEmpty();
        assertThatThrownBy(() -> memory.put("key", "value", PutOptions.ack(Ack.tier(3))))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("tier(3)");
    }

    @Test
    void journaledNeedsNoLocalTierBesidesTheJournal() {
        fixture.near();
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        cold.fail(TierException.Kind.TRANSIENT);
        assertThat(memory.put("key", "value").pending()).containsExactly("cold");
        assertThat(memory.find("key", String.class)).contains("value");
        cold.heal();
        await().until(() -> EngineFixture.held(cold, "key") != null);
    }

    @Test
    void allNeedsEveryTierAndSaysWhichFailed() {
        fixture.near();
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        assertThat(memory.put("key", "one", PutOptions.ack(Ack.ALL)).pending()).isEmpty();
        assertThat(EngineFixture.held(cold, "key")).isNotNull();
        cold.fail(TierException.Kind.TRANSIENT);
        assertThatThrownBy(() -> memory.put("key", "two", PutOptions.ack(Ack.ALL)))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("cold");
        assertThat(memory.find("key", String.class)).contains("two");
        cold.heal();
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        assertThat(EngineFixture.held(cold, "key").version())
                .isEqualTo(EngineFixture.held(disk, "key").version());
    }

    @Test
    void aFailedWriteLeavesNoTraceInTheNearTier() {
        fixture.near();
        FlakyTier disk = fixture.disk("disk");
        Memory memory = fixture.memory();
        memory.put("key", "old");
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        disk.failNext(1, TierException.Kind.FULL);
        assertThatThrownBy(() -> memory.put("key", "new", PutOptions.ack(Ack.tier(2))))
                .isInstanceOfSatisfying(
                        MemoryException.class, e -> assertThat(e.retryable()).isTrue());
        assertThat(memory.find("key", String.class)).contains("old");
    }

    @Test
    void aWriteThatLandsLateReplacesWhatTheNearTierHolds() {
        fixture.near();
        GatedTier disk = fixture.gated();
        Memory memory = fixture.memory();
        memory.put("key", "old");
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        disk.gate = new java.util.concurrent.CountDownLatch(1);
        assertThatThrownBy(() -> memory.put("key", "new", PutOptions.ack(Ack.tier(2))))
                .isInstanceOf(TierUnavailableException.class);
        assertThat(memory.find("key", String.class)).contains("old"); // and the near tier holds it again
        disk.gate.countDown();
        await().until(() -> memory.find("key", String.class).equals(java.util.Optional.of("new")));
    }

    @Test
    void conditionalWritesHaveOneArbiterAndNoOther() {
        fixture.near();
        FlakyTier disk = fixture.disk("disk");
        FlakyTier second = fixture.disk("second");
        Memory memory = fixture.memory();
        assertThat(memory.putIfAbsent("key", "one", PutOptions.DEFAULT).isStored())
                .isTrue();
        Version version = EngineFixture.held(disk, "key").version();
        assertThat(memory.putIfAbsent("key", "two", PutOptions.DEFAULT)).isEqualTo(new WriteResult.Conflict(version));
        WriteResult replaced = memory.replace("key", version, "two", PutOptions.DEFAULT);
        assertThat(replaced.isStored()).isTrue();
        assertThat(memory.replace("key", version, "three", PutOptions.DEFAULT).isStored())
                .isFalse();
        assertThat(memory.deleteIf("key", version).isStored()).isFalse();
        assertThat(memory.deleteIf("key", ((Stored) replaced).version()).isStored())
                .isTrue();
        assertThat(memory.replace("key", version, "x", PutOptions.DEFAULT)).isEqualTo(new WriteResult.Conflict(null));
        assertThat(memory.find("key", String.class)).isEmpty();
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        disk.fail(TierException.Kind.TRANSIENT);
        long before = second.operations();
        assertThatThrownBy(() -> memory.putIfAbsent("other", "one", PutOptions.ack(Ack.tier(3))))
                .isInstanceOf(TierUnavailableException.class)
                .hasMessageContaining("disk");
        assertThat(second.operations()).isEqualTo(before);
        assertThat(EngineFixture.held(second, "other")).isNull();
    }

    @Test
    void ofManyWhoPutIfAbsentOneWinsEachRound() throws Exception {
        fixture.near();
        fixture.directory();
        Memory memory = fixture.memory();
        for (int round = 0; round < 20; round++) {
            String key = "key" + round;
            List<CompletableFuture<WriteResult>> writers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String value = "writer" + i;
                writers.add(CompletableFuture.supplyAsync(
                        () -> memory.putIfAbsent(key, value, PutOptions.DEFAULT), fixture.context.blocking()));
            }
            List<Stored> winners = new ArrayList<>();
            for (CompletableFuture<WriteResult> writer : writers) {
                if (writer.get() instanceof Stored stored) {
                    winners.add(stored);
                }
            }
            assertThat(winners).hasSize(1);
        }
    }

    @Test
    void theArbiterKnowsWhatOnlyColderTiersHold() {
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        Stored stored = memory.put("key", "one", PutOptions.ack(Ack.ALL));
        disk.purge(TierKey.of("default", "key"), stored.version(), Deadline.in(Duration.ofSeconds(5)));
        assertThat(memory.putIfAbsent("key", "two", PutOptions.DEFAULT))
                .isEqualTo(new WriteResult.Conflict(stored.version()));
        cold.fail(TierException.Kind.TRANSIENT);
        await().untilAsserted(
                        () -> { // a copy of what was read may still be on its way to the disk
                            disk.purge(
                                    TierKey.of("default", "key"), stored.version(), Deadline.in(Duration.ofSeconds(5)));
                            assertThatThrownBy(() -> memory.putIfAbsent("key", "two", PutOptions.DEFAULT))
                                    .isInstanceOf(TierUnavailableException.class);
                        });
    }

    @Test
    void aWriteThatMeetsANewerVersionGoesAboveItUnlessThatIsTooFarAhead() {
        fixture.near();
        FlakyTier disk = fixture.disk("disk");
        Memory memory = fixture.memory();
        long now = fixture.context.clock().millis();
        plant(disk, "key", Version.of(now + 60_000, 0, "fast"));
        Stored stored = memory.put("key", "mine", PutOptions.ack(Ack.tier(2)));
        assertThat(stored.version().isNewerThan(Version.of(now + 60_000, 0, "fast")))
                .isTrue();
        assertThat(memory.find("key", String.class)).contains("mine");
        plant(disk, "wild", Version.of(now + 600_000, 0, "mad"));
        assertThatThrownBy(() -> memory.put("wild", "mine", PutOptions.ack(Ack.tier(2))))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("clock")
                .hasMessageContaining("mad");
    }

    @Test
    void aWriteGoesAboveANewerVersionThatASecondTierHolds() {
        fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        Version other = Version.of(fixture.context.clock().millis() + 60_000, 0, "fast");
        plant(cold, "key", other);
        Stored stored = memory.put("key", "mine", PutOptions.ack(Ack.ALL));
        assertThat(stored.version().isNewerThan(other)).isTrue();
        assertThat(EngineFixture.held(cold, "key").version()).isEqualTo(stored.version());
    }

    private static void plant(FlakyTier tier, String key, Version version) {
        tier.apply(
                        TierRecord.value(
                                TierKey.of("default", key), version, TierRecord.NEVER, "text", new byte[] {65}),
                        Condition.IF_NEWER,
                        Deadline.in(Duration.ofSeconds(5)))
                .toCompletableFuture()
                .join();
    }

    @Test
    void privateNamespacesNeverReachTheCloud() {
        fixture.near();
        fixture.disk("disk");
        FlakyTier cloud = fixture.cloud("cloud");
        Memory edge = fixture.memory().namespace("private", NamespaceOptions.DEFAULT.withReach(Zone.EDGE));
        edge.put("key", "value", PutOptions.ack(Ack.ALL));
        edge.putAll(Map.of("a", "1", "b", "2"), PutOptions.DEFAULT);
        assertThat(edge.find("nothing", String.class)).isEmpty();
        edge.getAll(List.of("key", "nothing"), String.class);
        edge.putIfAbsent("other", "value", PutOptions.DEFAULT);
        edge.touch("key", Duration.ofHours(1));
        edge.scan("", null, 10);
        edge.persist("key");
        edge.prefetch("key");
        edge.delete("key");
        edge.flush(Duration.ofSeconds(10));
        assertThatThrownBy(() -> edge.put("key", "value", PutOptions.ack(Ack.tier(3))))
                .isInstanceOf(MemoryException.class);
        assertThat(cloud.operations()).isZero();
    }

    @Test
    void aNamespaceHasOneSetOfOptions() {
        fixture.disk("disk");
        Memory memory = fixture.memory();
        NamespaceOptions options =
                NamespaceOptions.DEFAULT.withTtl(Duration.ofHours(1)).withCodec("text");
        Memory chat = memory.namespace("chat", options);
        assertThat(memory.namespace("chat")).isSameAs(chat);
        assertThat(chat.namespace("chat", options)).isSameAs(chat);
        assertThatThrownBy(() -> memory.namespace("chat", NamespaceOptions.DEFAULT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("chat");
        assertThatThrownBy(() -> memory.namespace("new", NamespaceOptions.DEFAULT.withCodec("xml")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> memory.namespace("Bad Name")).isInstanceOf(IllegalArgumentException.class);
        chat.put("key", "value");
        assertThat(memory.find("key", String.class)).isEmpty();
        fixture.context.clock().advance(Duration.ofHours(1));
        assertThat(chat.find("key", String.class)).isEmpty();
    }

    @Test
    void touchGivesANewEndAndKeepsTheValue() {
        fixture.near();
        fixture.disk("disk");
        Memory memory = fixture.memory();
        assertThat(memory.touch("key", null)).isEmpty();
        memory.put("key", "value", PutOptions.ttl(Duration.ofMinutes(1)));
        assertThat(memory.touch("key", Duration.ofMinutes(5))).isPresent();
        fixture.context.clock().advance(Duration.ofMinutes(4));
        assertThat(memory.find("key", String.class)).contains("value");
        assertThat(memory.touch("key", null)).isPresent();
        fixture.context.clock().advance(Duration.ofDays(400));
        assertThat(memory.find("key", String.class)).contains("value");
    }

    @Test
    void manyKeysAreWrittenInFewRoundTripsAndEachFailureIsReported() {
        fixture.near();
        FlakyTier disk = fixture.disk("disk");
        Memory memory = fixture.memory();
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < 250; i++) {
            values.put("k" + i, "v" + i);
        }
        long before = disk.operations();
        PutOptions sync = PutOptions.ack(Ack.tier(2));
        Map<String, Stored> stored = memory.putAll(values, sync);
        assertThat(disk.operations() - before).isEqualTo(3);
        assertThat(stored.keySet()).containsExactlyElementsOf(values.keySet());
        assertThat(memory.find("k249", String.class)).contains("v249");
        disk.failNext(1, TierException.Kind.TRANSIENT);
        assertThatThrownBy(() -> memory.putAll(values, sync))
                .isInstanceOf(MemoryException.class)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(99));
        assertThat(memory.putAll(values, PutOptions.DEFAULT).keySet()).containsExactlyElementsOf(values.keySet());
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
    }

    @Test
    void valuesThatAreTooLargeAreRefusedBeforeAnythingIsStored() {
        FlakyTier disk = fixture.disk("disk");
        fixture.set("max-value-bytes", "1 KiB");
        Memory memory = fixture.memory();
        memory.put("key", "x".repeat(1_024));
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        long before = disk.operations();
        assertThatThrownBy(() -> memory.put("key", "x".repeat(1_025)))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("max-value-bytes");
        assertThat(disk.operations()).isEqualTo(before);
    }

    @Test
    void persistAndPrefetchBringAValueWhereItIsWanted() {
        fixture.near();
        fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        assertThat(memory.persist("key")).isFalse();
        assertThat(memory.prefetch("key")).isFalse();
        cold.hang();
        memory.put("key", "value");
        assertThatThrownBy(() -> memory.persist("key"))
                .isInstanceOf(TierUnavailableException.class)
                .hasMessageContaining("cold");
        cold.heal();
        assertThat(memory.persist("key")).isTrue();
        assertThat(EngineFixture.held(cold, "key")).isNotNull();
        assertThat(memory.prefetch("key")).isTrue();
    }

    @Test
    void aTierThatFailsIsDownUntilAProbeAnswers() {
        fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        cold.fail(TierException.Kind.TRANSIENT);
        for (int i = 0; i < 6; i++) {
            memory.get("nothing", String.class);
        }
        assertThat(memory.stats().tiers().get(1).state()).isEqualTo(TierState.DOWN);
        Stored stored = memory.put("key", "value");
        assertThat(stored.pending()).as("and the disk perhaps, a moment longer").contains("cold");
        assertThat(memory.stats().tiers().get(1).pending()).isEqualTo(1);
        assertThat(memory.flush(Duration.ofMillis(50))).isFalse();
        assertThat(fixture.events)
                .filteredOn(SparkEvent.TierChanged.class::isInstance)
                .singleElement()
                .isInstanceOfSatisfying(SparkEvent.TierChanged.class, e -> {
                    assertThat(e.tier()).isEqualTo("cold");
                    assertThat(e.state()).isEqualTo(TierState.DOWN);
                });
        cold.heal();
        await().until(() -> memory.stats().tiers().get(1).state() == TierState.UP);
        await().until(() -> EngineFixture.held(cold, "key") != null);
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        assertThat(memory.stats().tiers().get(1).pending()).isZero();
        assertThat(fixture.events)
                .filteredOn(SparkEvent.TierChanged.class::isInstance)
                .hasSize(2);
    }

    @Test
    void aTierThatIsFoundBadByASuccessfulCallRecoversToo() {
        fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        cold.failNext(3, TierException.Kind.TRANSIENT);
        for (int i = 0; i < 5; i++) { // three failures of five, the last call succeeds
            memory.get("nothing", String.class);
        }
        assertThat(memory.stats().tiers().get(1).state()).isEqualTo(TierState.DOWN);
        await().until(() -> memory.stats().tiers().get(1).state() == TierState.UP);
        assertThat(memory.find("nothing", String.class)).isEmpty();
    }

    @Test
    void fullAndDamagedDoNotOpenTheCircuit() {
        fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        for (TierException.Kind kind : List.of(TierException.Kind.FULL, TierException.Kind.CORRUPT)) {
            cold.failNext(12, kind);
            for (int i = 0; i < 12; i++) {
                try {
                    memory.get("nothing", String.class);
                } catch (MemoryException e) {
                    assertThat(e).hasMessageContaining("damaged");
                }
            }
        }
        assertThat(memory.stats().tiers().get(1).state()).isNotEqualTo(TierState.DOWN);
        assertThat(memory.find("nothing", String.class)).isEmpty();
    }

    @Test
    void backgroundWritesAreRetriedAndTheNewestOfAKeyWins() {
        fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        cold.failNext(3, TierException.Kind.TRANSIENT);
        Stored last = memory.put("key", "0");
        for (int i = 1; i < 20; i++) {
            last = memory.put("key", "" + i);
        }
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        assertThat(EngineFixture.held(cold, "key").version()).isEqualTo(last.version());
    }

    @Test
    void whenTooMuchIsWaitingForATierWritesFailAndNothingIsDropped() {
        fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        cold.fail(TierException.Kind.TRANSIENT);
        byte[] large = new byte[1 << 20];
        List<String> stored = new ArrayList<>();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 200; i++) {
                        memory.put("k" + i, large, PutOptions.ack(Ack.MEMORY));
                        stored.add("k" + i);
                    }
                })
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("cold");
        assertThat(stored).hasSizeBetween(60, 70);
        cold.heal();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> memory.stats().tiers().get(1).pending() == 0);
        assertThat(stored)
                .allSatisfy(key -> assertThat(EngineFixture.held(cold, key)).isNotNull());
        memory.put("again", large, PutOptions.ack(Ack.MEMORY));
    }

    @Test
    void afterCloseEverythingIsRefused() {
        fixture.near();
        fixture.disk("disk");
        MemoryEngine engine = fixture.engine();
        Memory memory = engine.memory();
        memory.put("key", "value");
        engine.close();
        engine.close();
        assertThatThrownBy(() -> memory.get("key", String.class)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> memory.put("key", "value")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> memory.scan("", null, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> memory.namespace("other")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(memory::stats).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingSendsWhatIsPending() {
        fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        MemoryEngine engine = fixture.engine();
        for (int i = 0; i < 300; i++) {
            engine.memory().put("k" + i, "v");
        }
        engine.close();
        assertThat(EngineFixture.held(cold, "k299")).isNotNull();
        assertThat(EngineFixture.held(cold, "k0")).isNotNull();
    }

    @Test
    void objectsSayThatNoTierHoldsThem() {
        CaffeineTier unused = fixture.near();
        assertThatThrownBy(() -> fixture.memory().objects())
                .isInstanceOf(ai.primespark.SubsystemUnavailableException.class)
                .hasMessageContaining("no tier within the reach of namespace 'default' (CLOUD) holds objects");
    }

    @Test
    void anAckBeyondTheTiersIsRefusedAtOnce() {
        fixture.disk("disk");
        fixture.set("ack", "tier(2)");
        assertThatThrownBy(fixture::engine)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tier(2)");
        assertThatThrownBy(() -> MemorySettings.ACK.parse("sometimes")).isInstanceOf(IllegalArgumentException.class);
    }
}

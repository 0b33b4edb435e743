package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Stored;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.Version;
import ai.primespark.memory.WriteResult;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierTrait;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What was acknowledged reaches every tier, whatever happens to the process and the tiers meanwhile. */
class DurableMemoryTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    private final Lives lives = new Lives();

    @AfterEach
    void close() {
        lives.close();
    }

    private void breakAll() {
        lives.tiers.values().forEach(tier -> tier.fail(TierException.Kind.TRANSIENT));
    }

    @Test
    void whatWasAcknowledgedIsReadAfterACrashBeforeAnyTierHasIt() throws Exception {
        lives.disk().cold().prepare();
        breakAll();
        Memory memory = lives.memory();
        Stored stored = memory.put("a", "one");
        memory.put("b", "two");
        memory.delete("b");
        assertThat(stored.pending()).containsExactly("disk", "cold");
        lives.crash();
        breakAll();
        Memory again = lives.memory();
        assertThat(again.get("a", String.class))
                .isInstanceOfSatisfying(
                        Lookup.Found.class, found -> assertThat(found.version()).isEqualTo(stored.version()));
        assertThat(again.find("b", String.class)).isEmpty();
        assertThat(again.exists("a")).isTrue();
        assertThat(again.getAll(List.of("a", "b"), String.class).get("a").isFound())
                .isTrue();
        MemoryStats stats = again.stats();
        assertThat(stats.tiers().get(2).pending()).isEqualTo(2);
        assertThat(stats.tiers().get(2).pendingBytes()).isPositive();
        assertThat(stats.journal().entries()).isGreaterThanOrEqualTo(2);
        lives.context.clock().advance(Duration.ofMinutes(3));
        assertThat(again.stats().tiers().get(1).pendingOldestMillis()).isEqualTo(180_000);
        assertThat(again.stats().journal().oldestMillis()).isGreaterThanOrEqualTo(180_000);
        lives.tiers.values().forEach(tier -> tier.heal());
        await().until(() -> again.flush(LONG));
        assertThat(lives.stored("cold", "a").version()).isEqualTo(stored.version());
        assertThat(lives.stored("disk", "b").isTombstone()).isTrue();
        await().until(() -> again.stats().journal().entries() <= 1); // but the clock's mark
    }

    @Test
    void keysThatNoTierHasYetAreListed() throws Exception {
        lives.disk().cold().prepare();
        Memory memory = lives.memory();
        memory.put("in/all", "x", PutOptions.ack(Ack.ALL));
        memory.put("in/gone", "x", PutOptions.ack(Ack.ALL));
        breakAll();
        memory.put("in/a", "1");
        memory.put("in/b", "1");
        memory.put("out", "1");
        memory.delete("in/gone");
        lives.crash();
        lives.get("cold").fail(TierException.Kind.TRANSIENT);
        lives.get("disk").failNext(1, TierException.Kind.TRANSIENT); // the attempt to send all
        Memory again = lives.memory();
        List<String> keys = new ArrayList<>();
        String cursor = null;
        do {
            ScanPage page = again.scan("in/", cursor, 1);
            page.entries().forEach(entry -> keys.add(entry.key()));
            cursor = page.nextCursor().orElse(null);
        } while (cursor != null);
        assertThat(keys).containsExactlyInAnyOrder("in/all", "in/a", "in/b");
    }

    @Test
    void aDeletionThatAColdTierMissedHoldsWhenItComesBackAfterACrash() throws Exception {
        lives.disk().cold().prepare();
        Memory memory = lives.memory();
        memory.put("key", "old", PutOptions.ack(Ack.ALL));
        lives.get("cold").fail(TierException.Kind.TRANSIENT);
        memory.delete("key");
        lives.crash();
        lives.get("cold").fail(TierException.Kind.TRANSIENT);
        lives.memory();
        lives.crash();
        Memory again = lives.memory();
        assertThat(again.find("key", String.class)).isEmpty();
        await().until(() -> again.flush(LONG));
        assertThat(lives.stored("cold", "key").isTombstone()).isTrue();
        lives.storage("disk").clear();
        assertThat(again.find("key", String.class)).isEmpty();
    }

    @Test
    void writesOfOneKeyAreMergedWhileATierIsAway() throws Exception {
        lives.disk().cold().prepare();
        lives.get("cold").fail(TierException.Kind.TRANSIENT);
        Memory memory = lives.memory();
        Stored last = null;
        for (int i = 0; i < 500; i++) {
            last = memory.put("key", "value " + i);
        }
        assertThat(memory.stats().tiers().get(2).pending()).isEqualTo(1);
        assertThat(memory.stats().journal().entries()).isLessThanOrEqualTo(2);
        lives.crash();
        long before = lives.get("cold").operations();
        Memory again = lives.memory();
        assertThat(again.flush(LONG)).isTrue();
        assertThat(lives.stored("cold", "key").version()).isEqualTo(last.version());
        assertThat(lives.get("cold").operations() - before).isLessThan(10);
    }

    @Test
    void aFullJournalMakesWritesWaitThenFailAndDropsNothing() throws Exception {
        lives.set("journal.max-bytes", "1 MiB")
                .set("timeout", "300 ms")
                .disk()
                .cold()
                .prepare();
        lives.get("cold").fail(TierException.Kind.TRANSIENT);
        Memory memory = lives.memory();
        List<String> stored = new ArrayList<>();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 2_000; i++) {
                        memory.put("k" + i, "x".repeat(5_000));
                        stored.add("k" + i);
                    }
                })
                .isInstanceOfSatisfying(
                        MemoryException.class, e -> assertThat(e.retryable()).isTrue())
                .hasMessageContaining("full")
                .hasMessageContaining("journal.max-bytes");
        assertThat(stored).hasSizeBetween(150, 210);
        assertThat(memory.find("k0", String.class)).isPresent();
        Stored direct = memory.put("direct", "x".repeat(6_000), PutOptions.ack(Ack.tier(2)));
        assertThat(direct.pending()).containsExactly("cold");
        assertThat(direct.trouble()).contains("full");
        WriteResult replaced =
                memory.replace("direct", direct.version(), "y".repeat(6_000), PutOptions.ack(Ack.tier(2)));
        assertThat(replaced)
                .isInstanceOfSatisfying(
                        Stored.class, it -> assertThat(it.trouble()).contains("full"));
        Version decided = ((Stored) replaced).version();
        assertThatThrownBy(() -> memory.replace("direct", decided, "z".repeat(6_000), PutOptions.DEFAULT))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("full");
        assertThat(lives.stored("disk", "direct").version())
                .as("refused before it was decided")
                .isEqualTo(decided);
        lives.get("cold").heal();
        await().until(() -> memory.flush(LONG));
        assertThat(stored)
                .allSatisfy(key -> assertThat(lives.stored("cold", key)).isNotNull());
        assertThat(lives.stored("cold", "direct")).isNotNull();
        assertThat(memory.put("again", "x".repeat(5_000)).trouble()).isEmpty();
    }

    @Test
    void valuesThatDoNotFitInMemoryWaitInTheJournalOnly() throws Exception {
        lives.set("journal.heap-bytes", "20 KiB").disk().cold().prepare();
        breakAll();
        Memory memory = lives.memory();
        for (int i = 0; i < 50; i++) {
            memory.put("k" + i, i + "y".repeat(3_000));
        }
        for (int life = 0; life < 2; life++) {
            for (int i = 0; i < 50; i++) {
                lives.near.drop(TierKey.of("default", "k" + i));
                assertThat(lives.memory().find("k" + i, String.class)).contains(i + "y".repeat(3_000));
            }
            lives.crash();
            breakAll();
        }
        Memory again = lives.memory();
        lives.tiers.values().forEach(tier -> tier.heal());
        await().until(() -> again.flush(LONG));
        for (int i = 0; i < 50; i++) {
            assertThat(new String(lives.stored("cold", "k" + i).body(), java.nio.charset.StandardCharsets.UTF_8))
                    .contains(i + "y".repeat(3_000));
        }
    }

    @Test
    void aCacheThatIsAwayForTooLongIsSweptBeforeItIsBelieved() throws Exception {
        lives.tier("cache", Zone.EDGE, TierTrait.SHARED, TierTrait.MAY_EVICT)
                .disk()
                .prepare();
        Memory memory = lives.memory();
        memory.put("key", "old", PutOptions.ack(Ack.ALL));
        memory.put("same", "same", PutOptions.ack(Ack.ALL));
        lives.get("cache").fail(TierException.Kind.TRANSIENT);
        Stored renewed = memory.put("key", "new");
        memory.delete("same");
        lives.context.clock().advance(Duration.ofHours(2));
        await().until(() -> memory.stats().tiers().get(1).pending() == 0);
        lives.crash();
        lives.get("cache").hang();
        Memory again = lives.memory();
        lives.get("cache").heal(); // as old as before
        for (int i = 0; i < 20; i++) {
            lives.near.drop(TierKey.of("default", "key"));
            lives.near.drop(TierKey.of("default", "same"));
            assertThat(again.find("key", String.class)).contains("new");
            assertThat(again.get("same", String.class)).isNotInstanceOf(Lookup.Found.class);
        }
        await().until(() -> lives.stored("cache", "same") == null);
        await().until(() -> {
            lives.near.drop(TierKey.of("default", "key"));
            return again.get("key", String.class) instanceof Lookup.Found<String> found
                    && found.version().equals(renewed.version())
                    && found.tier().equals("cache");
        });
        await().until(() -> again.stats().journal().entries() <= 1); // but the clock's mark
    }

    @Test
    void hintsThatAreYoungAreBroughtToACacheThatWasAway() throws Exception {
        lives.tier("cache", Zone.EDGE, TierTrait.SHARED, TierTrait.MAY_EVICT)
                .disk()
                .prepare();
        lives.get("cache").fail(TierException.Kind.TRANSIENT);
        Stored stored = lives.memory().put("key", "value");
        lives.context.clock().advance(Duration.ofMinutes(30));
        lives.crash();
        assertThat(lives.memory().flush(LONG)).isTrue();
        assertThat(lives.stored("cache", "key").version()).isEqualTo(stored.version());
    }

    @Test
    void aClockThatJumpsBackNeverMakesNewWritesOlder() throws Exception {
        lives.disk().prepare();
        Stored first = lives.memory().put("key", "first");
        assertThat(lives.memory().flush(LONG)).isTrue();
        await().until(() -> lives.memory().stats().journal().entries() <= 1);
        for (Instant wall :
                List.of(lives.context.clock().instant().minus(Duration.ofHours(1)), Instant.EPOCH.plusSeconds(60))) {
            lives.crash();
            lives.context.clock().set(wall);
            Stored next = lives.memory().put("key", "later " + wall);
            assertThat(next.version().isNewerThan(first.version())).isTrue();
            assertThat(lives.memory().flush(LONG)).isTrue();
            assertThat(lives.stored("disk", "key").version()).isEqualTo(next.version());
            assertThat(lives.memory().find("key", String.class)).contains("later " + wall);
            first = next;
        }
    }

    @Test
    void aTierThatIsNotConfiguredAnyMoreIsDroppedAndTheOthersGetTheirs() throws Exception {
        lives.disk().cold().tier("nas", Zone.EDGE, TierTrait.PERSISTENT).prepare();
        breakAll();
        lives.memory().put("key", "value");
        lives.crash();
        lives.without("nas").prepare();
        lives.tiers.remove("nas");
        assertThat(lives.memory().flush(LONG)).isTrue();
        assertThat(lives.stored("cold", "key")).isNotNull();
        await().until(() -> lives.memory().stats().journal().entries() <= 1);
    }

    @Test
    void whatNobodyRemembersTheNamespaceOfStaysWithinTheEdge() throws Exception {
        lives.disk().cold().prepare();
        breakAll();
        lives.memory().namespace("diary", NamespaceOptions.DEFAULT).put("key", "value");
        lives.crash();
        Files.delete(lives.directory().resolve("namespaces.json"));
        MemoryEngine again = lives.engine();
        await().until(() -> lives.stored("disk", "diary", "key") != null);
        assertThat(again.memory().flush(LONG)).isTrue();
        assertThat(lives.stored("cold", "diary", "key")).isNull();
    }

    @Test
    void aWriteInMemoryNeverCostsAnOlderOneThatIsSafe() throws Exception {
        lives.disk().prepare();
        breakAll();
        Memory memory = lives.memory();
        memory.put("key", "safe");
        memory.put("key", "quick", PutOptions.ack(Ack.MEMORY));
        assertThat(memory.find("key", String.class)).contains("quick");
        lives.crash();
        assertThat(lives.memory().find("key", String.class)).contains("safe");
    }

    @Test
    void closingLeavesTheRestInTheJournalForTheNextStart() throws Exception {
        lives.disk().cold().prepare();
        lives.get("cold").fail(TierException.Kind.TRANSIENT);
        Stored stored = lives.memory().put("key", "value");
        lives.end();
        assertThat(lives.stored("cold", "key")).isNull();
        assertThat(lives.memory().flush(LONG)).isTrue();
        assertThat(lives.stored("cold", "key").version()).isEqualTo(stored.version());
    }

    @Test
    void onBatteryOnlyUrgentNamespacesLeaveTheMachine() {
        lives.disk().cold().prepare();
        MemoryEngine engine = lives.engine();
        Memory urgent = engine.memory().namespace("alarm", NamespaceOptions.DEFAULT.withUrgent(true));
        engine.drainMode(DrainMode.PAUSED);
        engine.memory().put("key", "value");
        urgent.put("key", "value");
        await().until(() -> lives.stored("cold", "alarm", "key") != null);
        await().until(() -> lives.stored("disk", "key") != null);
        assertThat(lives.stored("cold", "key")).isNull();
        assertThat(engine.memory().stats().tiers().get(2).pending()).isEqualTo(1);
        engine.memory().put("sync", "value", PutOptions.ack(Ack.ALL));
        assertThat(lives.stored("cold", "sync")).isNotNull();
        engine.drainMode(DrainMode.NORMAL);
        await().until(() -> lives.stored("cold", "key") != null);
        engine.drainMode(DrainMode.BATCHED);
        engine.memory().put("later", "value");
        await().until(() -> lives.stored("disk", "later") != null);
        assertThat(lives.stored("cold", "later")).isNull();
        assertThat(engine.memory().flush(LONG)).as("whoever asks gets it").isTrue();
        assertThat(lives.stored("cold", "later")).isNotNull();
        for (int i = 0; i < 1_100; i++) {
            engine.memory().put("many" + i, "value");
        }
        await().until(() -> lives.stored("cold", "many0") != null);
    }

    @Test
    void othersLearnCheaplyWhetherAKeyIsOnItsWay() {
        lives.disk().cold().prepare();
        lives.get("cold").fail(TierException.Kind.TRANSIENT);
        MemoryEngine engine = lives.engine();
        engine.memory().put("key", "value");
        TierLink cold = engine.links().get(2);
        assertThat(engine.isPending(cold, TierKey.of("default", "key"))).isTrue();
        assertThat(engine.isPending(cold, TierKey.of("default", "other"))).isFalse();
        lives.get("cold").heal();
        await().until(() -> !engine.isPending(cold, TierKey.of("default", "key")));
    }

    @Test
    void aTierThatHangsTakesNoMoreThanItsShareOfOperations() throws Exception {
        lives.set("tier-max-in-flight", 3)
                .set("batch-reads", false)
                .set("tier-timeout", "10 s")
                .set("timeout", "20 s");
        lives.disk().cold().prepare();
        Memory memory = lives.memory();
        memory.put("here", "value", PutOptions.ack(Ack.ALL));
        lives.near.drop(TierKey.of("default", "here"));
        lives.get("cold").hang();
        List<CompletableFuture<Lookup<String>>> hanging = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String key = "absent" + i;
            hanging.add(CompletableFuture.supplyAsync(() -> memory.get(key, String.class), lives.context.blocking()));
        }
        await().until(() -> lives.get("cold").hanging() == 3);
        Lookup<String> refused = memory.get("another", String.class);
        assertThat(refused)
                .isInstanceOfSatisfying(
                        Lookup.Unknown.class,
                        unknown ->
                                assertThat(unknown.tiersNotAsked().toString()).contains("tier-max-in-flight"));
        assertThat(memory.find("here", String.class)).isEqualTo(Optional.of("value"));
        lives.get("cold").heal();
        for (CompletableFuture<Lookup<String>> each : hanging) {
            assertThat(each.get()).isInstanceOf(Lookup.Absent.class);
        }
        assertThat(memory.get("another", String.class)).isInstanceOf(Lookup.Absent.class);
    }

    @Test
    void twoEnginesCannotShareAJournal() {
        lives.disk().prepare();
        lives.engine();
        EngineFixture other = new EngineFixture();
        other.disk("disk");
        assertThatThrownBy(() -> other.engine("node-b", lives.directory()))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("in use");
    }

    @Test
    void conditionalWritesSeeWhatTheArbiterHasStillToGet() throws Exception {
        lives.disk().cold().prepare();
        lives.get("disk").fail(TierException.Kind.TRANSIENT);
        Stored stored = lives.memory().put("key", "value");
        lives.crash();
        lives.get("disk").fail(TierException.Kind.TRANSIENT);
        assertThatThrownBy(() -> lives.memory().putIfAbsent("key", "other", PutOptions.DEFAULT))
                .isInstanceOf(TierUnavailableException.class);
        lives.get("disk").heal();
        await().until(() -> lives.memory().stats().tiers().get(1).state() == MemoryStats.TierState.UP);
        assertThat(lives.memory()
                        .putIfAbsent("key", "other", PutOptions.DEFAULT)
                        .isStored())
                .isFalse();
        assertThat(lives.memory()
                        .replace("key", stored.version(), "third", PutOptions.DEFAULT)
                        .isStored())
                .isTrue();
        assertThat(lives.memory().flush(LONG)).isTrue();
        assertThat(lives.stored("cold", "key").version())
                .isEqualTo(lives.stored("disk", "key").version());
    }
}

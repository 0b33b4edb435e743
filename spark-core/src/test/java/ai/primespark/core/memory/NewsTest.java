package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.Version;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.FlakyTier;
import ai.primespark.testkit.InMemoryTier;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the near tier keeps, and for how long, where another tier tells of others' changes. */
class NewsTest {

    private static final Duration LIFE = Duration.ofMinutes(5);
    private static final TierKey KEY = TierKey.of("default", "key");

    private final TwoNodes nodes = new TwoNodes();

    @AfterEach
    void close() throws Exception {
        nodes.close();
    }

    private static String tier(Memory memory) {
        assertThat(memory.get("key", String.class)).isInstanceOf(Lookup.Found.class);
        return ((Lookup.Found<String>) memory.get("key", String.class)).tier();
    }

    private void advance(Duration duration) {
        nodes.fixture.context.clock().advance(duration);
    }

    private NearEntry near() {
        return nodes.nearB.peek("default", "key");
    }

    private boolean isChecked(NearEntry entry) {
        return entry.checkAtMillis() <= nodes.fixture.context.clock().millis();
    }

    private void isHeard() {
        await().until(nodes::isQuiet);
    }

    @Test
    void whatWasReadIsKeptUntilItIsChangedElsewhere() {
        Memory a = nodes.a();
        Memory b = nodes.b();
        a.put("key", "one");
        assertThat(b.find("key", String.class)).contains("one");
        advance(Reader.NEAR_LIFE.multipliedBy(2));
        assertThat(tier(b)).isEqualTo("near");
        a.put("key", "two");
        isHeard();
        assertThat(near()).isNull();
        assertThat(b.find("key", String.class)).contains("two");
        a.delete("key");
        isHeard();
        assertThat(b.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
    }

    @Test
    void evenWithNewsItIsComparedAfterNearLife() {
        Memory a = nodes.a();
        Memory b = nodes.b();
        a.put("key", "one");
        assertThat(b.find("key", String.class)).contains("one");
        advance(LIFE.minusMillis(1));
        assertThat(isChecked(near())).isFalse();
        advance(Duration.ofMillis(1));
        assertThat(isChecked(near())).isTrue();
    }

    @Test
    void whatThisProcessWritesIsReadOnceBeforeItIsKept() {
        Memory a = nodes.a();
        Memory b = nodes.b();
        b.put("key", "mine");
        assertThat(isChecked(near())).isTrue();
        a.put("key", "theirs"); // nobody told: the server does not know that b is interested
        assertThat(b.find("key", String.class)).contains("theirs");
        assertThat(isChecked(near())).isFalse();
    }

    @Test
    void aLostConnectionMakesEverythingBeCompared() {
        Memory a = nodes.a();
        Memory b = nodes.b();
        Version one = a.put("key", "one").version();
        assertThat(b.find("key", String.class)).contains("one");
        nodes.lineB.disconnect();
        a.put("key", "two");
        isHeard();
        Lookup.Found<String> doubtful = (Lookup.Found<String>) b.get("key", String.class);
        assertThat(doubtful.version()).isEqualTo(one);
        assertThat(doubtful.freshness()).as("nobody can tell").isEqualTo(Lookup.Freshness.POSSIBLY_STALE);
        nodes.lineB.reconnect();
        isHeard();
        assertThat(b.find("key", String.class)).contains("two");
        assertThat(((Lookup.Found<String>) b.get("key", String.class)).freshness())
                .isEqualTo(Lookup.Freshness.CONFIRMED);
    }

    @Test
    void whatWasTakenOverDuringAGapIsComparedWhenItEnds() {
        FlakyTier cold = new FlakyTier(new InMemoryTier(
                new InMemoryTier.Storage(), nodes.fixture.context.clock(), java.util.List.of(TierTrait.PERSISTENT)));
        nodes.behind("cold", Zone.CLOUD, cold);
        Memory a = nodes.a();
        Memory b = nodes.b();
        Memory caches = b.namespace("other");
        a.namespace("other").put("key", "one", PutOptions.ack(Ack.ALL));
        assertThat(caches.find("key", String.class)).contains("one");
        nodes.lineB.disconnect();
        isHeard();
        assertThat(caches.get("key", String.class).isFound()).isTrue();
        a.namespace("other").put("key", "two", PutOptions.ack(Ack.ALL));
        nodes.lineB.reconnect();
        isHeard();
        assertThat(caches.find("key", String.class)).contains("two");
    }

    @Test
    void namespacesThatDoNotReachTheTierAreLeftAlone() {
        FlakyTier disk = new FlakyTier(new InMemoryTier(TierTrait.PERSISTENT, TierTrait.LOCAL, TierTrait.ATOMIC_CAS));
        EngineFixture fixture = nodes.fixture;
        CaffeineTier near = new CaffeineTier("near", fixture.context.clock(), 1 << 20);
        MemoryEngine engine = fixture.engine(
                "node-c",
                java.util.List.of(
                        new ConfiguredTier("near", "caffeine", Zone.EDGE, near),
                        new ConfiguredTier("disk", "test", Zone.EDGE, disk),
                        new ConfiguredTier("server", "tracking", Zone.CLOUD, nodes.lineA)));
        Memory edge = engine.memory().namespace("edge", NamespaceOptions.DEFAULT.withReach(Zone.EDGE));
        edge.put("key", "here");
        engine.memory().put("key", "everywhere");
        assertThat(engine.memory().find("key", String.class)).contains("everywhere");
        nodes.lineA.disconnect();
        isHeard();
        assertThat(isChecked(near.peek("default", "key"))).isTrue();
        assertThat(isChecked(near.peek("edge", "key"))).isFalse();
    }

    @Test
    void everythingForgottenByTheServerIsCompared() {
        Memory a = nodes.a();
        Memory b = nodes.b();
        a.put("key", "one");
        assertThat(b.find("key", String.class)).contains("one");
        nodes.server.clear();
        isHeard();
        assertThat(b.get("key", String.class)).isInstanceOf(Lookup.Absent.class);
    }

    @Test
    void aTierThatDoesNotAnswerIsNotTrustedToTell() {
        FlakyTier flaky = new FlakyTier(nodes.lineB);
        MemoryEngine engine = nodes.fixture.engine(
                "node-b",
                java.util.List.of(
                        new ConfiguredTier("near", "caffeine", Zone.EDGE, nodes.nearB),
                        new ConfiguredTier("server", "tracking", Zone.EDGE, flaky)));
        Memory b = engine.memory();
        nodes.a().put("key", "one");
        assertThat(b.find("key", String.class)).contains("one");
        flaky.fail(TierException.Kind.TRANSIENT);
        for (int i = 0; i < 5; i++) {
            assertThat(b.get("other" + i, String.class)).isInstanceOf(Lookup.Unknown.class);
        }
        assertThat(isChecked(near())).as("for a moment it is still good").isFalse();
        advance(Reader.NEAR_LIFE);
        assertThat(isChecked(near())).isTrue();
    }

    @Test
    void aKeyThatWasFoundElsewhereIsFollowedOnceTheServerHasItAgain() {
        InMemoryTier cold = new InMemoryTier(
                new InMemoryTier.Storage(), nodes.fixture.context.clock(), java.util.List.of(TierTrait.PERSISTENT));
        nodes.behind("cold", Zone.CLOUD, cold);
        Memory a = nodes.a();
        Memory b = nodes.b();
        Version version = a.put("key", "one", PutOptions.ack(Ack.ALL)).version();
        assertThat(nodes.lineA.purge(KEY, version, Deadline.in(Duration.ofSeconds(5))))
                .succeedsWithin(Duration.ofSeconds(5));
        assertThat(b.find("key", String.class)).contains("one");
        await().until(() -> nodes.server.storage().records().size() == 1); // b has copied it there: the server forgot b
        await().until(() -> isChecked(near()));
        a.put("key", "two");
        isHeard();
        assertThat(b.find("key", String.class)).contains("two");
    }

    @Test
    void whoReadsWhileNewsArrivesDoesNotKeepWhatWasFound() throws Exception {
        FlakyTier slow = new FlakyTier(nodes.lineB);
        nodes.set("tier-timeout", "20 s").set("timeout", "20 s").set("patience", "10 s");
        MemoryEngine engine = nodes.fixture.engine(
                "node-b",
                java.util.List.of(
                        new ConfiguredTier("near", "caffeine", Zone.EDGE, nodes.nearB),
                        new ConfiguredTier("server", "tracking", Zone.EDGE, slow)));
        Memory a = nodes.a();
        a.put("key", "one");
        assertThat(engine.memory().find("key", String.class)).contains("one");
        nodes.nearB.drop(KEY);
        slow.hang();
        var reader = java.util.concurrent.CompletableFuture.supplyAsync(
                () -> engine.memory().get("key", String.class), nodes.fixture.context.blocking());
        await().until(() -> slow.hanging() == 1);
        a.put("key", "two");
        isHeard();
        slow.heal();
        assertThat(reader.get().isFound()).isTrue();
        assertThat(near()).as("news came while it was read").isNull();
    }
}

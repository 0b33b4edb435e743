package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Memory;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Stored;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.DelegatingTier;
import ai.primespark.testkit.FlakyTier;
import ai.primespark.testkit.InMemoryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryScanTest {

    private final EngineFixture fixture = new EngineFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private static List<ScanPage.Entry> all(Memory memory, String prefix, int limit) {
        List<ScanPage.Entry> entries = new ArrayList<>();
        String cursor = null;
        do {
            ScanPage page = memory.scan(prefix, cursor, limit);
            assertThat(page.entries()).hasSizeLessThanOrEqualTo(limit);
            entries.addAll(page.entries());
            cursor = page.next();
        } while (cursor != null);
        return entries;
    }

    private static List<String> keys(List<ScanPage.Entry> entries) {
        return entries.stream().map(ScanPage.Entry::key).toList();
    }

    @Test
    void everyKeyComesOnceWithTheTiersThatHaveIt() {
        fixture.near();
        fixture.directory();
        fixture.cloud("cold");
        Memory memory = fixture.memory();
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            memory.put("a/" + i, "value");
            memory.put("b/" + i, "value");
            wanted.add("a/" + i);
        }
        memory.namespace("other").put("a/other", "value");
        memory.delete("a/5");
        wanted.remove("a/5");
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        List<ScanPage.Entry> entries = all(memory, "a/", 7);
        assertThat(keys(entries)).containsExactlyInAnyOrderElementsOf(wanted);
        assertThat(entries).allSatisfy(entry -> {
            assertThat(entry.tiers()).containsExactly("near", "disk", "cold");
            assertThat(entry.bytes()).isEqualTo(5);
        });
        assertThat(all(memory, "", 1_000)).hasSize(239);
        assertThat(all(memory, "nothing", 10)).isEmpty();
    }

    @Test
    void keysOfOneTierOnlyAreListedAndNewerTombstonesHideOlderValues() {
        FlakyTier disk = fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        Stored onlyCold = memory.put("only-cold", "value", PutOptions.ack(Ack.ALL));
        memory.put("both", "value", PutOptions.ack(Ack.ALL));
        memory.put("deleted", "value", PutOptions.ack(Ack.ALL));
        disk.purge(TierKey.of("default", "only-cold"), onlyCold.version(), Deadline.in(Duration.ofSeconds(5)));
        cold.failNext(1, TierException.Kind.TRANSIENT);
        memory.delete("deleted");
        List<ScanPage.Entry> entries = all(memory, "", 1);
        assertThat(keys(entries)).containsExactlyInAnyOrder("only-cold", "both");
    }

    @Test
    void tiersThatCannotBeAskedAreNamed() {
        fixture.near();
        fixture.disk("disk");
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        memory.put("key", "value");
        assertThat(memory.flush(Duration.ofSeconds(20))).isTrue();
        cold.fail(TierException.Kind.TRANSIENT);
        ScanPage page = memory.scan("", null, 10);
        assertThat(keys(page.entries())).containsExactly("key");
        assertThat(page.missingTiers()).containsExactly("cold");
    }

    @Test
    void whatHasReachedNoColderTierYetIsListedToo() {
        fixture.near();
        FlakyTier disk = fixture.disk("disk");
        Memory memory = fixture.memory();
        disk.hang();
        memory.put("key", "value", PutOptions.ack(Ack.MEMORY));
        ScanPage page = memory.scan("", null, 10);
        assertThat(keys(page.entries())).containsExactly("key");
        assertThat(page.entries().get(0).tiers()).containsExactly("near");
        assertThat(page.missingTiers()).containsExactly("disk");
    }

    @Test
    void endedValuesAreNotListed() {
        fixture.near();
        fixture.disk("disk");
        Memory memory = fixture.memory();
        memory.put("short", "value", PutOptions.ttl(Duration.ofMinutes(1)));
        memory.put("long", "value");
        fixture.context.clock().advance(Duration.ofMinutes(2));
        assertThat(keys(all(memory, "", 10))).containsExactly("long");
    }

    @Test
    void strangeCursorsAndLimitsAreRefused() {
        fixture.disk("disk");
        Memory memory = fixture.memory();
        for (String cursor : List.of("", "x", "7:", ":", "-1:a")) {
            assertThatThrownBy(() -> memory.scan("", cursor, 10)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> memory.scan("", null, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> memory.scan("", null, 10_001)).isInstanceOf(IllegalArgumentException.class);
    }

    /** A read that has just been answered may still be copying what it found. */
    @Test
    void aCopyThatIsUnderWayWhenAListingBeginsHidesNoKey() {
        LaggingTier disk = fixture.add("disk", Zone.EDGE, new LaggingTier(Duration.ofMillis(20)));
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        lose(disk, memory.put("key", "value", PutOptions.ack(Ack.ALL)), "key");
        cold.slow(Duration.ofMillis(40)); // long enough for the copy to arrive between the two tiers' pages
        assertThat(memory.find("key", String.class)).contains("value");
        assertThat(keys(all(memory, "", 10))).containsExactly("key");
    }

    @Test
    void keysThatAreReadBetweenThePagesOfAListingAreInItOnce() {
        FlakyTier disk = fixture.disk("disk");
        fixture.cloud("cold");
        Memory memory = fixture.memory();
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Stored stored = memory.put("key-" + i, "value", PutOptions.ack(Ack.ALL));
            if (i % 4 != 0) {
                lose(disk, stored, "key-" + i);
            }
            wanted.add("key-" + i);
        }
        List<String> listed = new ArrayList<>();
        String cursor = null;
        do {
            ScanPage page = memory.scan("", cursor, 3);
            listed.addAll(keys(page.entries()));
            wanted.forEach(key -> assertThat(memory.find(key, String.class)).contains("value"));
            cursor = page.next();
        } while (cursor != null);
        assertThat(listed).containsExactlyInAnyOrderElementsOf(wanted);
    }

    private static void lose(MemoryTier tier, Stored stored, String key) {
        assertThat(tier.purge(TierKey.of("default", key), stored.version(), Deadline.in(Duration.ofSeconds(5))))
                .succeedsWithin(Duration.ofSeconds(5))
                .isEqualTo(true);
    }

    /** Takes its time to write, and none to read. */
    private static final class LaggingTier extends DelegatingTier {

        private final Duration lag;

        LaggingTier(Duration lag) {
            super(new InMemoryTier(TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS));
            this.lag = lag;
        }

        @Override
        public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
            return CompletableFuture.supplyAsync(
                            () -> true, CompletableFuture.delayedExecutor(lag.toNanos(), TimeUnit.NANOSECONDS))
                    .thenCompose(now -> super.apply(record, condition, deadline));
        }
    }
}

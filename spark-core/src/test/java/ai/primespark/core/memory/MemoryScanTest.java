package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.memory.Ack;
import ai.primespark.memory.Memory;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Stored;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.testkit.FlakyTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
}

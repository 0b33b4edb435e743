package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.memory.VerifyOptions;
import ai.primespark.memory.Version;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.FlakyTier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Copies that reads make: of damaged records, and of those that hotter tiers lack. */
class DamageRepairTest {

    private final EngineFixture fixture = new EngineFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private void damageTheOnlyFile() throws IOException {
        damageTheOnlyFile(-6); // in the body
    }

    private void damageTheOnlyFile(int at) throws IOException {
        Path data = fixture.context.directory().resolve("disk/data");
        try (Stream<Path> files = Files.walk(data)) {
            Path file = files.filter(Files::isRegularFile).findFirst().orElseThrow();
            byte[] bytes = Files.readAllBytes(file);
            bytes[at < 0 ? bytes.length + at : at] ^= 1;
            Files.write(file, bytes);
        }
    }

    @Test
    void aDamagedRecordIsReplacedFromAnotherTierAtTheFirstReadAndReported() throws Exception {
        fixture.directory();
        fixture.cloud("cold");
        Memory memory = fixture.memory();
        Version version = memory.put("key", "value", PutOptions.ack(Ack.ALL)).version();
        damageTheOnlyFile();
        Lookup.Found<String> first = (Lookup.Found<String>) memory.get("key", String.class);
        assertThat(first.tier()).isEqualTo("cold");
        await().until(() -> memory.get("key", String.class) instanceof Lookup.Found<String> found
                && found.tier().equals("disk"));
        Lookup.Found<String> mended = (Lookup.Found<String>) memory.get("key", String.class);
        assertThat(mended.version()).isEqualTo(version);
        assertThat(mended.freshness()).isEqualTo(Lookup.Freshness.CONFIRMED);
        assertThat(fixture.events)
                .filteredOn(SparkEvent.DamageRepaired.class::isInstance)
                .singleElement()
                .isInstanceOfSatisfying(SparkEvent.DamageRepaired.class, event -> {
                    assertThat(event.tier()).isEqualTo("disk");
                    assertThat(event.namespace()).isEqualTo("default");
                });
    }

    @Test
    void aVersionThatAFlippedBitHasRaisedRefusesNoWriteAndIsMended() throws Exception {
        fixture.directory();
        fixture.cloud("cold");
        Memory memory = fixture.memory();
        memory.put("key", "value", PutOptions.ack(Ack.ALL));
        damageTheOnlyFile(5); // years later
        assertThat(memory.get("key", String.class).isFound()).isTrue();
        await().until(() -> fixture.events.stream().anyMatch(SparkEvent.DamageRepaired.class::isInstance));
        damageTheOnlyFile(5);
        Version newer = memory.put("key", "newer", PutOptions.ack(Ack.ALL)).version();
        Lookup.Found<String> found = (Lookup.Found<String>) memory.get("key", String.class);
        assertThat(found.version()).isEqualTo(newer);
        assertThat(found.tier()).isEqualTo("disk");
    }

    @Test
    void verificationReportsAndMendsARecordThatNoListingShowsBecauseItsHeaderIsDamaged() throws Exception {
        fixture.directory();
        fixture.cloud("cold");
        Memory memory = fixture.memory();
        memory.put("key", "value", PutOptions.ack(Ack.ALL));
        damageTheOnlyFile(5);
        UpkeepReport report = memory.admin()
                .verify(VerifyOptions.DEFAULT, progress -> {})
                .await(Duration.ofSeconds(30))
                .orElseThrow();
        assertThat(report.damages()).singleElement().satisfies(damage -> {
            assertThat(damage.tier()).isEqualTo("disk");
            assertThat(damage.mended()).isTrue();
        });
        assertThat(memory.get("key", String.class))
                .isInstanceOfSatisfying(
                        Lookup.Found.class, found -> assertThat(found.tier()).isEqualTo("disk"));
    }

    @Test
    void nothingIsReplacedWhileATierThatMayHaveANewerOneIsAway() throws Exception {
        fixture.directory();
        FlakyTier warm = fixture.cloud("warm");
        fixture.cloud("cold");
        Memory memory = fixture.memory();
        memory.put("key", "value", PutOptions.ack(Ack.ALL));
        damageTheOnlyFile();
        warm.fail(TierException.Kind.TRANSIENT);
        assertThat(memory.get("key", String.class).isFound()).isTrue();
        long before = warm.operations();
        assertThat(memory.get("key", String.class).isFound()).isTrue();
        await().until(() -> warm.operations() > before);
        assertThat(((Lookup.Found<String>) memory.get("key", String.class)).tier())
                .isEqualTo("cold");
        assertThat(fixture.events).noneMatch(SparkEvent.DamageRepaired.class::isInstance);
    }

    @Test
    void manyKeysAreBroughtToTheNearTierInFewRoundTrips() {
        CaffeineTier near = fixture.near();
        FlakyTier disk = fixture.disk("disk");
        Memory memory = fixture.memory();
        List<String> keys = new java.util.ArrayList<>();
        for (int i = 0; i < 150; i++) {
            memory.put("k" + i, "v" + i);
            near.drop(TierKey.of("default", "k" + i));
            keys.add("k" + i);
        }
        keys.add("k0");
        keys.add("nothing");
        long before = disk.operations();
        assertThat(memory.prefetchAll(keys)).isEqualTo(150);
        // two batches; the engine's own looks at the tier may fall into the same moment
        assertThat(disk.operations() - before).isBetween(2L, 6L);
        assertThat(((Lookup.Found<String>) memory.get("k149", String.class)).tier())
                .isEqualTo("near");
    }

    @Test
    void whatIsOlderThanWhatWasSeenHereIsNotShown() {
        CaffeineTier near = fixture.near();
        FlakyTier shared = fixture.tier(
                "nas", Zone.EDGE, TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.LOCAL, TierTrait.ATOMIC_CAS);
        FlakyTier cold = fixture.cloud("cold");
        Memory memory = fixture.memory();
        memory.put("key", "old", PutOptions.ack(Ack.ALL));
        cold.fail(TierException.Kind.TRANSIENT);
        memory.delete("key"); // cold has still to hear of it
        Version all = new Version(Long.MAX_VALUE, "z");
        assertThat(shared.purge(TierKey.of("default", "key"), all, Deadline.in(Duration.ofSeconds(5))))
                .succeedsWithin(Duration.ofSeconds(5)); // and the one that knew has lost it
        fixture.context.clock().advance(Reader.NEAR_LIFE);
        cold.heal();
        assertThat(memory.find("key", String.class)).isEmpty();
        assertThat(near.peek("default", "key").record().isTombstone()).isTrue();
    }
}

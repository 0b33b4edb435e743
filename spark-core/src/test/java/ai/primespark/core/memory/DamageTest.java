package ai.primespark.core.memory;

import static ai.primespark.core.memory.UpkeepFixture.key;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.memory.Memory;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.memory.UpkeepReport.Damage;
import ai.primespark.memory.VerifyOptions;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Records whose checksum does not match. */
class DamageTest {

    private final UpkeepFixture fixture = new UpkeepFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private static TierRecord record(String key, long millis) {
        return TierRecord.value(key(key), Version.of(millis, 0, "node-b"), TierRecord.NEVER, "text", new byte[] {'v'});
    }

    private DirectoryTier directory() {
        DirectoryTier tier = new DirectoryTier(
                "disk", fixture.context.directory().resolve("disk"), fixture.context.clock(), false, Long.MAX_VALUE);
        tier.start();
        fixture.add(new ConfiguredTier("disk", "directory", Zone.EDGE, tier));
        return tier;
    }

    private void flipABit(int file, int at) throws IOException {
        try (Stream<Path> files = Files.walk(fixture.context.directory().resolve("disk/data"))) {
            Path record = files.filter(path -> path.toString().endsWith(".rec"))
                    .sorted()
                    .skip(file)
                    .filter(path -> {
                        try {
                            return !new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1)
                                    .contains(TierTrust.NAMESPACE);
                        } catch (IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    })
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(record);
            bytes[at < 0 ? bytes.length + at : at] ^= 4;
            Files.write(record, bytes);
        }
    }

    @Test
    void aRecordOnDiskWithAFlippedBitIsFoundAndReplacedFromAnotherTier() throws Exception {
        directory();
        ShelfTier nas = fixture.nas();
        fixture.start();
        Memory memory = fixture.memory();
        for (int i = 0; i < 50; i++) {
            memory.put("key-" + i, "value-" + i);
        }
        fixture.flush();
        flipABit(3, -6); // in the body
        flipABit(20, 0); // in the header: not even listed any more

        UpkeepReport report = fixture.verify(VerifyOptions.DEFAULT);

        assertThat(report.damages()).hasSize(2).allMatch(Damage::mended);
        assertThat(report.differing()).isZero();
        nas.down = true; // every value now comes from the disk
        for (int i = 0; i < 50; i++) {
            assertThat(memory.get("key-" + i, String.class).toOptional()).contains("value-" + i);
        }
        nas.down = false;
    }

    @Test
    void damagedRecordsAreOnlyReportedWhenTheOptionsSaySo() {
        fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fixture.memory().put("k", "v");
        fixture.flush();
        nas.damage(key("k"));

        UpkeepReport report = fixture.verify(VerifyOptions.DEFAULT.withMendDamaged(false));

        assertThat(report.damages()).hasSize(1);
        assertThat(report.damages().get(0).mended()).isFalse();
        assertThat(report.damages().get(0).detail()).contains("another tier can replace it");
        assertThat(fixture.verify(VerifyOptions.DEFAULT).damages()).allMatch(Damage::mended);
        assertThat(fixture.verify(VerifyOptions.DEFAULT).damaged()).isZero();
    }

    @Test
    void aRecordThatIsDamagedInEveryTierIsReportedAsLost() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fixture.memory().put("k", "v");
        fixture.flush();
        nas.damage(key("k"));
        disk.damage(key("k"));

        UpkeepReport report = fixture.verify(VerifyOptions.DEFAULT);

        assertThat(report.damaged()).isEqualTo(2);
        assertThat(report.unmendable()).isEqualTo(2);
        assertThat(report.isClean()).isFalse();
        assertThat(report.damages()).extracting(Damage::tier).containsExactlyInAnyOrder("disk", "nas");
        assertThat(nas.held(key("k"))).as("left for people to look at").isNotNull();
    }

    @Test
    void theNearTierMayHaveTheOnlyWholeCopy() {
        fixture.near();
        ShelfTier disk = fixture.disk();
        fixture.start();
        fixture.memory().put("k", "v");
        fixture.flush();
        disk.damage(key("k"));

        UpkeepReport report = fixture.verify(VerifyOptions.DEFAULT);

        assertThat(report.damages()).hasSize(1).allMatch(Damage::mended);
        assertThat(fixture.verify(VerifyOptions.DEFAULT).damaged()).isZero();
    }

    @Test
    void anOlderCopyNeverReplacesADamagedNewerRecord() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fixture.memory();
        disk.hold(record("k", 9_000));
        nas.hold(record("k", 5_000));
        disk.damage(key("k"));

        UpkeepReport report = fixture.verify(VerifyOptions.DEFAULT);

        assertThat(report.unmendable()).isEqualTo(1);
        assertThat(report.damages().get(0).detail()).contains("older version only");
        assertThat(disk.held(key("k")).version()).isEqualTo(Version.of(9_000, 0, "node-b"));
        assertThat(nas.held(key("k")).version()).isEqualTo(Version.of(5_000, 0, "node-b"));
    }

    @Test
    void refillingSkipsWhatIsDamagedInTheSource() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        for (String name : List.of("a", "b", "c")) {
            fixture.memory().put(name, name);
        }
        fixture.flush();
        nas.restore(List.of());
        disk.damage(key("b"));

        UpkeepReport report = fixture.repair();

        assertThat(report.mended()).containsEntry("nas", 2L);
        assertThat(report.unmendable()).isEqualTo(1);
        assertThat(nas.content()).containsOnlyKeys("default/a", "default/c");
    }
}

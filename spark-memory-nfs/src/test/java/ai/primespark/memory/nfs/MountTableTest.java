package ai.primespark.memory.nfs;

import static ai.primespark.memory.nfs.NfsFixture.failure;
import static ai.primespark.memory.nfs.NfsFixture.key;
import static ai.primespark.memory.nfs.NfsFixture.put;
import static ai.primespark.memory.nfs.NfsFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.nfs.MountTable.Mount;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.TierException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is believed of the table of mounts. */
class MountTableTest {

    private NfsFixture fixture;
    private Path share;
    private Path table;

    @BeforeEach
    void directories() throws IOException {
        fixture = new NfsFixture();
        share = Files.createDirectories(fixture.directory().resolve("a share/prime"));
        table = fixture.directory().resolve("mountinfo");
        fixture.mountTable(table);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private void mounts(String... lines) throws IOException {
        Files.writeString(
                table, "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n" + String.join("\n", lines) + "\n");
    }

    private String line(Path point, String type, String options) {
        return "36 1 0:52 / " + point.toString().replace(" ", "\\040") + " rw,noatime master:1 - " + type
                + " nas:/export/pi " + options;
    }

    @Test
    void aDirectoryOnANetworkFileSystemNeedsNoMountOfItsOwn() throws IOException {
        for (String type : new String[] {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs"}) {
            mounts(line(Objects.requireNonNull(share.getParent()), type, "rw,vers=4.2,hard"));
            NfsTier tier = fixture.open(share, Map.of("init", "if-empty"));
            assertThat(put(tier, type, 1, "x")).isEqualTo(Applied.DONE);
            assertThat(BlockingMemoryTier.await(tier.probe(soon())).detail())
                    .startsWith(type + " from nas:/export/pi, ")
                    .contains("options rw,noatime,rw,vers=4.2,hard");
        }
    }

    @Test
    void aDirectoryOnTheParentsDiskIsRefusedAndStaysEmpty() throws IOException {
        mounts(line(Objects.requireNonNull(share.getParent()).resolveSibling("a"), "nfs4", "rw,hard"));
        NfsTier tier = fixture.open(share, Map.of("init", "if-empty"));
        var refused = failure(tier.get(key("k"), soon()));
        assertThat(refused.kind()).isEqualTo(Kind.PERMANENT);
        assertThat(refused).hasMessageContaining("mount it").hasMessageContaining("allow-same-device = true");
        try (var files = Files.list(share)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void softAndHardAreExplained() throws IOException {
        mounts(line(share, "nfs4", "rw,soft,timeo=600"));
        NfsTier soft = fixture.open(share, Map.of("init", "if-empty"));
        assertThat(BlockingMemoryTier.await(soft.probe(soon())).detail()).contains("corrupt", "hard,timeo=600");
        mounts(line(share, "nfs", "rw,hard"));
        NfsTier hard = fixture.open(share, Map.of("init", "if-empty"));
        assertThat(BlockingMemoryTier.await(hard.probe(soon())).detail()).contains("given up at their time limits");
    }

    @Test
    void theDeepestAndLatestMountCounts() throws IOException {
        mounts(line(share, "ext4", "rw"), line(share, "nfs4", "rw,hard"), "garbage", "1 2 3 - x");
        Mount mount = Objects.requireNonNull(MountTable.find(table, share.resolve("data")));
        assertThat(mount.type()).isEqualTo("nfs4");
        assertThat(mount.point()).isEqualTo(share);
        assertThat(Objects.requireNonNull(MountTable.find(table, Path.of("/elsewhere")))
                        .type())
                .isEqualTo("ext4");
        assertThat(MountTable.find(fixture.directory().resolve("none"), share)).isNull();
    }

    @Test
    void aMissingDirectoryIsNeverMade() throws IOException {
        mounts();
        Path missing = fixture.directory().resolve("not/there");
        NfsTier tier = fixture.open(missing, Map.of("init", "if-empty", "allow-same-device", true));
        var refused = failure(tier.get(key("k"), soon()));
        assertThat(refused.kind()).isEqualTo(Kind.PERMANENT);
        assertThat(refused).hasMessageContaining("does not exist");
        assertThat(missing).doesNotExist();
    }

    @Test
    void aDirectoryWithOtherThingsIsNotTaken() throws IOException {
        mounts();
        Files.writeString(share.resolve("holiday.jpg"), "x");
        NfsTier tier = fixture.openLocal(share);
        var refused = failure(tier.get(key("k"), soon()));
        assertThat(refused.kind()).isEqualTo(Kind.PERMANENT);
        assertThat(refused).hasMessageContaining("holiday.jpg").hasMessageContaining("a directory of its own");
        assertThat(share.resolve(Layout.MARKER)).doesNotExist();
    }
}

package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Compression;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.UnknownPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamespaceCatalogTest {

    @TempDir
    Path directory;

    @Test
    void remembersEveryOptionOverRestarts() {
        NamespaceOptions all = NamespaceOptions.DEFAULT
                .withCodec("cbor")
                .withReach(Zone.TRUSTED)
                .withAck(Ack.tier(2))
                .withTtl(Duration.ofHours(5))
                .withUnknown(UnknownPolicy.TREAT_AS_ABSENT)
                .withCompression(Compression.ZSTD)
                .withEncryptionFrom(Zone.TRUSTED)
                .withAbsentLife(Duration.ofSeconds(3))
                .withStaleLife(Duration.ofMinutes(4))
                .withUrgent(true);
        NamespaceCatalog first = open();
        first.remember("diary", all, Zone.TRUSTED);
        first.remember("default", NamespaceOptions.DEFAULT, Zone.CLOUD);
        first.remember("plain", NamespaceOptions.DEFAULT, null);

        NamespaceCatalog second = open();

        assertThat(second.options("diary")).contains(all);
        assertThat(second.all()).containsOnlyKeys("diary", "default", "plain");
        assertThat(second.options("default")).contains(NamespaceOptions.DEFAULT);
        assertThat(second.sealed("default")).contains(NamespaceOptions.DEFAULT.withEncryptionFrom(Zone.CLOUD));
        assertThat(second.sealed("plain")).contains(NamespaceOptions.DEFAULT);
        assertThat(second.options("other")).isEmpty();
    }

    @Test
    void refusesToStartWithAFileThatItCannotRead() throws Exception {
        Files.writeString(directory.resolve("namespaces.json"), "{\"format\":1,\"namespaces\":{\"di");

        assertThatThrownBy(this::open)
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("namespaces.json")
                .hasMessageContaining("restore it");
    }

    private NamespaceCatalog open() {
        return new NamespaceCatalog(directory.resolve("namespaces.json"));
    }
}

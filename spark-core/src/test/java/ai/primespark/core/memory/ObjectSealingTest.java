package ai.primespark.core.memory;

import static ai.primespark.core.memory.ObjectFixture.CHUNK;
import static ai.primespark.core.memory.ObjectFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.core.memory.objects.ChunkSealing;
import ai.primespark.core.memory.objects.ObjectTier;
import ai.primespark.core.memory.objects.ObjectsEngine;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.ObjectStore;
import ai.primespark.spi.Meters;
import ai.primespark.spi.TierException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Chunks that are sealed on their way: which tiers see what, and what happens when the key changes. */
@Timeout(120)
class ObjectSealingTest {

    private final ObjectFixture fixture = new ObjectFixture();
    private ObjectsEngine objects;

    @AfterEach
    void close() throws Exception {
        if (objects != null) {
            objects.close();
        }
        fixture.close();
    }

    /** Turns bits over and says with which key, so that what is sealed is told from what is plain. */
    private static final class Turning implements ChunkSealing {

        private volatile byte key = 1;

        @Override
        public Zone from(String namespace, NamespaceOptions options) {
            return Zone.CLOUD;
        }

        @Override
        public byte[] seal(String namespace, String plainSha256, byte[] plain, int length) {
            byte[] sealed = Arrays.copyOf(plain, length + 1);
            sealed[length] = key;
            for (int i = 0; i < length; i++) {
                sealed[i] ^= key;
            }
            return sealed;
        }

        @Override
        public byte[] open(String namespace, String plainSha256, byte[] sealed, int length) {
            byte[] plain = Arrays.copyOf(sealed, length - 1);
            byte with = sealed[length - 1];
            if (with < 1 || with > 2) {
                throw new TierException(TierException.Kind.CORRUPT, "no such key", null);
            }
            for (int i = 0; i < plain.length; i++) {
                plain[i] ^= with;
            }
            return plain;
        }

        @Override
        public int sealedLength(int plainLength) {
            return plainLength + 1;
        }
    }

    private ObjectStore store(Turning sealing) {
        fixture.start();
        objects = new ObjectsEngine(
                new ObjectsEngine.Config(
                        CHUNK, Duration.ofSeconds(5), Long.MAX_VALUE, 1 << 20, Ack.JOURNALED, fixture.path("sealed")),
                List.of(
                        new ObjectTier(2, "disk", Zone.EDGE, true, true, false, fixture.disk, () -> false),
                        new ObjectTier(4, "cloud", Zone.CLOUD, false, true, true, fixture.cloud, () -> false)),
                new ObjectsEngine.Namespaces() {
                    @Override
                    public Memory open(String name, NamespaceOptions options) {
                        return fixture.engine.namespace(name, options);
                    }

                    @Override
                    public Map<String, NamespaceOptions> known() {
                        return fixture.engine.catalog.all();
                    }
                },
                sealing,
                InstantSource.system(),
                fixture.context.blocking(),
                fixture.context.scheduler(),
                Meters.discarding());
        return objects.store("secret", NamespaceOptions.DEFAULT);
    }

    @Test
    void theCloudSeesSealedChunksOnlyAndTheyCanBeReadBack() throws Exception {
        ObjectStore store = store(new Turning());
        byte[] content = bytes(1, 2 * CHUNK + 10);
        store.upload("a", new ByteArrayInputStream(content), content.length, done -> {});
        assertThat(store.flush(Duration.ofSeconds(60))).isTrue();
        List<String> plain = ObjectFixture.chunks(fixture.path("disk"));
        List<String> sealed = ObjectFixture.chunks(fixture.path("cloud"));
        assertThat(sealed).hasSize(3).doesNotContainAnyElementsOf(plain);
        for (String address : plain) {
            Files.delete(fixture.chunk("disk", address));
        }
        try (InputStream in = store.read("a", 0, -1)) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
        assertThat(store.collectGarbage(Duration.ZERO).chunks())
                .as("sealed ones are needed")
                .isZero();
        store.pin("a", true);
        assertThat(ObjectFixture.chunks(fixture.path("disk"))).isEqualTo(plain);
    }

    @Test
    void chunksThatReachTheCloudUnderAnotherKeyAreFoundThere() throws Exception {
        Turning sealing = new Turning();
        ObjectStore store = store(sealing);
        objects.pauseDrain(true);
        byte[] content = bytes(2, 2 * CHUNK);
        store.upload("b", new ByteArrayInputStream(content), content.length, done -> {});
        sealing.key = 2;
        objects.pauseDrain(false);
        assertThat(store.flush(Duration.ofSeconds(60))).isTrue();
        for (String address : ObjectFixture.chunks(fixture.path("disk"))) {
            Files.delete(fixture.chunk("disk", address));
        }
        store.download("b", fixture.path("target"), done -> {});
        assertThat(Files.readAllBytes(fixture.path("target"))).isEqualTo(content);
    }

    @Test
    void aNamespaceThatIsToBeEncryptedIsRefusedWithoutKeys() {
        Memory memory = fixture.start();
        NamespaceOptions secret = NamespaceOptions.DEFAULT.withEncryptionFrom(Zone.CLOUD);
        assertThatThrownBy(() -> memory.namespace("hidden", secret))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there are no keys");
    }
}

package ai.primespark.memory.nfs;

import static ai.primespark.memory.nfs.NfsFixture.failure;
import static ai.primespark.memory.nfs.NfsFixture.key;
import static ai.primespark.memory.nfs.NfsFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.spi.BlobTier;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.TierException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Chunks and leases. */
class NfsBlobsTest {

    private NfsFixture fixture;
    private Path root;
    private NfsTier tier;
    private BlobTier blobs;

    @BeforeEach
    void open() throws IOException {
        fixture = new NfsFixture();
        root = Files.createDirectory(fixture.directory().resolve("nas"));
        tier = fixture.openLocal(root);
        blobs = tier.blobs().orElseThrow();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static byte[] content(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return content;
    }

    private static String sha(byte[] content) {
        return HexFormat.of().formatHex(Layout.sha256().digest(content));
    }

    private void write(byte[] content) {
        BlockingMemoryTier.await(blobs.write(sha(content), new ByteArrayInputStream(content), content.length, soon()));
    }

    private List<String> leftovers() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("tmp"))) {
            return files.map(Path::toString).toList();
        }
    }

    @Test
    void chunksOfEverySizeComeBackWholeAndInParts() throws IOException {
        for (int size : new int[] {0, 1, Blobs.PIECE - 1, Blobs.PIECE, Blobs.PIECE + 1, 3 * Blobs.PIECE + 77}) {
            byte[] content = content(size);
            assertThat(BlockingMemoryTier.await(blobs.has(sha(content), soon())))
                    .isFalse();
            write(content);
            write(content); // harmless
            assertThat(BlockingMemoryTier.await(blobs.has(sha(content), soon())))
                    .isTrue();
            try (InputStream in = BlockingMemoryTier.await(blobs.read(sha(content), 0, size, soon()))) {
                assertThat(in.readAllBytes()).isEqualTo(content);
            }
            int from = size / 3;
            int to = size - size / 5;
            try (InputStream in = BlockingMemoryTier.await(blobs.read(sha(content), from, to - from, soon()))) {
                assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(content, from, to));
            }
        }
        assertThat(leftovers()).isEmpty();
    }

    @Test
    void contentThatIsNotWhatItSaysIsRefusedAndLeavesNothing() throws IOException {
        byte[] content = content(600_000);
        String other = sha(content(1));
        assertThat(failure(blobs.write(other, new ByteArrayInputStream(content), content.length, soon()))
                        .kind())
                .isEqualTo(Kind.PERMANENT);
        failure(blobs.write(sha(content), new ByteArrayInputStream(content), content.length + 1, soon()));
        failure(blobs.write(sha(content), new ByteArrayInputStream(content), content.length - 1, soon()));
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream(new byte[400_000]), new CutInputStream());
        assertThat(failure(blobs.write(sha(content), broken, content.length, soon())))
                .hasMessageContaining("the line is cut");
        assertThat(BlockingMemoryTier.await(blobs.has(sha(content), soon()))).isFalse();
        assertThat(BlockingMemoryTier.await(blobs.has(other, soon()))).isFalse();
        await().until(() -> leftovers().isEmpty());
    }

    @Test
    void aTornChunkIsReplacedAndAMissingOneIsReported() throws IOException {
        byte[] content = content(300_000);
        write(content);
        Path file = new Layout(root).blob(sha(content));
        Files.write(file, Arrays.copyOf(content, 1_000));
        assertThat(failure(blobs.read(sha(content), 0, content.length, soon())).kind())
                .isEqualTo(Kind.CORRUPT);
        write(content);
        assertThat(file).hasBinaryContent(content);
        assertThat(failure(blobs.read(sha(content(5)), 0, 5, soon())).kind()).isEqualTo(Kind.CORRUPT);
        assertThat(failure(blobs.has("../../etc/passwd", soon())).kind()).isEqualTo(Kind.PERMANENT);
    }

    @Test
    void chunksAreListedInPagesAndRemoved() {
        List<String> stored = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            write(content(i));
            stored.add(sha(content(i)));
        }
        List<String> listed = new ArrayList<>();
        String cursor = null;
        int pages = 0;
        do {
            BlobTier.Page page = BlockingMemoryTier.await(blobs.list(cursor, 7, soon()));
            assertThat(page.chunks()).hasSizeLessThanOrEqualTo(7);
            page.chunks().forEach(chunk -> listed.add(chunk.sha256()));
            cursor = page.next();
            pages++;
        } while (cursor != null && pages < 100);
        assertThat(listed).containsExactlyInAnyOrderElementsOf(stored);
        long before = BlockingMemoryTier.await(tier.usage(soon())).bytes();
        BlockingMemoryTier.await(blobs.delete(stored.get(29), soon()));
        BlockingMemoryTier.await(blobs.delete(stored.get(29), soon()));
        assertThat(BlockingMemoryTier.await(blobs.has(stored.get(29), soon()))).isFalse();
        assertThat(BlockingMemoryTier.await(tier.usage(soon())).bytes()).isEqualTo(before - 30);
    }

    private static Optional<LeaseTier.Lease> acquire(NfsTier tier, Duration life) {
        return BlockingMemoryTier.await(tier.leases().orElseThrow().acquire(key("lease"), life, soon()));
    }

    @Test
    void aLeaseIsHeldByOneAndItsFenceGrows() {
        NfsTier other = fixture.openLocal(root);
        LeaseTier.Lease first = acquire(tier, Duration.ofHours(1)).orElseThrow();
        assertThat(acquire(other, Duration.ofHours(1))).isEmpty();
        BlockingMemoryTier.await(
                other.leases().orElseThrow().release(new LeaseTier.Lease(key("lease"), first.fence() - 1), soon()));
        assertThat(acquire(other, Duration.ofHours(1)))
                .as("somebody else's old fence releases nothing")
                .isEmpty();
        BlockingMemoryTier.await(tier.leases().orElseThrow().release(first, soon()));
        LeaseTier.Lease second = acquire(other, Duration.ofHours(1)).orElseThrow();
        assertThat(second.fence()).isGreaterThan(first.fence());
        BlockingMemoryTier.await(tier.leases().orElseThrow().release(first, soon()));
        assertThat(acquire(tier, Duration.ofHours(1)))
                .as("an old lease releases nothing")
                .isEmpty();
    }

    @Test
    void aLeaseEndsByTheFileServersClock() {
        LeaseTier.Lease first = acquire(tier, Duration.ofMillis(50)).orElseThrow();
        NfsTier other = fixture.openLocal(root);
        LeaseTier.Lease second = await().atMost(NfsFixture.PATIENCE)
                .until(() -> acquire(other, Duration.ofHours(1)), Optional::isPresent)
                .orElseThrow();
        assertThat(second.fence()).isGreaterThan(first.fence());
    }

    private static final class CutInputStream extends InputStream {

        @Override
        public int read() throws IOException {
            throw new IOException("the line is cut");
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            throw new IOException("the line is cut");
        }
    }
}

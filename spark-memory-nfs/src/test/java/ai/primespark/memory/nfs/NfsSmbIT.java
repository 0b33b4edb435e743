package ai.primespark.memory.nfs;

import static ai.primespark.memory.nfs.NfsFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.Applied;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.testkit.MemoryTierContract;
import ai.primespark.testkit.TestContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract on a real SMB share: no hard links, no replacing of open files. */
@NeedsSmbShare
class NfsSmbIT extends MemoryTierContract {

    private static final Map<Path, Path> ON_SHARE = new ConcurrentHashMap<>();
    private static TestContext context;
    private static SmbShare share;

    @BeforeAll
    static void start() throws IOException {
        context = TestContext.create();
        share = SmbShare.start(context.directory());
    }

    @AfterAll
    static void stop() throws IOException {
        share.close();
        context.close();
    }

    @Override
    protected MemoryTierProvider provider() {
        return new NfsTierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("path", ON_SHARE.computeIfAbsent(directory, d -> fresh()), "init", "if-empty");
    }

    private static Path fresh() {
        try {
            return Files.createDirectory(share.path().resolve(UUID.randomUUID().toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aShareIsRecognised() {
        try (NfsFixture fixture = new NfsFixture()) {
            NfsTier tier = fixture.open(fresh(), Map.of("init", "if-empty"));
            assertThat(NfsFixture.put(tier, "k", 1, "one")).isEqualTo(Applied.DONE);
            assertThat(BlockingMemoryTier.await(tier.probe(soon())).detail()).startsWith("fuse.smbnetfs from smbnetfs");
        }
    }

    @Test
    void chunksAreStoredWithoutHardLinks() throws IOException {
        try (NfsFixture fixture = new NfsFixture()) {
            BlobTier blobs =
                    fixture.open(fresh(), Map.of("init", "if-empty")).blobs().orElseThrow();
            byte[] content = new byte[700_000];
            new Random(1).nextBytes(content);
            String sha = HexFormat.of().formatHex(Layout.sha256().digest(content));
            for (int i = 0; i < 2; i++) {
                BlockingMemoryTier.await(blobs.write(sha, new ByteArrayInputStream(content), content.length, soon()));
            }
            try (InputStream in = BlockingMemoryTier.await(blobs.read(sha, 1, content.length - 1, soon()))) {
                assertThat(in.readAllBytes()).isEqualTo(java.util.Arrays.copyOfRange(content, 1, content.length));
            }
        }
    }
}

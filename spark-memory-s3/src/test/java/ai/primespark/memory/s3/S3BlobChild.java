package ai.primespark.memory.s3;

import ai.primespark.spi.BlobTier;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.testkit.TestContext;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;

/** A process of its own that writes, and perhaps reads, one chunk of random content; to be killed, or to have a small heap. */
final class S3BlobChild {

    private S3BlobChild() {}

    /**
     * Runs.
     *
     * @param args address, {@code write} or {@code both}, seed, length
     */
    public static void main(String[] args) throws Exception {
        S3TierProvider provider = new S3TierProvider();
        Map<String, Object> settings = Map.of(
                "endpoint",
                args[0],
                "bucket",
                S3Fixture.BUCKET,
                "access-key",
                S3Fixture.ACCESS_KEY,
                "secret-key",
                S3Fixture.SECRET_KEY,
                "part-size",
                "5 MiB");
        long seed = Long.parseLong(args[2]);
        int length = Integer.parseInt(args[3]);
        String sha256 = HexFormat.of().formatHex(digest(new RandomStream(seed, length)));
        Deadline deadline = Deadline.in(Duration.ofSeconds(80));
        try (TestContext context = TestContext.create();
                MemoryTier tier = provider.create(context.with(provider, settings))) {
            tier.start();
            BlobTier blobs = tier.blobs().orElseThrow();
            BlockingMemoryTier.await(blobs.write(sha256, new RandomStream(seed, length), length, deadline));
            if (args[1].equals("both")) {
                try (InputStream in = BlockingMemoryTier.await(blobs.read(sha256, 0, length, deadline))) {
                    if (!sha256.equals(HexFormat.of().formatHex(digest(in)))) {
                        throw new AssertionError("what was read is not what was written");
                    }
                }
            }
        }
        System.exit(0);
    }

    private static byte[] digest(InputStream in) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[64 << 10];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            digest.update(buffer, 0, count);
        }
        return digest.digest();
    }

    /** The same bytes as {@link Random#nextBytes} of one array gives, without the array; its length is a multiple of four. */
    private static final class RandomStream extends InputStream {
        private final Random random;
        private int left;
        private int word;

        RandomStream(long seed, int length) {
            this.random = new Random(seed);
            this.left = length;
        }

        @Override
        public int read() {
            if (left == 0) {
                return -1;
            }
            word = left % 4 == 0 ? random.nextInt() : word >> 8;
            left--;
            return word & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            int count = Math.min(length, left);
            for (int i = 0; i < count; i++) {
                bytes[offset + i] = (byte) read();
            }
            return count == 0 && length > 0 ? -1 : count;
        }
    }
}

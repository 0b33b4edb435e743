package ai.primespark.memory.redis;

import ai.primespark.memory.Version;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The programs that run in the server, each atomically and in one round trip. They stand beside this class as {@code .lua}. */
final class Scripts {

    static final Scripts APPLY = new Scripts("apply");
    static final Scripts PURGE = new Scripts("purge");
    static final Scripts ACQUIRE = new Scripts("acquire");
    static final Scripts RELEASE = new Scripts("release");

    /** The source. */
    final byte[] source;

    /** By what EVALSHA names it. */
    final byte[] sha;

    private Scripts(String file) {
        try (InputStream in = Scripts.class.getResourceAsStream(file + ".lua")) {
            if (in == null) {
                throw new IllegalStateException(file + ".lua is missing beside " + Scripts.class.getName());
            }
            this.source = in.readAllBytes();
            this.sha = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(source))
                    .getBytes(StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    /** A version as the scripts compare it: eight bytes of clock, then the node. The order of the bytes is that of versions. */
    static byte[] version(Version version) {
        byte[] node = version.node().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(8 + node.length)
                .putLong(version.clock())
                .put(node)
                .array();
    }

    /** Reads what {@link #version} wrote. */
    static Version version(byte[] bytes, int offset) {
        long clock = ByteBuffer.wrap(bytes).getLong(offset);
        return new Version(clock, new String(bytes, offset + 8, bytes.length - offset - 8, StandardCharsets.US_ASCII));
    }
}

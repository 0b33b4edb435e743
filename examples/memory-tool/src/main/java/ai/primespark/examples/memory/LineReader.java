package ai.primespark.examples.memory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Reads lines, and knows where it is and the hash of all that it has read. */
final class LineReader {

    private static final int LONGEST = 256 << 20;

    private final InputStream in;
    private final MessageDigest digest = ExportFile.sha256();
    private long position;

    LineReader(InputStream in) {
        this.in = in;
    }

    /** The next line without its end; null at the end. A line without an end counts as cut off, so it is not given. */
    byte @Nullable [] next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(512);
        int next;
        while ((next = in.read()) != '\n') {
            if (next < 0) {
                return null;
            }
            if (line.size() >= LONGEST) {
                throw new ToolException(ToolException.DAMAGED, "a line is longer than any value can be");
            }
            line.write(next);
        }
        byte[] bytes = line.toByteArray();
        digest.update(bytes);
        digest.update((byte) '\n');
        position += bytes.length + 1;
        return bytes;
    }

    /** Of bytes read as lines. */
    long position() {
        return position;
    }

    /** Of everything read so far. */
    byte[] digest() {
        try {
            return ((MessageDigest) digest.clone()).digest();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the platform's SHA-256 can be cloned", e);
        }
    }
}

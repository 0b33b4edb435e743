package ai.primespark.core.memory.objects;

import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.file.Path;

/** A file that is read in pieces, because each read takes as much memory again outside the heap. */
final class FilePieces extends FilterInputStream {

    private static final int PIECE = 128 << 10;

    FilePieces(Path file) throws IOException {
        super(new FileInputStream(file.toFile()));
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        return in.read(target, offset, Math.min(PIECE, length));
    }

    @Override
    public int readNBytes(byte[] target, int offset, int length) throws IOException {
        int at = 0;
        while (at < length) {
            int count = read(target, offset + at, length - at);
            if (count < 0) {
                break;
            }
            at += count;
        }
        return at;
    }
}

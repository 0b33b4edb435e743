package ai.primespark.core.journal;

import ai.primespark.core.runtime.DurableFiles;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What the journal writes with. A seam, so that tests can let a disk fail at any step. */
class SegmentFiles {

    /** An open file; used by one thread. */
    interface Output extends Closeable {
        /** Writes all that remains in the buffer at the end of the file. */
        void write(ByteBuffer bytes) throws IOException;

        void force() throws IOException;

        void truncate(long length) throws IOException;
    }

    Output create(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return new Output() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                while (bytes.hasRemaining()) {
                    int unused = channel.write(bytes);
                }
            }

            @Override
            public void force() throws IOException {
                channel.force(false);
            }

            @Override
            public void truncate(long length) throws IOException {
                FileChannel unused = channel.truncate(length);
                channel.force(true);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    /** Makes the names of new files durable, and that deleted ones are gone. */
    void syncDirectory(Path directory) throws IOException {
        DurableFiles.syncDirectory(directory);
    }

    /** Fills the array from a place in a file. Not disturbed by an interrupt of the calling thread, as a channel would be. */
    void read(RandomAccessFile file, long offset, byte[] into) throws IOException {
        file.seek(offset);
        file.readFully(into);
    }
}

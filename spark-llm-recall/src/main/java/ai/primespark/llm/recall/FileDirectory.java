package ai.primespark.llm.recall;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.store.BufferedIndexInput;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.FSLockFactory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;

/**
 * A directory that reads plain files. Lucene's own choices do not fit a library: mapped files need native calls or
 * {@code sun.misc.Unsafe}, of which the JVM warns since version 24, and channels are closed under all their readers when the thread of
 * one is interrupted, which is how calls are cancelled.
 */
final class FileDirectory extends FSDirectory {

    FileDirectory(Path path) throws IOException {
        super(path, FSLockFactory.getDefault());
    }

    @Override
    public IndexInput openInput(String name, IOContext context) throws IOException {
        ensureOpen();
        ensureCanRead(name);
        Path path = getDirectory().resolve(name);
        return new FileInput(path.toString(), new OpenFile(path), context);
    }

    /** A file with one position, which its readers take turns to use. */
    private static final class OpenFile {

        private final RandomAccessFile file;
        private final long length;
        private final ReentrantLock turn = new ReentrantLock();

        OpenFile(Path path) throws IOException {
            file = new RandomAccessFile(path.toFile(), "r");
            try {
                length = file.length();
            } catch (IOException e) {
                file.close();
                throw e;
            }
        }

        void read(long position, ByteBuffer target) throws IOException {
            turn.lock();
            try {
                file.seek(position);
                file.readFully(target.array(), target.arrayOffset() + target.position(), target.remaining());
                target.position(target.limit());
            } finally {
                turn.unlock();
            }
        }
    }

    private static final class FileInput extends BufferedIndexInput {

        private final OpenFile file;
        private final long start;
        private final long end;
        private boolean borrowed; // clones and slices leave the file open

        FileInput(String description, OpenFile file, IOContext context) {
            super(description, context);
            this.file = file;
            this.start = 0;
            this.end = file.length;
        }

        private FileInput(String description, FileInput whole, long offset, long length) {
            super(description, whole.getBufferSize());
            this.file = whole.file;
            this.start = whole.start + offset;
            this.end = start + length;
            this.borrowed = true;
        }

        @Override
        protected void readInternal(ByteBuffer target) throws IOException {
            long position = start + getFilePointer();
            if (position + target.remaining() > end) {
                throw new EOFException("read past the end: " + this);
            }
            file.read(position, target);
        }

        @Override
        protected void seekInternal(long position) throws IOException {
            if (position > length()) {
                throw new EOFException("seek past the end: " + this);
            }
        }

        @Override
        public IndexInput slice(String sliceDescription, long offset, long length) {
            if (offset < 0 || length < 0 || offset + length > length()) {
                throw new IllegalArgumentException("slice " + sliceDescription + " is out of bounds: " + this);
            }
            return new FileInput(getFullSliceDescription(sliceDescription), this, offset, length);
        }

        @Override
        public FileInput clone() {
            FileInput clone = (FileInput) super.clone();
            clone.borrowed = true;
            return clone;
        }

        @Override
        public long length() {
            return end - start;
        }

        @Override
        public void close() throws IOException {
            if (!borrowed) {
                file.file.close();
            }
        }
    }
}

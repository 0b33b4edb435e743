package ai.primespark.memory.nfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A chunk on its way. Its methods but {@link #abort} run on the tier's threads, one at a time. A thread that is stuck in one of
 * them cleans up itself when it comes back to find the upload given up.
 */
final class Upload {

    private final Path blob;
    private final Path fresh;
    private final ReentrantLock busy = new ReentrantLock();
    private @Nullable FileChannel channel;
    private long replacedBytes;
    private boolean replaces;
    private volatile boolean aborted;

    Upload(Layout layout, Path blob) {
        this.blob = blob;
        this.fresh = layout.tmp().resolve("blob-" + UUID.randomUUID());
    }

    /** The size of a torn file that this replaces; 0 for none. */
    long replacedBytes() {
        return replacedBytes;
    }

    void open(long torn, boolean isThere) throws IOException {
        alone(() -> {
            replacedBytes = torn;
            replaces = isThere;
            channel = FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        });
    }

    void write(ByteBuffer piece) throws IOException {
        alone(() -> {
            FileChannel open = channel;
            while (open != null && piece.hasRemaining()) {
                open.write(piece);
            }
        });
    }

    void publish(boolean syncDirectory) throws IOException {
        alone(() -> {
            FileChannel open = channel;
            if (open == null) {
                throw new IOException("given up");
            }
            open.force(true);
            channel = null;
            open.close(); // what could not be written before comes out here at the latest
            try {
                name();
            } catch (NoSuchFileException e) { // the shard is not there yet
                NasFiles.makeDirectory(NasFiles.directory(blob));
                name();
            }
            NasFiles.delete(fresh);
            if (syncDirectory) {
                NasFiles.syncDirectory(NasFiles.directory(blob));
            }
        });
    }

    private void name() throws IOException {
        if (replaces) {
            NasFiles.replace(fresh, blob);
            return;
        }
        try {
            NasFiles.link(fresh, blob);
        } catch (FileAlreadyExistsException e) {
            // somebody else stored the same content meanwhile
        }
    }

    /** Never blocks. */
    void abort() {
        aborted = true;
    }

    /** Removes what there is of it, unless a thread is stuck in it, which will do so later. */
    boolean cleanUp() throws IOException {
        if (!busy.tryLock()) {
            return false;
        }
        try {
            FileChannel open = channel;
            channel = null;
            if (open != null) {
                open.close();
            }
        } finally {
            busy.unlock();
        }
        return NasFiles.delete(fresh);
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private void alone(Step step) throws IOException {
        busy.lock();
        try {
            if (aborted) {
                return;
            }
            step.run();
        } finally {
            busy.unlock();
            if (aborted) {
                cleanUp();
            }
        }
    }
}

package ai.primespark.core.memory.objects;

import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.memory.MemoryException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Fetches one object into a file. The content grows in a file beside it, {@code .NAME.HASH.part}, which is all the state there
 * is: what it holds is checked against the head chunk by chunk, so after a crash, even of the machine, exactly what is missing
 * or wrong is fetched. While one chunk is hashed and written the next one is fetched: two buffers, never more.
 */
final class Download {

    private static final int PIECE = 128 << 10;

    private final Chunks chunks;
    private final ObjectSpace space;
    private final String object;
    private final ObjectHead head;
    private final Executor blocking;

    Download(Chunks chunks, ObjectSpace space, String object, ObjectHead head, Executor blocking) {
        this.chunks = chunks;
        this.space = space;
        this.object = object;
        this.head = head;
        this.blocking = blocking;
    }

    void run(Path file, LongConsumer progress) throws IOException {
        Path target = file.toAbsolutePath();
        Path directory = target.getParent();
        Path name = target.getFileName();
        if (directory == null || name == null) {
            throw new IOException("not a file: " + file);
        }
        Path part = directory.resolve("." + name + "." + head.sha256().substring(0, 16) + ".part");
        try (RandomAccessFile out = new RandomAccessFile(part.toFile(), "rw")) {
            try (FileLock lock = lock(out, file)) {
                fill(out, progress);
                out.setLength(head.bytes());
                out.getFD().sync();
                if (!lock.isValid()) {
                    throw new IOException("the lock of " + part + " was lost");
                }
            }
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        DurableFiles.syncDirectory(directory);
        sweep(directory, "." + name + ".", part);
    }

    private FileLock lock(RandomAccessFile out, Path file) throws IOException {
        FileLock lock;
        try {
            lock = out.getChannel().tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new MemoryException(
                    "object " + space.quoted(object) + " is being downloaded to " + file
                            + " already; wait for that, or choose another file",
                    true,
                    null);
        }
        return lock;
    }

    private void fill(RandomAccessFile out, LongConsumer progress) throws IOException {
        MessageDigest whole = Sha256.digest();
        @Nullable ChunkBuffer[] buffers = new ChunkBuffer[2];
        FutureTask<@Nullable Void> fetching = null;
        long have = out.length();
        long done = 0;
        int turn = 0;
        try {
            for (int i = 0; i < head.count(); i++) {
                int length = head.length(i);
                ChunkBuffer buffer = buffer(buffers, turn);
                boolean kept = fetching == null && isThere(out, i, have, buffer);
                if (!kept) {
                    FutureTask<@Nullable Void> mine = fetching == null ? fetch(i, buffer) : fetching;
                    fetching = null;
                    await(mine);
                    if (i + 1 < head.count() && (long) (i + 1) * head.chunkBytes() >= have) {
                        fetching = fetch(i + 1, buffer(buffers, 1 - turn));
                    }
                    write(out, (long) i * head.chunkBytes(), buffer.bytes(), length);
                }
                whole.update(buffer.bytes(), 0, length);
                turn = 1 - turn;
                done += length;
                progress.accept(done);
            }
        } finally {
            if (fetching != null) {
                boolean unused = fetching.cancel(true);
            }
        }
        for (ChunkBuffer buffer : buffers) {
            if (buffer != null) { // both are at rest, because every task was waited for
                chunks.buffers.give(buffer);
            }
        }
        if (head.count() == 0) {
            progress.accept(0);
        }
        if (!Sha256.hex(whole).equals(head.sha256())) {
            throw new MemoryException(
                    "object " + space.quoted(object)
                            + " is damaged: its chunks are whole, but together not what its head says; upload it again",
                    false,
                    null);
        }
    }

    private ChunkBuffer buffer(@Nullable ChunkBuffer[] buffers, int turn) {
        ChunkBuffer buffer = buffers[turn];
        if (buffer == null) {
            buffer = buffers[turn] = chunks.buffers.take(head.chunkBytes(), head.bytes());
        }
        return buffer;
    }

    /** Whether an earlier attempt has left this chunk, whole; then it is in the buffer. */
    private boolean isThere(RandomAccessFile out, int index, long have, ChunkBuffer buffer) throws IOException {
        long offset = (long) index * head.chunkBytes();
        int length = head.length(index);
        if (have < offset + length) {
            return false;
        }
        out.seek(offset);
        for (int at = 0; at < length; at += PIECE) {
            out.readFully(buffer.bytes(), at, Math.min(PIECE, length - at));
        }
        return Sha256.of(buffer.bytes(), length).equals(head.address(index, false));
    }

    private static void write(RandomAccessFile out, long offset, byte[] bytes, int length) throws IOException {
        out.seek(offset);
        for (int at = 0;
                at < length;
                at += PIECE) { // in pieces, because each takes as much memory again outside the heap
            out.write(bytes, at, Math.min(PIECE, length - at));
        }
    }

    private FutureTask<@Nullable Void> fetch(int index, ChunkBuffer buffer) {
        FutureTask<@Nullable Void> task = new FutureTask<>(() -> {
            chunks.fetch(space, object, head, index, buffer);
            return null;
        });
        try {
            blocking.execute(task);
        } catch (RejectedExecutionException e) { // all threads are busy: this one has nothing better to do
            task.run();
        }
        return task;
    }

    private static void await(FutureTask<?> task) {
        try {
            task.get();
        } catch (InterruptedException e) {
            boolean unused = task.cancel(true);
            Thread.currentThread().interrupt();
            throw new MemoryException("interrupted while fetching a chunk", true, null);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new MemoryException("fetching a chunk failed: " + e.getCause(), false, e.getCause());
        }
    }

    /** Removes what attempts to fetch other contents into the same file have left. */
    private static void sweep(Path directory, String prefix, Path own) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(
                directory,
                entry -> String.valueOf(entry.getFileName()).startsWith(prefix)
                        && String.valueOf(entry.getFileName())
                                .substring(prefix.length())
                                .toLowerCase(Locale.ROOT)
                                .matches("[0-9a-f]{16}\\.part"))) {
            for (Path entry : entries) {
                if (!entry.equals(own)) {
                    boolean unused = Files.deleteIfExists(entry);
                }
            }
        }
    }
}

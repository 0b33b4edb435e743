package ai.primespark.core.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Keeps other processes, and other instances in this one, out of a directory. */
public final class DirectoryLock implements AutoCloseable {

    /** Asked before the file is touched: on POSIX systems closing any handle of a file releases all locks of the process on it. */
    private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();

    private final Path claim;
    private final FileChannel channel;

    private DirectoryLock(Path claim, FileChannel channel) {
        this.claim = claim;
        this.channel = channel;
    }

    static DirectoryLock take(Path directory) throws IOException {
        return take(directory, "journal");
    }

    /**
     * Takes the lock; close it to let go.
     *
     * @param directory exists
     * @param what it holds, for the message
     * @throws JournalException when somebody else has it; the message says who, and what to do
     * @throws IOException when the file system fails
     */
    public static DirectoryLock take(Path directory, String what) throws IOException {
        Path claim = directory.toRealPath();
        if (!IN_USE.add(claim)) {
            throw inUse(directory, what, "another instance in this process");
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    directory.resolve("lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw inUse(directory, what, holder(channel));
            }
            tell(channel);
            return new DirectoryLock(claim, channel);
        } catch (IOException | RuntimeException e) {
            if (channel != null) {
                channel.close();
            }
            IN_USE.remove(claim);
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) { // a second copy of this class, in another class loader
            return null;
        }
    }

    /** Writes who holds the lock; a help for people only, so a full disk does not matter. */
    private static void tell(FileChannel channel) {
        try {
            channel.truncate(0);
            int unused = channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)),
                    0);
        } catch (IOException e) {
            // the lock holds all the same
        }
    }

    private static String holder(FileChannel channel) {
        try {
            ByteBuffer content = ByteBuffer.allocate(20);
            int unused = channel.read(content, 0);
            String pid = new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII).strip();
            return pid.matches("[0-9]+") ? "process " + pid : "another process";
        } catch (IOException e) { // some systems refuse to read a locked file
            return "another process";
        }
    }

    private static JournalException inUse(Path directory, String what, String holder) {
        return new JournalException(
                JournalException.Kind.UNUSABLE,
                false,
                "the " + what + " in " + directory + " is in use by " + holder
                        + "; stop that program, or give this one a data directory of its own (primespark.data-dir)",
                null);
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            IN_USE.remove(claim);
        }
    }
}

package ai.primespark.core.memory;

import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.spi.TierException;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A tier's directory while it is in use: made if need be, locked, and marked with the format and the storage's identity.
 *
 * <pre>
 * PRIME-SPARK-TIER              format=1, id=UUID; written last, so a directory that has it is complete
 * lock                          locked by the process that uses the directory; holds its process id
 * tmp/                          records being written
 * data/2 hex/62 hex.rec         records; the name is the SHA-256 of namespace, a zero byte and key
 * blobs/2 hex/64 hex            chunks of objects; the name is the SHA-256 of the content
 * blobs/tmp/                    chunks being written
 * </pre>
 */
final class DirectoryRoot implements AutoCloseable {

    static final String MARKER = "PRIME-SPARK-TIER";

    private static final String LOCK = "lock";
    private static final String FORMAT = "format=1";

    /**
     * Directories that this process uses. Asked before the lock file is touched: on POSIX systems closing any handle of a file
     * releases all locks that the process has on it, so a second attempt would break the first one's lock.
     */
    private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final Path claim;
    private final FileChannel lockFile;
    private final String storage;
    private final String dataPrefix;

    private DirectoryRoot(Path path, Path claim, FileChannel lockFile, String storage) {
        this.path = path;
        this.claim = claim;
        this.lockFile = lockFile;
        this.storage = storage;
        this.dataPrefix = path.resolve("data") + File.separator;
    }

    static DirectoryRoot open(Path path) throws IOException {
        Files.createDirectories(path);
        Path claim = path.toRealPath();
        if (!IN_USE.add(claim)) {
            throw inUse(
                    path,
                    "another tier of this process (" + ProcessHandle.current().pid() + ")");
        }
        FileChannel lockFile = null;
        try {
            lockFile = lock(path);
            return new DirectoryRoot(path, claim, lockFile, prepare(path));
        } catch (IOException | RuntimeException e) {
            if (lockFile != null) {
                lockFile.close();
            }
            IN_USE.remove(claim);
            throw e;
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        Path file = path.resolve(LOCK);
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw inUse(path, holder(channel));
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
            return channel;
        } catch (OverlappingFileLockException e) {
            throw inUse(path, "another tier of this process"); // left open: closing would release the other's lock
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static String holder(FileChannel channel) {
        try {
            ByteBuffer content = ByteBuffer.allocate(20);
            channel.read(content, 0);
            String pid = new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII).strip();
            return pid.matches("[0-9]+") ? "process " + pid : "another process";
        } catch (IOException e) { // some systems refuse to read a locked file; the number is only a help
            return "another process";
        }
    }

    private static TierException inUse(Path path, String holder) {
        return new TierException(
                TierException.Kind.PERMANENT,
                "the directory " + path + " is in use by " + holder
                        + "; stop that program, or give this one a directory of its own (setting path, or"
                        + " primespark.data-directory)",
                null);
    }

    private static String prepare(Path path) throws IOException {
        Path marker = path.resolve(MARKER);
        if (Files.exists(marker)) {
            return identity(path);
        }
        try (Stream<Path> entries = Files.list(path)) {
            List<String> foreign = entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !Set.of(LOCK, "tmp", "data").contains(name))
                    .limit(3)
                    .toList();
            if (!foreign.isEmpty()) {
                throw new TierException(
                        TierException.Kind.PERMANENT,
                        "the directory " + path + " is neither empty nor a memory tier (it holds " + foreign
                                + "); give the tier a directory of its own",
                        null);
            }
        }
        Files.createDirectories(path.resolve("tmp"));
        Path data = Files.createDirectories(path.resolve("data"));
        for (int shard = 0; shard < 256; shard++) {
            Files.createDirectories(data.resolve(String.format(Locale.ROOT, "%02x", shard)));
        }
        DurableFiles.syncDirectory(data);
        File fresh = path.resolve("tmp").resolve(MARKER).toFile();
        String content = FORMAT + "\nid=" + UUID.randomUUID() + "\n";
        RecordFiles.writeSynced(fresh, content.getBytes(StandardCharsets.US_ASCII));
        RecordFiles.move(fresh, marker.toFile());
        DurableFiles.syncDirectory(path);
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
            DurableFiles.syncDirectory(parent);
        }
        return identity(path);
    }

    private static String identity(Path path) throws IOException {
        byte[] content = RecordFiles.read(path.resolve(MARKER).toFile());
        List<String> lines = content == null
                ? List.of()
                : new String(content, StandardCharsets.US_ASCII).lines().toList();
        if (lines.size() >= 2 && lines.get(0).equals(FORMAT) && lines.get(1).startsWith("id=")) {
            return lines.get(1).substring(3);
        }
        throw new TierException(
                TierException.Kind.PERMANENT,
                "the memory tier in " + path + " has a missing, damaged or newer " + MARKER
                        + " file; this version reads " + FORMAT + ". Restore the file, or use another directory",
                null);
    }

    /** The storage's identity, if it is still the one that was opened. */
    String checkIdentity() throws IOException {
        String now = identity(path);
        if (!now.equals(storage)) {
            throw new TierException(
                    TierException.Kind.PERMANENT,
                    "the directory " + path + " was replaced while in use; restart the program",
                    null);
        }
        return now;
    }

    Path path() {
        return path;
    }

    Path tmp() {
        return path.resolve("tmp");
    }

    Path data() {
        return path.resolve("data");
    }

    Path blobs() {
        return path.resolve("blobs");
    }

    /** What the path of every shard begins with. */
    String dataPrefix() {
        return dataPrefix;
    }

    /** What to do with a file. */
    @FunctionalInterface
    interface Visit {
        void to(Path file) throws IOException;
    }

    /** Goes through a directory without reading it whole; nothing happens if it is missing. */
    static void each(Path directory, Visit visit) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                visit.to(entry);
            }
        } catch (NoSuchFileException e) {
            if (Files.exists(directory)) {
                throw e;
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            lockFile.close();
        } finally {
            IN_USE.remove(claim);
        }
    }

    @Override
    public String toString() {
        return "DirectoryRoot[" + path + "]";
    }
}

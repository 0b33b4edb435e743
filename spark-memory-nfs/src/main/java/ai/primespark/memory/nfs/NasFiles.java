package ai.primespark.memory.nfs;

import ai.primespark.spi.Deadline;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes files on a mount, with as few calls to the server as can be, and keeps no file open. Used on the tier's own
 * threads only; those are never interrupted, so a channel is not closed under anybody.
 */
final class NasFiles {

    /** How often a file is opened again when the server calls its handle stale. */
    private static final int ATTEMPTS = 3;

    private static final int SMALL = 8_192;

    /** How long a file may stay open that is to be moved or removed. */
    private static final Duration BUSY = Duration.ofSeconds(1);

    private static final long LONGEST_PAUSE_NANOS = 20_000_000;

    /** FileInputStream reads up to this size without a detour through allocated memory. */
    private static final ThreadLocal<byte[]> BUFFER = ThreadLocal.withInitial(() -> new byte[SMALL]);

    private static final boolean CAN_SYNC_DIRECTORIES = File.separatorChar == '/';

    private NasFiles() {}

    /**
     * Bytes at the beginning of an array.
     *
     * @param bytes may be longer, and is used again by the next call on this thread
     * @param length how many count
     */
    record Content(byte[] bytes, int length) {}

    /**
     * Reads a whole file in one gulp.
     *
     * @return null when there is no such file; whether that means anything, the {@link MountGuard} says
     */
    static @Nullable Content read(String path) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return readOnce(path);
            } catch (FileNotFoundException e) {
                // says nothing but that opening failed: the other way to open it has exceptions that tell
                try (FileChannel channel = FileChannel.open(Path.of(path), StandardOpenOption.READ)) {
                    return new Content(readAll(channel), (int) channel.size());
                } catch (NoSuchFileException missing) {
                    return null;
                } catch (IOException failed) {
                    retryOrThrow(attempt, failed);
                }
            } catch (IOException e) { // stale, for one: the file was replaced between opening and reading
                retryOrThrow(attempt, e);
            }
        }
    }

    private static void retryOrThrow(int attempt, IOException failure) throws IOException {
        if (attempt > ATTEMPTS || failure instanceof java.nio.file.AccessDeniedException) {
            throw failure;
        }
    }

    private static Content readOnce(String path) throws IOException {
        byte[] buffer = BUFFER.get();
        try (FileInputStream in = new FileInputStream(path)) {
            int length = 0;
            int n;
            while (length < buffer.length && (n = in.read(buffer, length, buffer.length - length)) > 0) {
                length += n;
                // a regular file gives less than asked for at its end only; network file systems keep to that
                if (length < buffer.length) {
                    return new Content(buffer, length);
                }
            }
            if (length < buffer.length) {
                return new Content(buffer, length);
            }
            byte[] rest = in.readAllBytes();
            byte[] all = Arrays.copyOf(buffer, length + rest.length);
            System.arraycopy(rest, 0, all, length, rest.length);
            return new Content(all, all.length);
        }
    }

    private static byte[] readAll(FileChannel channel) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (all.hasRemaining() && channel.read(all) >= 0) {
            // to the end
        }
        return all.array();
    }

    /**
     * The first bytes of a file, and its size.
     *
     * @param bytes as many as there are, up to the number asked for
     * @param length how many
     * @param size of the whole file
     */
    record Head(byte[] bytes, int length, long size) {}

    /** Reads the beginning of a file; null when there is no such file. */
    static @Nullable Head head(Path file, int most) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                ByteBuffer start = ByteBuffer.allocate(most);
                int length = Math.max(0, channel.read(start));
                return new Head(start.array(), length, length < most ? length : channel.size());
            } catch (NoSuchFileException e) {
                return null;
            } catch (IOException e) {
                retryOrThrow(attempt, e);
            }
        }
    }

    /** Reads a file of a few lines. */
    static byte[] readSmall(Path file) throws IOException {
        Head head = head(file, SMALL);
        if (head == null) {
            throw new NoSuchFileException(file.toString());
        }
        return Arrays.copyOf(head.bytes(), head.length());
    }

    /** Reads a part of a file; fewer bytes at its end. */
    static ByteBuffer readPart(Path file, long offset, int length) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                ByteBuffer part = ByteBuffer.allocate(length);
                while (part.hasRemaining() && channel.read(part, offset + part.position()) >= 0) {
                    // until it is full or the file ends
                }
                return part.flip();
            } catch (NoSuchFileException e) {
                throw e;
            } catch (IOException e) {
                retryOrThrow(attempt, e);
            }
        }
    }

    /** Writes a new file and waits until the server has it. Errors of earlier writes come out at the latest here. */
    static void writeSynced(Path file, byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer rest = ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            channel.force(true);
        }
    }

    static void replace(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Moves a file, or a directory to a place where nothing is, or an empty directory; decided by the server. A share does not move
     * what another client is just listing, and says no more than that it is not allowed: whether it stays so, a second shows.
     */
    static void moveAtomically(Path from, Path to) throws IOException {
        patiently(() -> Files.move(from, to, StandardCopyOption.ATOMIC_MOVE), true, Deadline.in(BUSY));
    }

    /**
     * Removes a file or an empty directory.
     *
     * @return false when it was not there
     */
    static boolean delete(Path file) throws IOException {
        boolean[] removed = {false};
        patiently(() -> removed[0] = Files.deleteIfExists(file), false, Deadline.in(BUSY));
        return removed[0];
    }

    /** A change of one file. */
    @FunctionalInterface
    interface Step {
        void take() throws IOException;
    }

    /** Shares refuse to move or remove what is open, some for a moment longer than it is; they are asked again until then. */
    static void patiently(Step step, boolean smb, Deadline deadline) throws IOException {
        for (long pause = 1_000_000; ; pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS)) {
            try {
                step.take();
                return;
            } catch (IOException e) {
                if (!Faults.isSharingViolation(e, smb) || deadline.remainingNanos() < pause) {
                    throw e;
                }
                LockSupport.parkNanos(pause);
            }
        }
    }

    /** Gives a file a second name, unless that is taken; or another one, where there are no second names. */
    static void link(Path from, Path to) throws IOException {
        try {
            Files.createLink(to, from);
        } catch (UnsupportedOperationException e) {
            Files.move(from, to);
        } catch (FileAlreadyExistsException e) {
            // of a request that was sent twice, the second is answered "exists": it may be our own
            if (!Files.exists(from) || !Files.isSameFile(from, to)) {
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            if (!Faults.isUnsupported(e)) {
                throw e;
            }
            Files.move(from, to);
        }
    }

    /** Keeps a second name for a file, or a copy where there are no second names. */
    static void keep(Path from, Path to) throws IOException {
        try {
            Files.createLink(to, from);
        } catch (UnsupportedOperationException e) {
            Files.copy(from, to);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            if (!Faults.isUnsupported(e)) {
                throw e;
            }
            Files.copy(from, to);
        }
    }

    /** Makes one directory, never its parents: those are there, or it is not mounted. */
    static void makeDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            // made by another process, or by this one with an answer that got lost
        }
    }

    /** Makes the names in a directory durable, where the system has a call for that. */
    static void syncDirectory(Path directory) throws IOException {
        if (!CAN_SYNC_DIRECTORIES) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            if (!Faults.isUnsupported(e)) { // network file systems need it not, and some have it not
                throw e;
            }
        }
    }

    static Path directory(Path file) {
        return Objects.requireNonNull(file.getParent(), "files of a tier lie in directories");
    }

    static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    /** What to do with a file. */
    @FunctionalInterface
    interface Visit {
        /** Returns false to stop. */
        boolean to(Path file) throws IOException;
    }

    /** Goes through a directory without reading it whole; a missing one is empty. */
    static void each(Path directory, Visit visit) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (!visit.to(entry)) {
                    return;
                }
            }
        } catch (NoSuchFileException e) {
            if (!directory.toString().equals(e.getFile())) {
                throw e;
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }
}

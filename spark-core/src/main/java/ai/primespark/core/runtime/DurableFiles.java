package ai.primespark.core.runtime;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Small files of the engine's own that survive a crash. An interrupt of the calling thread neither fails nor shortens what is
 * done here, and is still set afterwards. Thread-safe.
 */
public final class DurableFiles {

    private static final boolean CAN_SYNC_DIRECTORIES = File.separatorChar == '/';

    private DurableFiles() {}

    /**
     * Replaces a file in one step: a reader, also after a crash, sees the old content or the new one. The new one is on disk when
     * this returns.
     *
     * @param file its directories are made where they are missing
     * @throws IOException when it cannot be written; then nothing of the attempt is left and the old content stands
     */
    public static void replace(Path file, byte[] content) throws IOException {
        Path target = file.toAbsolutePath();
        Path directory = target.getParent();
        if (directory == null) {
            throw new IOException(file + " is no file");
        }
        Files.createDirectories(directory);
        // a name for each thread, so that two of them do not write into one file
        Path fresh = target.resolveSibling(
                target.getFileName() + "." + Thread.currentThread().getId() + ".tmp");
        try {
            try (FileOutputStream out = new FileOutputStream(fresh.toFile())) {
                out.write(content);
                out.getFD().sync();
            }
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            remove(fresh, e);
            throw e;
        }
        syncDirectory(directory);
    }

    private static void remove(Path fresh, IOException failure) {
        try {
            boolean unused = Files.deleteIfExists(fresh);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** Makes the names in a directory durable. Windows has no such call and needs none. */
    public static void syncDirectory(Path directory) throws IOException {
        if (!CAN_SYNC_DIRECTORIES) {
            return;
        }
        // only a channel can open a directory; an interrupt closes it, so it waits until this is done
        boolean interrupted = Thread.interrupted();
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

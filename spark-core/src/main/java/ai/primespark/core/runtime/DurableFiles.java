package ai.primespark.core.runtime;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Small files of the engine's own that survive a crash. An interrupt of the calling thread neither fails nor shortens what is
 * done here, and is still set afterwards. Thread-safe.
 */
public final class DurableFiles {

    private static final boolean CAN_SYNC_DIRECTORIES = File.separatorChar == '/';

    private static final String FRESH = ".tmp";

    /** Others, in containers of their own, may have the same process id. */
    private static final String PROCESS =
            Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), Character.MAX_RADIX);

    private static final FileAttribute<?>[] OWNER_ONLY_FILE = {
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    };
    private static final FileAttribute<?>[] OWNER_ONLY_DIRECTORY = {
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
    };

    private DurableFiles() {}

    /**
     * Replaces a file in one step: a reader, also after a crash, sees the old content or the new one. The new one is on disk when
     * this returns.
     *
     * @param file its directories are made where they are missing
     * @throws IOException when it cannot be written; then nothing of the attempt is left and the old content stands
     */
    public static void replace(Path file, byte[] content) throws IOException {
        replace(file, content, new FileAttribute<?>[0]);
    }

    /**
     * Like {@link #replace(Path, byte[])}, for secrets: only the owner may read or write the file (mode 0600), from its first byte
     * on. Where the file system knows no such modes, it gets the rights of its directory.
     *
     * @param file its directories are made where they are missing, for the owner alone
     * @throws IOException when it cannot be written; then nothing of the attempt is left and the old content stands
     */
    public static void replacePrivately(Path file, byte[] content) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            makePrivateDirectories(directory);
        }
        replace(file, content, hasModes(file) ? OWNER_ONLY_FILE : new FileAttribute<?>[0]);
    }

    /** Makes a directory and those above it where they are missing, for the owner alone (mode 0700). */
    public static void makePrivateDirectories(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory, hasModes(directory) ? OWNER_ONLY_DIRECTORY : new FileAttribute<?>[0]);
        }
    }

    /**
     * Reads a file of secrets.
     *
     * @throws IOException when it cannot be read, is longer, or may be used by others than its owner
     */
    public static byte[] readPrivately(Path file, int longest) throws IOException {
        if (hasModes(file)) {
            Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
            if (rights.stream().anyMatch(right -> !right.name().startsWith("OWNER_"))) {
                throw new IOException(file + " may be used by others than its owner ("
                        + PosixFilePermissions.toString(rights)
                        + "); run chmod 600 on it, and think about who has read it");
            }
        }
        if (Files.size(file) > longest) {
            throw new IOException(file + " is longer than " + longest + " bytes");
        }
        return Files.readAllBytes(file);
    }

    /**
     * Whether there is surely no such file. What cannot be seen (a link that leads nowhere, a directory that may not be searched, a disk
     * that fails) is not missing: whoever makes such a file anew would lose what the old one holds.
     */
    public static boolean isMissing(Path file) {
        return Files.notExists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /** Removes what processes that were killed in the act have left of replacements of a file; nobody replaces it meanwhile. */
    public static void removeLeftovers(Path file) throws IOException {
        Path target = file.toAbsolutePath();
        Path directory = target.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (Path each : all) {
                String name = String.valueOf(each.getFileName());
                if (name.startsWith(target.getFileName() + ".") && name.endsWith(FRESH)) {
                    boolean unused = Files.deleteIfExists(each);
                }
            }
        }
    }

    private static boolean hasModes(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static void replace(Path file, byte[] content, FileAttribute<?>[] rights) throws IOException {
        Path target = file.toAbsolutePath();
        Path directory = target.getParent();
        if (directory == null) {
            throw new IOException(file + " is no file");
        }
        Files.createDirectories(directory);
        // a name for each thread, so that two of them do not write into one file; of what processes may share, for each
        // process too
        String writer = (rights.length > 0 ? PROCESS + "-" : "")
                + Thread.currentThread().getId();
        Path fresh = target.resolveSibling(target.getFileName() + "." + writer + FRESH);
        try {
            if (rights.length > 0) { // never for a moment with the rights that a new file usually has
                boolean unused = Files.deleteIfExists(fresh);
                Path unusedToo = Files.createFile(fresh, rights);
            }
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

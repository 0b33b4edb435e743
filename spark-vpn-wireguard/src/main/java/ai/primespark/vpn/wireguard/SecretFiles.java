package ai.primespark.vpn.wireguard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Files that hold keys: mode 0600 in folders of mode 0700, from before the first byte, and replaced as a whole or not at all. Laxer
 * modes that are there already are refused, not mended: somebody may have read the key. On file systems without such modes, only
 * the replacing is done. Thread-safe.
 */
public final class SecretFiles {

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final Set<PosixFilePermission> OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

    private SecretFiles() {}

    /**
     * Makes a folder of mode 0700, or takes one that is there.
     *
     * @param folder the folder; its parents are made like it
     * @return the folder
     * @throws IOException when it cannot be made, or is open to others than its owner
     */
    public static Path folder(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            Path parent = folder.toAbsolutePath().getParent();
            if (parent != null && !Files.exists(parent)) {
                var unused = folder(parent);
            }
            try {
                if (posix(folder)) {
                    Files.createDirectory(folder, OWNER_FOLDER);
                } else {
                    Files.createDirectory(folder);
                }
            } catch (FileAlreadyExistsException e) {
                // somebody else was faster; its mode is checked below
            }
        }
        refuseLax(folder, "chmod 700");
        return folder;
    }

    /**
     * Writes a file as a whole.
     *
     * @param file its folder must be there; what the file held before is replaced
     * @param content what it holds afterwards
     * @throws IOException when it cannot be written, or file or folder is open to others than its owner
     */
    public static void write(Path file, byte[] content) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(file + " is no file");
        }
        refuseLax(folder, "chmod 700");
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            refuseLax(file, "chmod 600");
        }
        replace(file, content, true);
    }

    /** Replaces a file as a whole; one without secrets keeps its usual mode. */
    static void replace(Path file, byte[] content, boolean secret) throws IOException {
        Path part = file.resolveSibling("." + file.getFileName() + "."
                + Long.toString(ThreadLocalRandom.current().nextLong() >>> 1, 36));
        try {
            if (secret && posix(part)) {
                Files.createFile(part, OWNER_FILE);
            } else {
                Files.createFile(part);
            }
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                ByteBuffer left = ByteBuffer.wrap(content);
                while (left.hasRemaining()) {
                    var unused = channel.write(left);
                }
                channel.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /**
     * Reads a file.
     *
     * @param file the file; at most 256 MiB
     * @return what it holds
     * @throws IOException when it cannot be read, or is open to others than its owner
     */
    public static byte[] read(Path file) throws IOException {
        refuseLax(file, "chmod 600");
        if (Files.size(file) > 256 << 20) {
            throw new IOException(file + " is far too large for keys");
        }
        return Files.readAllBytes(file);
    }

    /**
     * Takes a folder that holds no secret itself, or makes it with mode 0700. Others may read it, and not write to it: they could put
     * keys of their own into it.
     *
     * @param folder the folder
     * @throws IOException when it cannot be made, or others than its owner may write to it
     */
    static void plainFolder(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            var unused = folder(folder);
        } else if (posix(folder)) {
            Set<PosixFilePermission> modes = EnumSet.copyOf(OTHERS);
            modes.retainAll(Files.getPosixFilePermissions(folder));
            if (modes.contains(PosixFilePermission.GROUP_WRITE) || modes.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new IOException("others than its owner may write to " + folder + " (" + modes
                        + "), and so put keys of their own there. Run `chmod go-w " + folder
                        + "`, or take another folder");
            }
        }
    }

    private static boolean posix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static void refuseLax(Path path, String mend) throws IOException {
        if (!posix(path)) {
            return;
        }
        Set<PosixFilePermission> modes = EnumSet.noneOf(PosixFilePermission.class);
        modes.addAll(Files.getPosixFilePermissions(path));
        modes.retainAll(OTHERS);
        if (!modes.isEmpty()) {
            throw new IOException(path + " is open to others than its owner (" + modes
                    + "): keys in it may have been read. Run `" + mend + " " + path
                    + "`, and rotate the keys if others use this machine");
        }
    }
}

package ai.primespark.vpn.wireguard.driver;

import ai.primespark.spi.Deadline;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnException.Kind;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.wireguard.WgConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The {@code wg-quick} file of an interface, and the files beside it that programs are told of instead of getting secrets as arguments.
 * All have mode 0600 from the moment at which they are made. Thread-safe.
 *
 * <p>The usual place is a folder that only root may look into, and a network namespace may have an {@code /etc} of its own. So what
 * this process does not see may well be there for programs, and is read by {@code cat} as one of them.
 */
final class ConfigFile {

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final int MOST_KEY_BYTES = 4096;

    private final Path path;
    private final @Nullable Path privateKeyFile;
    private final Tools tools;

    ConfigFile(Path path, @Nullable Path privateKeyFile, Tools tools) {
        this.path = path;
        this.privateKeyFile = privateKeyFile;
        this.tools = tools;
    }

    Path path() {
        return path;
    }

    /** Whether it is certain that there is none. Where this process may not look, it may be there. */
    boolean isMissing(Deadline deadline) {
        try {
            var unused = Files.readAttributes(path, BasicFileAttributes.class);
            return false;
        } catch (NoSuchFileException e) {
            Optional<byte[]> there = byProgram(path, e, deadline);
            there.ifPresent(secret -> Arrays.fill(secret, (byte) 0));
            return there.isEmpty();
        } catch (IOException e) { // such as AccessDeniedException
            return false;
        }
    }

    /**
     * What it says; empty when there is none.
     *
     * @throws VpnException {@link Kind#NOT_PERMITTED} when neither this process nor programs may read it
     */
    Optional<WgConfig> read(Deadline deadline) {
        try {
            return Optional.of(WgConfig.read(path));
        } catch (NoSuchFileException | AccessDeniedException e) {
            return byProgram(path, e, deadline).map(WgConfig::parse);
        } catch (IOException e) {
            throw failure("read", path, e);
        }
    }

    private Optional<byte[]> byProgram(Path file, FileSystemException why, Deadline deadline) {
        boolean missing = why instanceof NoSuchFileException;
        if (tools.havePrefix()) {
            try {
                return tools.cat(deadline, file.toString()).map(ToolRunner.Result::output);
            } catch (VpnException e) {
                if (!missing || e.kind() != Kind.NOT_PERMITTED) {
                    throw e;
                } // what this process does not see counts
            }
        }
        if (missing) {
            return Optional.empty();
        }
        throw failure("read", file, why); // programs have no other rights
    }

    /** This machine's private key, from the config or from a file of its own; empty when neither has one. */
    Optional<VpnSecretKey> privateKey(Optional<WgConfig> config, Deadline deadline) {
        Optional<VpnSecretKey> inConfig = config.flatMap(WgConfig::privateKey);
        if (inConfig.isPresent() || privateKeyFile == null) {
            return inConfig;
        }
        try {
            return keyBytes(privateKeyFile, deadline)
                    .map(bytes -> VpnSecretKey.parse(new String(bytes, StandardCharsets.ISO_8859_1).strip()));
        } catch (IllegalArgumentException e) { // says nothing of the text
            throw new VpnException(
                    Kind.INVALID, privateKeyFile + " does not hold a private key: " + e.getMessage(), null);
        }
    }

    private Optional<byte[]> keyBytes(Path file, Deadline deadline) {
        try (var in = Files.newInputStream(file)) {
            return Optional.of(in.readNBytes(MOST_KEY_BYTES));
        } catch (NoSuchFileException | AccessDeniedException e) {
            return byProgram(file, e, deadline);
        } catch (IOException e) {
            throw failure("read", file, e);
        }
    }

    /** Makes a file beside it, which the caller deletes or hands to {@link #replaceBy}. */
    Path beside(byte[] content) {
        Path directory = Objects.requireNonNull(path.getParent(), "an absolute path");
        Path made = null;
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(Objects.requireNonNullElse(directory.getParent(), directory));
                Files.createDirectory(directory, OWNER_ONLY_DIRECTORY);
            }
            made = Files.createTempFile(directory, ".spark-vpn", ".tmp", OWNER_ONLY);
            try (FileChannel channel = FileChannel.open(made, StandardOpenOption.WRITE)) {
                ByteBuffer rest = ByteBuffer.wrap(content);
                while (rest.hasRemaining()) {
                    var unused = channel.write(rest);
                }
                channel.force(true);
            }
            return made;
        } catch (IOException e) {
            if (made != null) {
                delete(made);
            }
            throw failure("write a file in", directory, e);
        }
    }

    /** Puts a file made by {@link #beside} in its place, at once or not at all. */
    void replaceBy(Path made) {
        try {
            Files.move(made, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw failure("replace", path, e);
        }
    }

    static void delete(Path made) {
        try {
            Files.deleteIfExists(made);
        } catch (IOException e) {
            throw failure("delete", made, e);
        }
    }

    private static VpnException failure(String what, Path file, IOException e) {
        return e instanceof AccessDeniedException
                ? new VpnException(
                        Kind.NOT_PERMITTED,
                        "this process may not " + what + " " + file
                                + "; run as root, or set config to a file of this user's own",
                        e)
                : new VpnException(Kind.FAILED, "cannot " + what + " " + file + ": " + e, e);
    }
}

package ai.primespark.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A small ext4 file system in an image file, mounted by a loop device: a disk that a test can freeze, fill, make read-only and take
 * away. Frozen, every write and everything that needs a new look at the disk waits in the kernel until it is thawed, not even ended
 * by a kill: just as a hard NFS mount does whose server is dead. Reads of what is in the page cache go on.
 *
 * <p>Needs Linux, root, loop devices and the usual tools; {@link #obstacle()} says what is missing.
 *
 * <pre>{@code
 * try (LoopFileSystem disk = LoopFileSystem.create(context.directory(), 64)) {
 *     disk.freeze();
 *     ... // whatever writes to disk.mountPoint() hangs
 *     disk.thaw();
 * }
 * }</pre>
 *
 * <p>For one thread at a time.
 */
public final class LoopFileSystem implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path image;
    private final Path mountPoint;
    private boolean mounted;
    private boolean frozen;

    private LoopFileSystem(Path image, Path mountPoint) {
        this.image = image;
        this.mountPoint = mountPoint;
    }

    /**
     * Why this machine cannot have such a file system.
     *
     * @return empty when it can
     */
    public static Optional<String> obstacle() {
        if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")) {
            return Optional.of("not Linux");
        }
        if (!Files.exists(Path.of("/dev/loop-control"))) {
            return Optional.of("no loop devices (/dev/loop-control)");
        }
        for (String tool : List.of("mkfs.ext4", "fsfreeze", "mount", "umount")) {
            if (List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin").stream()
                    .noneMatch(directory -> Files.isExecutable(Path.of(directory, tool)))) {
                return Optional.of("the program " + tool + " is missing");
            }
        }
        try {
            if (!run(List.of("id", "-u")).strip().equals("0")) {
                return Optional.of("not root");
            }
        } catch (IOException e) {
            return Optional.of(e.toString());
        }
        return Optional.empty();
    }

    /**
     * Makes a file system and mounts it.
     *
     * @param directory where its image and its mount point are made
     * @param mebibytes its size; 16 at least
     * @return the mounted file system
     * @throws IOException when a tool fails; its output is in the message
     */
    public static LoopFileSystem create(Path directory, int mebibytes) throws IOException {
        Path image = Files.createTempFile(directory, "disk", ".img");
        Path mountPoint = Files.createTempDirectory(directory, "mnt");
        run(List.of("truncate", "-s", mebibytes + "M", image.toString()));
        // no space kept for root, so that it fills up for root, too
        run(List.of("mkfs.ext4", "-q", "-F", "-m", "0", image.toString()));
        LoopFileSystem made = new LoopFileSystem(image, mountPoint);
        made.mount();
        return made;
    }

    /**
     * Where it is mounted.
     *
     * @return an absolute path
     */
    public Path mountPoint() {
        return mountPoint;
    }

    /**
     * Mounts it again after {@link #unmount()}.
     *
     * @throws IOException when that fails
     */
    public void mount() throws IOException {
        run(List.of("mount", "-o", "loop", image.toString(), mountPoint.toString()));
        mounted = true;
    }

    /**
     * Takes it away, even while files are open: the mount point is an empty directory then.
     *
     * @throws IOException when that fails
     */
    public void unmount() throws IOException {
        thaw();
        if (mounted) {
            run(List.of("umount", "-l", mountPoint.toString()));
            mounted = false;
        }
    }

    /**
     * Makes it read-only or writable.
     *
     * @param readOnly whether writing shall fail
     * @throws IOException when that fails
     */
    public void remount(boolean readOnly) throws IOException {
        run(List.of("mount", "-o", "remount," + (readOnly ? "ro" : "rw"), mountPoint.toString()));
    }

    /**
     * Lets everything that writes to it hang.
     *
     * @throws IOException when that fails
     */
    public void freeze() throws IOException {
        run(List.of("fsfreeze", "-f", mountPoint.toString()));
        frozen = true;
    }

    /**
     * Ends {@link #freeze()}; harmless otherwise.
     *
     * @throws IOException when that fails
     */
    public void thaw() throws IOException {
        if (frozen) {
            run(List.of("fsfreeze", "-u", mountPoint.toString()));
            frozen = false;
        }
    }

    /** Thaws and unmounts it, and deletes the image. */
    @Override
    public void close() {
        try {
            unmount();
            Files.deleteIfExists(image);
            Files.deleteIfExists(mountPoint);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (InputStream out = process.getInputStream()) {
            process.getOutputStream().close();
            String said = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + ": did not end");
            }
            if (process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said.strip());
            }
            return said;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(String.join(" ", command) + ": interrupted", e);
        }
    }

    @Override
    public String toString() {
        return "LoopFileSystem[" + mountPoint + (frozen ? ", frozen" : "") + "]";
    }
}

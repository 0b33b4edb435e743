package ai.primespark.memory.nfs;

import ai.primespark.memory.nfs.MountTable.Mount;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure that the directory is the storage that it should be: mounted, marked, and the same as before. An unmounted mount
 * point is an empty directory on the machine's own disk; what would be written there would vanish when the mount comes back.
 *
 * <p>Thread-safe without a lock, because a look at a mount may hang.
 */
final class MountGuard {

    private static final Logger LOG = LoggerFactory.getLogger(MountGuard.class);

    private static final long CHECK_NANOS = 1_000_000_000;
    private static final Object UNKNOWN_DEVICE = "unknown";

    private final String who;
    private final Layout layout;
    private final Rules rules;
    private final Path table;
    private final AtomicReference<@Nullable String> storage = new AtomicReference<>();
    private volatile @Nullable Checked checked;

    /**
     * What is asked of the directory.
     *
     * @param init whether it may be marked
     * @param allowSameDevice whether it may lie on its parent's disk
     * @param storage the only UUID that will do, or null
     */
    record Rules(
            boolean init, boolean allowSameDevice, @Nullable String storage) {}

    /**
     * What was found.
     *
     * @param storage the marker's UUID
     * @param mount what holds the directory, if the system says
     * @param device the file system's number
     * @param atNanos when
     */
    record Checked(String storage, @Nullable Mount mount, Object device, long atNanos) {

        boolean isNetwork() {
            return mount != null && mount.isNetwork();
        }

        boolean isSmb() {
            return mount != null && mount.isSmb();
        }
    }

    MountGuard(String who, Layout layout, Rules rules, Path table) {
        this.who = who;
        this.layout = layout;
        this.rules = rules;
        this.table = table;
        this.storage.set(rules.storage());
    }

    /** To be called before each piece of work; looks at the mount at most once a second. */
    Checked check() throws IOException {
        Checked last = checked;
        return last != null && System.nanoTime() - last.atNanos() < CHECK_NANOS ? last : checkNow();
    }

    /** Looks at the mount. */
    Checked checkNow() throws IOException {
        long now = System.nanoTime();
        try {
            Object device = device(layout.root());
            boolean ownDevice = isOwnDevice(device);
            Checked last = checked;
            Mount mount =
                    last != null && last.device().equals(device) && device != UNKNOWN_DEVICE ? last.mount() : mount();
            if (!ownDevice && !rules.allowSameDevice() && (mount == null || !mount.isNetwork())) {
                throw unmounted("is not a mount point, and not on a network file system, but on "
                        + (mount == null ? "its parent's disk" : mount.point() + " (" + mount.type() + ")"));
            }
            Checked fresh = new Checked(identity(), mount, device, now);
            if (last == null) {
                welcome(fresh);
            }
            checked = fresh;
            return fresh;
        } catch (NoSuchFileException | NotDirectoryException e) {
            checked = null;
            throw new TierException(
                    Kind.PERMANENT,
                    who
                            + ": the directory does not exist; make it on the NAS, mount that, and check the setting path. It is"
                            + " never made here, because that could fill this machine's own disk",
                    e);
        } catch (IOException | TierException e) {
            checked = null;
            throw e;
        }
    }

    /**
     * Makes sure that the storage was there at a moment after the call, so that "no such file" means that there is none. Reads
     * the marker and no more.
     */
    void confirm() throws IOException {
        String now = readMarker();
        if (now == null || !now.equals(storage.get())) {
            checkNow(); // says what is wrong, or that it was mounted this moment
            throw new TierException(Kind.TRANSIENT, who + ": the mount changed meanwhile", null);
        }
    }

    private String identity() throws IOException {
        String known = storage.get(); // before the marker is read, as another thread may be making it
        String now = readMarker();
        if (now == null) {
            // once a storage was seen here, an empty directory is not a new one
            if (!rules.init() || known != null) {
                throw unmounted("has no file " + Layout.MARKER);
            }
            now = NfsStorage.mark(layout, who);
            LOG.info("{}: marked as a new storage, {}", who, now);
        }
        if (known == null) {
            storage.compareAndSet(null, now);
            known = Objects.requireNonNull(storage.get());
        }
        if (!known.equals(now)) {
            throw new TierException(
                    Kind.PERMANENT,
                    who + ": another storage is mounted there, " + now + " instead of " + known
                            + "; mount the right one, or set uuid = " + now + " and restart to change over",
                    null);
        }
        return now;
    }

    private @Nullable String readMarker() throws IOException {
        byte[] content;
        try {
            content = NasFiles.readSmall(layout.marker());
        } catch (NoSuchFileException e) {
            return null;
        }
        return NfsStorage.parse(content, who);
    }

    private TierException unmounted(String why) {
        return new TierException(
                Kind.PERMANENT,
                who + ": the directory " + why + ". If the NAS is not mounted, mount it. If it is a new storage, set"
                        + " init = if-empty once (it must be empty). If it is meant to lie on this disk, set"
                        + " allow-same-device = true",
                null);
    }

    private static Object device(Path path) throws IOException {
        try {
            return Files.getAttribute(path, "unix:dev");
        } catch (UnsupportedOperationException e) { // Windows
            return UNKNOWN_DEVICE;
        }
    }

    private boolean isOwnDevice(Object device) throws IOException {
        Path root = layout.root();
        if (device == UNKNOWN_DEVICE) {
            return root.toString().startsWith("\\\\"); // a share by its network name
        }
        Path parent = root.toRealPath().getParent();
        return parent == null || !device.equals(device(parent));
    }

    private @Nullable Mount mount() throws IOException {
        return MountTable.find(table, layout.root().toRealPath());
    }

    private void welcome(Checked fresh) {
        Mount mount = fresh.mount();
        if (mount != null && mount.isNfs() && mount.options().contains("soft")) {
            LOG.warn("{}: {}", who, mount.advice());
        }
    }

    /** Type, options and space, for people. */
    String detail(Checked now) throws IOException {
        long free = Files.getFileStore(layout.root()).getUsableSpace();
        Mount mount = now.mount();
        if (mount == null) {
            return (free >> 20) + " MiB free";
        }
        String advice = mount.advice();
        return mount.type() + " from " + mount.source() + ", " + (free >> 20) + " MiB free, options "
                + String.join(",", mount.options()) + (advice.isEmpty() ? "" : "; " + advice);
    }
}

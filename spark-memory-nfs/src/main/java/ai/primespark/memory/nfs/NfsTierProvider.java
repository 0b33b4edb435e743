package ai.primespark.memory.nfs;

import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Makes tiers in a directory on a NAS, mounted by NFS or SMB: type {@code nfs}. Several machines may use one directory at the same
 * time. A hung mount holds up no caller; an unmounted one is never written to.
 */
public final class NfsTierProvider implements MemoryTierProvider {

    /** Whether a tier may make its marker. */
    enum Init {
        /** Never. */
        NEVER,
        /** In an empty directory. */
        IF_EMPTY
    }

    /** Who writes to the directory. */
    enum Writers {
        /** Several processes, on several machines. */
        SHARED,
        /** This process alone. */
        SINGLE
    }

    static final Setting<Path> PATH = Setting.path(
            "path",
            "The directory: the mount point of an NFS or SMB share, or a directory on such a share. Never made, only used.");

    static final Setting<Init> INIT = Setting.choice(
                    "init",
                    Init.class,
                    "Whether the tier may mark the directory as its own: never, or if-empty, that is, when it is empty and"
                            + " mounted.")
            .defaultsTo(Init.NEVER);

    static final Setting<String> UUID = Setting.text(
                    "uuid",
                    "The storage's UUID, as its file .prime-spark-tier says; any other storage is refused. Without it: whichever"
                            + " is found first after the start.")
            .must(text -> text.matches("[0-9a-f-]{36}"), "a UUID in lower case")
            .optional();

    static final Setting<Boolean> ALLOW_SAME_DEVICE = Setting.bool(
                    "allow-same-device",
                    "Whether the directory may lie on the disk of its parent. Gives up the protection against writing into an"
                            + " unmounted mount point; for tests and local disks.")
            .defaultsTo(false);

    static final Setting<Writers> WRITERS = Setting.choice(
                    "writers",
                    Writers.class,
                    "Who writes: shared, when several processes or machines do; single is faster, and loses updates if it is not"
                            + " true.")
            .defaultsTo(Writers.SHARED);

    static final Setting<Long> THREADS = Setting.number(
                    "threads",
                    "Threads that touch the mount; a hung mount can hold this many, and twice as many after it was replaced.")
            .atLeast(1L)
            .atMost(256L)
            .defaultsTo(8L);

    static final Setting<Long> QUEUE = Setting.number("queue", "Calls that may wait for a thread; more fail at once.")
            .atLeast(1L)
            .atMost(1_000_000L)
            .defaultsTo(1_024L);

    static final Setting<Long> MAX_BYTES = Setting.bytes(
                    "max-bytes",
                    "How much records and chunks may hold in all; beyond, writes fail and deletions still work. Counted by each"
                            + " process for itself, so several writers may go over it by what they write within an hour.")
            .atLeast(1L << 20)
            .optional();

    static final Setting<Duration> LEASE_LIFE = Setting.duration(
                    "lease-life",
                    "After how long the lock that a dead writer left on a key may be broken, by the file server's clock.")
            .atLeast(Duration.ofSeconds(1))
            .atMost(Duration.ofMinutes(10))
            .defaultsTo(Duration.ofSeconds(10));

    /** For {@link java.util.ServiceLoader}. */
    public NfsTierProvider() {}

    @Override
    public String name() {
        return "nfs";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(PATH, INIT, UUID, ALLOW_SAME_DEVICE, WRITERS, THREADS, QUEUE, MAX_BYTES, LEASE_LIFE);
    }

    @Override
    public MemoryTier create(ProviderContext context) {
        return new NfsTier(context, MountTable.SELF);
    }
}

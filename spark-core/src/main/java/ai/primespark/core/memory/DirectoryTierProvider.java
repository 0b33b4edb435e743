package ai.primespark.core.memory;

import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes tiers in a local directory, one file a record: type {@code directory}.
 *
 * <p>For directories on a local disk. One process at a time uses a directory; it is locked.
 */
public final class DirectoryTierProvider implements MemoryTierProvider {

    static final Setting<Path> PATH = Setting.path(
                    "path",
                    "The directory, on a local disk. Without it: one of the instance's own below the data directory.")
            .optional();

    static final Setting<Boolean> SYNC_DIRECTORY = Setting.bool(
                    "sync-directory",
                    "Also sync the directory after each write. Not needed on ext4, xfs, btrfs and f2fs, where a write whose"
                            + " renaming was lost in a power cut is completed at the next start; about doubles the time of a"
                            + " write.")
            .defaultsTo(false);

    static final Setting<Long> MAX_BYTES = Setting.bytes(
                    "max-bytes",
                    "How much the tier's files may hold in all; beyond, writes fail and deletions still work.")
            .atLeast(1L << 20)
            .optional();

    /** For {@link java.util.ServiceLoader}. */
    public DirectoryTierProvider() {}

    @Override
    public String name() {
        return "directory";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(PATH, SYNC_DIRECTORY, MAX_BYTES);
    }

    @Override
    public boolean usedByDefault() {
        return true;
    }

    @Override
    public MemoryTier create(ProviderContext context) {
        return new DirectoryTier(
                context.id(),
                context.settings().find(PATH).orElseGet(context::dataDirectory).toAbsolutePath(),
                context.clock(),
                context.settings().get(SYNC_DIRECTORY),
                context.settings().find(MAX_BYTES).orElse(Long.MAX_VALUE));
    }
}

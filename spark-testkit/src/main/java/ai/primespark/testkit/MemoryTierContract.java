package ai.primespark.testkit;

import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Timeout;

/**
 * The rules that every {@link ai.primespark.spi.MemoryTier} keeps; their ids, {@code TIER-01} to {@code TIER-13}, are explained
 * there, and those of its blobs, {@code TIER-14} to {@code TIER-21}, in {@link ai.primespark.spi.BlobTier}. Extend it in a test:
 *
 * <pre>{@code
 * class DiskTierContractTest extends MemoryTierContract {
 *     protected MemoryTierProvider provider() {
 *         return new DiskTierProvider();
 *     }
 *
 *     protected Map<String, Object> settings(Path directory) {
 *         return Map.of("path", directory);
 *     }
 * }
 * }</pre>
 *
 * <p>What a tier promises by its {@linkplain ai.primespark.spi.MemoryTier#traits() traits} is held against it. Each test uses
 * namespaces of its own, so that one server may serve them all; the storage must have room for some 50 megabytes.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class MemoryTierContract extends TierBlobRules {

    /** For subclasses. */
    protected MemoryTierContract() {}

    /**
     * The provider whose tiers are tested.
     *
     * @return a provider
     */
    protected abstract MemoryTierProvider provider();

    /**
     * Settings for one storage. Tiers that are given the same directory must find the same storage.
     *
     * @param directory a directory for the storage that does not exist yet; tiers that have no use for it ignore it
     * @return values by setting name; none unless overridden
     */
    protected Map<String, Object> settings(Path directory) {
        return Map.of();
    }

    /**
     * How long a single operation may take before it counts as hanging.
     *
     * @return 30 seconds unless overridden
     */
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }

    /**
     * Cuts the connection that brings a tier's {@linkplain ai.primespark.spi.MemoryTier#invalidations() news} in a way that the
     * tier mends by itself, to see that it tells of the gap and of its end.
     *
     * @param tier a tier of the {@link #provider()}
     * @return whether it was cut; false unless overridden, and then gaps are not tested
     */
    protected boolean cutNews(MemoryTier tier) {
        return false;
    }

    @Override
    final boolean cutFeed(MemoryTier tier) {
        return cutNews(tier);
    }

    @Override
    final MemoryTierProvider tierProvider() {
        return provider();
    }

    @Override
    final Map<String, Object> tierSettings(Path directory) {
        return settings(directory);
    }

    @Override
    final Duration tierPatience() {
        return patience();
    }
}

package ai.primespark.spi;

import java.util.List;

/**
 * A named factory that the engine finds. Implement one of the sub-interfaces, one for each kind of product.
 *
 * <p>Needs a public constructor without parameters that does nothing, so that finding providers is cheap and safe. An
 * exception or {@link LinkageError} from it is reported and takes no other provider with it.
 *
 * <p>How the engine chooses: an instance or provider that the application handed in wins, then the configured name, then the
 * only one that says {@link #usedByDefault()}; anything ambiguous is an error that lists everything that was found.
 */
public sealed interface SparkProvider
        permits MemoryTierProvider,
                LlmBackendProvider,
                PowerSourceProvider,
                VpnDriverProvider,
                TaskQueueProvider,
                RemoteAgentProvider,
                UserStoreProvider {

    /**
     * The level of this SPI. The compiler copies the constant into the plugin that returns it from {@link #spiLevel()}, so a
     * plugin carries the level that it was built against.
     */
    int SPI_LEVEL = 1;

    /** The oldest level that engines of this version still accept. */
    int OLDEST_SPI_LEVEL = 1;

    /**
     * The type name that configurations use.
     *
     * @return {@code [a-z][a-z0-9-]*}, unique among the providers of its kind, for example {@code "redis"}
     */
    String name();

    /**
     * The SPI level that this provider was built against. Always written as {@code return SPI_LEVEL;}.
     *
     * <p>A provider is usable if its level lies between {@link #OLDEST_SPI_LEVEL} and {@link #SPI_LEVEL} of the engine's
     * {@code spark-api}. Otherwise it is never created: naming it in the configuration is an error that says which side to
     * upgrade, and leaving it unused is a warning.
     *
     * @return the level
     */
    int spiLevel();

    /**
     * Every setting that this provider understands. Anything else in its configuration is refused before {@code create} is
     * called, and all values are checked.
     *
     * @return in the order in which documentation should show them; constant
     */
    default List<Setting<?>> settings() {
        return List.of();
    }

    /**
     * Whether an instance with default settings is useful when the application configured none of this kind.
     *
     * @return {@code false} unless overridden
     */
    default boolean usedByDefault() {
        return false;
    }
}

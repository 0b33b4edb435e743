package ai.primespark.spi;

import ai.primespark.Zone;

/** Makes memory tiers. See {@link SparkProvider} for what is asked of every provider. */
public non-sealed interface MemoryTierProvider extends SparkProvider {

    /**
     * Makes an instance. Does no I/O and starts nothing: that is for {@link SparkComponent#start()}.
     *
     * @param context the instance's id, settings, clock, executors and metrics; may be kept
     * @return a new instance
     * @throws IllegalArgumentException when settings that are valid one by one do not fit together; the message says how to
     *     mend it, and the engine reports it as a configuration problem
     */
    MemoryTier create(ProviderContext context);

    /**
     * How far values travel to this provider's tiers when the configuration of a tier does not say.
     *
     * @return {@link Zone#EDGE} unless overridden; a tier that usually lies with a third party says {@link Zone#CLOUD}
     */
    default Zone defaultZone() {
        return Zone.EDGE;
    }
}

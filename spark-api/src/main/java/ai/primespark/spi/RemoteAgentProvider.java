package ai.primespark.spi;

/** Makes agents that run elsewhere. See {@link SparkProvider} for what is asked of every provider. */
public non-sealed interface RemoteAgentProvider extends SparkProvider {

    /**
     * Makes an instance. Does no I/O and starts nothing: that is for {@link SparkComponent#start()}.
     *
     * @param context the instance's id, settings, clock, executors and metrics; may be kept
     * @return a new instance
     * @throws IllegalArgumentException when settings that are valid one by one do not fit together; the message says how to
     *     mend it, and the engine reports it as a configuration problem
     */
    RemoteAgent create(ProviderContext context);
}

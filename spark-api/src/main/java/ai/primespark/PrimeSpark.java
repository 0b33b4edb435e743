package ai.primespark;

import ai.primespark.agent.Agents;
import ai.primespark.auth.Auth;
import ai.primespark.event.SparkEvents;
import ai.primespark.health.Health;
import ai.primespark.llm.Llm;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryOptions;
import ai.primespark.power.Power;
import ai.primespark.power.PowerPolicy;
import ai.primespark.spi.KeyProvider;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.PowerSource;
import ai.primespark.vpn.Vpn;
import java.time.Duration;
import java.time.InstantSource;

/**
 * One running Prime Spark: memory in tiers, LLM calls routed edge first, agents, power, VPN, auth and health.
 *
 * <pre>{@code
 * try (PrimeSpark spark = PrimeSpark.builder().config(SparkConfig.load()).build()) {
 *     LlmResponse answer = spark.llm().generate(LlmRequest.prompt("Why is the sky blue?").build());
 *     spark.memory().put("answers/sky", answer.text());
 * }
 * }</pre>
 *
 * <p>Thread-safe, and immutable after {@link Builder#build()}. Two instances in one JVM are fully independent as long as they
 * do not share a data directory. No shutdown hook is installed: the application closes what it built.
 */
public interface PrimeSpark extends AutoCloseable {

    /**
     * Starts a configuration.
     *
     * @return a new builder, made by the engine that is found on the run-time path
     * @throws ConfigurationException when no engine is found, or more than one
     */
    static Builder builder() {
        return EngineLocator.locate().newBuilder();
    }

    /**
     * Values that survive the process, in tiers.
     *
     * @return the default namespace; the same object on every call
     */
    Memory memory();

    /**
     * Language models, routed over the configured backends.
     *
     * @return the router; the same object on every call
     */
    Llm llm();

    /**
     * Tasks for agents in this process and on other machines.
     *
     * @return the queue of tasks and this process's agents; the same object on every call
     */
    Agents agents();

    /**
     * Where the electricity comes from, and what follows from it.
     *
     * @return the power manager; the same object on every call
     */
    Power power();

    /**
     * The private network to this machine's peers.
     *
     * @return the VPN manager; answers {@link ai.primespark.vpn.VpnState#DISABLED} when no driver is configured
     */
    Vpn vpn();

    /**
     * Users, tokens and permissions.
     *
     * @return the auth service; the same object on every call
     */
    Auth auth();

    /**
     * How every subsystem and plugin is doing.
     *
     * @return the health service; the same object on every call
     */
    Health health();

    /**
     * What happens, as it happens.
     *
     * @return the event stream; the same object on every call
     */
    SparkEvents events();

    /**
     * What this instance is made of: providers, their settings with secrets masked, and where each setting came from.
     *
     * @return a description taken when the instance was built
     */
    SystemInfo info();

    /**
     * Drains and closes every part in reverse start order, within the grace period of {@link Builder#closeTimeout(Duration)}.
     * What was acknowledged is never lost by closing. Closing twice is harmless. What the application handed in (tiers,
     * backends, a clock) stays open.
     *
     * @throws SparkException when a part could not be closed cleanly; the other parts are closed all the same, and their
     *     failures are attached as suppressed exceptions
     */
    @Override
    void close();

    /**
     * Collects what an instance is to be made of. Not thread-safe; may build several instances.
     *
     * <p>Precedence, lowest first: built-in defaults (each plugin's {@code reference.conf}), {@link #config(SparkConfig)}, then
     * the typed options and instances given here. A later call of the same method replaces the earlier one unless it says
     * that it adds.
     */
    interface Builder {

        /**
         * Sets the configuration to read. Without this call nothing outside the program is read: no file, no environment, no
         * system property.
         *
         * @param config where settings come from
         * @return this builder
         */
        Builder config(SparkConfig config);

        /**
         * Sets memory options; they win over the same settings in {@link #config(SparkConfig)}.
         *
         * @param options what to set; options left alone keep their configured or default value
         * @return this builder
         */
        Builder memory(MemoryOptions options);

        /**
         * Sets LLM options; they win over the same settings in {@link #config(SparkConfig)}.
         *
         * @param options what to set; options left alone keep their configured or default value
         * @return this builder
         */
        Builder llm(LlmOptions options);

        /**
         * Adds a tier that the application made itself, colder than all tiers added before. When at least one is added,
         * {@code memory.tiers} of the configuration is not used. The application closes it.
         *
         * @param id unique among the tiers, {@code [a-z][a-z0-9-]*}
         * @param tier the tier
         * @return this builder
         */
        default Builder memoryTier(String id, MemoryTier tier) {
            return memoryTier(id, Zone.EDGE, tier);
        }

        /**
         * Adds a tier that the application made itself, as {@link #memoryTier(String, MemoryTier)} does.
         *
         * @param id unique among the tiers, {@code [a-z][a-z0-9-]*}
         * @param zone how far values travel to it
         * @param tier the tier
         * @return this builder
         */
        Builder memoryTier(String id, Zone zone, MemoryTier tier);

        /**
         * Sets where the keys of sealed memory come from: the application's key store, HSM or key management service. It wins
         * over {@code memory.encryption.keys-file} and {@code memory.encryption.keys} of the configuration.
         *
         * @param keys must outlive the instance
         * @return this builder
         */
        @Experimental
        Builder keyProvider(KeyProvider keys);

        /**
         * Adds a backend that the application made itself. When at least one is added, {@code llm.backends} of the
         * configuration is not used. The application closes it.
         *
         * @param backend its id comes from {@link LlmBackend#info()}
         * @return this builder
         */
        Builder llmBackend(LlmBackend backend);

        /**
         * Replaces the configured routing strategy by the application's own policy.
         *
         * @param policy decides the order of candidates; privacy is enforced before it is asked
         * @return this builder
         */
        Builder routingPolicy(RoutingPolicy policy);

        /**
         * Adds a power source that the application made itself, such as an
         * {@link ai.primespark.power.ManualPowerSource}. When at least one is added, {@code power.sources} of the configuration
         * is not used. The application starts and closes it.
         *
         * @param id unique among the sources, {@code [a-z][a-z0-9-]*}; status, health and metrics name it so
         * @param source the source
         * @return this builder
         */
        @Experimental
        Builder powerSource(String id, PowerSource source);

        /**
         * Replaces the configured thresholds by the application's own judgement of readings. How long and how often the same is
         * called for, flapping, and what follows from a profile stay the engine's.
         *
         * @param policy judges readings; what it throws is logged, and the configured thresholds judge instead
         * @return this builder
         */
        @Experimental
        Builder powerPolicy(PowerPolicy policy);

        /**
         * Turns the search for providers on the run-time path on or off. Off, only instances given here, the embedded
         * providers of the engine and providers added with {@link #provider} are used.
         *
         * @param enabled {@code true} by default
         * @return this builder
         */
        Builder discovery(boolean enabled);

        /**
         * Adds a provider that is not found by discovery. It wins over a discovered provider of the same kind and name.
         *
         * @param provider the provider
         * @return this builder
         */
        Builder provider(ai.primespark.spi.SparkProvider provider);

        /**
         * Sets the wall clock: expiry, versions and timestamps use it. Time limits use the monotonic clock of the JVM.
         *
         * @param clock the system clock by default
         * @return this builder
         */
        Builder clock(InstantSource clock);

        /**
         * Sets how long {@link PrimeSpark#close()} may take.
         *
         * @param timeout 10 s by default; positive
         * @return this builder
         */
        Builder closeTimeout(Duration timeout);

        /**
         * Publishes metrics to a Micrometer registry. The parameter is an {@code Object} so that applications without
         * Micrometer need not have it; the application closes the registry.
         *
         * @param micrometerMeterRegistry an {@code io.micrometer.core.instrument.MeterRegistry}; anything else is reported by
         *     {@link #build()}
         * @return this builder
         */
        Builder meterRegistry(Object micrometerMeterRegistry);

        /**
         * Makes each call of a language model an observation, and each attempt at a backend a part of it, so that they appear
         * in the application's traces. The parent is what the thread that opens the call observes at that moment. The parameter
         * is an {@code Object} so that applications without Micrometer need not have it.
         *
         * @param micrometerObservationRegistry an {@code io.micrometer.observation.ObservationRegistry}; anything else is
         *     reported by {@link #build()}
         * @return this builder
         */
        Builder observationRegistry(Object micrometerObservationRegistry);

        /**
         * Checks everything, then makes and starts every part in dependency order. A part that cannot start takes down those
         * that were started before it, and its failure is thrown. Remote servers that are away are not a failure: the parts
         * that need them start and report it in {@link PrimeSpark#health()}.
         *
         * @return the running instance; close it
         * @throws ConfigurationException with every problem found, not only the first
         * @throws SparkException when a part cannot start
         */
        PrimeSpark build();
    }
}

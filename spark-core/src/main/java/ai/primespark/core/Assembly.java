package ai.primespark.core;

import ai.primespark.ConfigProblem;
import ai.primespark.ConfigurationException;
import ai.primespark.PrimeSpark;
import ai.primespark.SystemInfo;
import ai.primespark.core.config.Resolved;
import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.core.discovery.Providers;
import ai.primespark.core.health.HealthService;
import ai.primespark.core.llm.LlmEngine;
import ai.primespark.core.llm.LlmEnvironment;
import ai.primespark.core.llm.Metering;
import ai.primespark.core.llm.budget.BudgetFile;
import ai.primespark.core.llm.energy.EnergyMeter;
import ai.primespark.core.llm.observe.Spans;
import ai.primespark.core.memory.ConfiguredTier;
import ai.primespark.core.memory.MemoryEngine;
import ai.primespark.core.power.PowerEngine;
import ai.primespark.core.runtime.Lifecycle;
import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.core.vpn.VpnEngine;
import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvents;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.spi.KeyProvider;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.SparkComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes and starts the parts of one instance in the order in which they need each other. Used once. */
final class Assembly {

    private final SparkRuntime runtime;
    private final Resolved resolved;
    private final Providers providers;
    private final Duration closeTimeout;
    private final @Nullable KeyProvider keys;
    private final Spans spans;
    private final Lifecycle lifecycle = new Lifecycle();

    Assembly(
            SparkRuntime runtime,
            Resolved resolved,
            Providers providers,
            Duration closeTimeout,
            @Nullable KeyProvider keys,
            Spans spans) {
        this.runtime = runtime;
        this.resolved = resolved;
        this.providers = providers;
        this.closeTimeout = closeTimeout;
        this.keys = keys;
        this.spans = spans;
    }

    PrimeSpark assemble(
            List<ConfiguredTier> givenTiers, List<LlmBackend> givenBackends, @Nullable RoutingPolicy policy) {
        lifecycle.add("runtime", runtime);
        try {
            PowerEngine power = new PowerEngine(resolved.section("power"), runtime);
            lifecycle.add("power", power);
            VpnEngine vpn = new VpnEngine(runtime.events());

            List<ConfiguredTier> tiers = tiers(givenTiers);
            MemoryEngine memory = memory(tiers);
            memory.closeWithin(closeTimeout);
            lifecycle.add("memory", memory);
            SparkEvents.Subscription obedience = power.onChange(decision -> memory.power(decision.profile()));
            lifecycle.add("memory's obedience to power", obedience);
            memory.power(power.profile());

            List<LlmBackend> backends = backends(givenBackends);
            EnergyMeter energy = new EnergyMeter(() -> power.status().reading(), runtime.clock(), System::nanoTime);
            energy.start(runtime.executors().scheduler());
            lifecycle.add("energy meter", energy);
            LlmEnvironment around = LlmEnvironment.builder(
                            runtime.clock(),
                            runtime.executors().blocking(),
                            runtime.executors().scheduler(),
                            runtime.nodeId())
                    .policy(policy)
                    .meters(runtime.meters())
                    .listener(runtime.events()::publish)
                    .power(power::edgeOnly, power::profile)
                    .answers(new AnswersInMemory(memory::own))
                    .metering(new Metering(
                            energy,
                            new BudgetFile(
                                    runtime.dataDirectory().resolve("engine").resolve("llm-budgets.json"))))
                    .spans(spans)
                    .build();
            LlmEngine llm = llm(backends, around);
            lifecycle.add("llm", llm);

            HealthService health = new HealthService(
                    resolved.section("health"),
                    runtime.executors().blocking(),
                    runtime.executors().scheduler(),
                    runtime.clock(),
                    runtime.events());
            lifecycle.add("health", health);
            StandardChecks.register(health, memory, llm, power, vpn);

            CoreSpark spark =
                    new CoreSpark(memory, llm, power, vpn, health, runtime.events(), info(), lifecycle, closeTimeout);
            lifecycle.add(
                    "announcement",
                    () -> runtime.events()
                            .publish(new SparkEvent.Stopping(runtime.clock().instant())));
            runtime.events().publish(new SparkEvent.Started(runtime.clock().instant()));
            return spark;
        } catch (RuntimeException | Error e) {
            lifecycle.rollBack(e, closeTimeout);
            throw e;
        }
    }

    private LlmEngine llm(List<LlmBackend> backends, LlmEnvironment around) {
        try {
            return new LlmEngine(resolved.section("llm"), backends, around);
        } catch (IllegalArgumentException e) { // settings that do not fit the backends there are
            throw problem("primespark.llm", "configuration", e, "change the settings of llm");
        }
    }

    private MemoryEngine memory(List<ConfiguredTier> tiers) {
        try {
            return new MemoryEngine(
                    resolved.section("memory"),
                    tiers,
                    runtime.clock(),
                    runtime.executors().blocking(),
                    runtime.executors().scheduler(),
                    runtime.meters(),
                    runtime.events()::publish,
                    runtime.nodeId(),
                    runtime.dataDirectory().resolve("engine"),
                    keys);
        } catch (IllegalArgumentException e) { // settings that do not fit the tiers there are
            throw problem("primespark.memory", "configuration", e, "change the settings of memory");
        }
    }

    private List<ConfiguredTier> tiers(List<ConfiguredTier> given) {
        List<ConfiguredTier> slots = new ArrayList<>(given);
        if (given.isEmpty()) {
            for (Resolved.Instance instance : resolved.instances(ProviderKind.MEMORY_TIER)) {
                MemoryTierProvider provider = (MemoryTierProvider) instance.provider();
                MemoryTier tier = make(ProviderKind.MEMORY_TIER, instance, provider::create);
                slots.add(new ConfiguredTier(
                        instance.id(),
                        provider.name(),
                        instance.common().find(CoreSettings.TIER_ZONE).orElseGet(provider::defaultZone),
                        tier));
            }
        }
        return slots;
    }

    private List<LlmBackend> backends(List<LlmBackend> given) {
        if (!given.isEmpty()) {
            return given;
        }
        List<LlmBackend> backends = new ArrayList<>();
        for (Resolved.Instance instance : resolved.instances(ProviderKind.LLM_BACKEND)) {
            backends.add(make(ProviderKind.LLM_BACKEND, instance, ((LlmBackendProvider) instance.provider())::create));
        }
        return backends;
    }

    /** Makes and starts an instance; it is closed with everything else, or at once when its start fails. */
    private <C extends SparkComponent> C make(
            ProviderKind kind, Resolved.Instance instance, Function<ProviderContext, C> create) {
        C component;
        try {
            component = create.apply(runtime.context(kind, instance.id(), instance.settings()));
        } catch (IllegalArgumentException e) { // what the SPI says for settings that do not fit together
            throw problem(instance.path(), instance.origin(), e, "change the settings of '" + instance.id() + "'");
        }
        lifecycle.start(kind.label() + " '" + instance.id() + "'", component::start, component);
        return component;
    }

    private static ConfigurationException problem(
            String path, String origin, IllegalArgumentException cause, String remedy) {
        return new ConfigurationException(
                List.of(new ConfigProblem(path, origin, String.valueOf(cause.getMessage()), remedy)));
    }

    private SystemInfo info() {
        return new SystemInfo(
                EngineVersion.get(),
                runtime.nodeId(),
                System.getProperty("java.version", "unknown"),
                runtime.executors().virtual(),
                providers.info(),
                resolved.info());
    }
}

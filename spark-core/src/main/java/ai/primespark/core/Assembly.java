package ai.primespark.core;

import ai.primespark.ConfigProblem;
import ai.primespark.ConfigurationException;
import ai.primespark.PrimeSpark;
import ai.primespark.SystemInfo;
import ai.primespark.core.agent.AgentSettings;
import ai.primespark.core.agent.AgentsEngine;
import ai.primespark.core.agent.builtin.Builtin;
import ai.primespark.core.auth.AuthEngine;
import ai.primespark.core.auth.store.TieredUserStore;
import ai.primespark.core.config.Resolved;
import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.core.discovery.Providers;
import ai.primespark.core.health.CheckThreads;
import ai.primespark.core.health.HealthService;
import ai.primespark.core.llm.LlmEngine;
import ai.primespark.core.llm.LlmEnvironment;
import ai.primespark.core.llm.Metering;
import ai.primespark.core.llm.budget.BudgetFile;
import ai.primespark.core.llm.energy.EnergyMeter;
import ai.primespark.core.llm.observe.Spans;
import ai.primespark.core.memory.ConfiguredTier;
import ai.primespark.core.memory.MemoryEngine;
import ai.primespark.core.power.ConfiguredSource;
import ai.primespark.core.power.Drains;
import ai.primespark.core.power.PowerEngine;
import ai.primespark.core.power.PowerSettings;
import ai.primespark.core.power.SpreadResume;
import ai.primespark.core.runtime.Lifecycle;
import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.core.system.SystemMonitor;
import ai.primespark.core.vpn.VpnEngine;
import ai.primespark.core.vpn.VpnSettings;
import ai.primespark.core.vpn.Ways;
import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvents;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.power.PowerPolicy;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.KeyProvider;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.RemoteAgent;
import ai.primespark.spi.RemoteAgentProvider;
import ai.primespark.spi.Settings;
import ai.primespark.spi.SparkComponent;
import ai.primespark.spi.TaskQueue;
import ai.primespark.spi.TaskQueueProvider;
import ai.primespark.spi.UserStore;
import ai.primespark.spi.UserStoreProvider;
import ai.primespark.spi.VpnDriver;
import ai.primespark.spi.VpnDriverProvider;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes and starts the parts of one instance in the order in which they need each other. Used once. */
final class Assembly {

    /** Those that answer at all do so within milliseconds; an instance is not to start late for the others. */
    private static final Duration FIRST_READING = Duration.ofSeconds(1);

    private final SparkRuntime runtime;
    private final Resolved resolved;
    private final Providers providers;
    private final Duration closeTimeout;
    private final @Nullable KeyProvider keys;
    private final Spans spans;
    private final Lifecycle lifecycle = new Lifecycle();
    private final StandardChecks checks = new StandardChecks();
    private List<ConfiguredSource> givenSources = List.of();
    private @Nullable PowerPolicy powerPolicy;

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

    /** With power sources and a policy of the application's, if there are any. */
    Assembly withPower(List<ConfiguredSource> sources, @Nullable PowerPolicy policy) {
        this.givenSources = sources;
        this.powerPolicy = policy;
        return this;
    }

    PrimeSpark assemble(
            List<ConfiguredTier> givenTiers, List<LlmBackend> givenBackends, @Nullable RoutingPolicy policy) {
        lifecycle.add("runtime", runtime);
        try {
            PowerEngine power = power();
            lifecycle.add("power", power);
            VpnEngine vpn = vpn(power);
            lifecycle.start("vpn", vpn::start, vpn);
            lifecycle.add("vpn's obedience to power", power.onChange(decision -> vpn.power()));

            List<ConfiguredTier> tiers = tiers(givenTiers);
            MemoryEngine memory = memory(tiers);
            memory.closeWithin(closeTimeout);
            lifecycle.add("memory", memory);
            obeys(memory, power);

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
                    .thrift(power.thrift())
                    .answers(new AnswersInMemory(memory::own))
                    .metering(new Metering(
                            energy,
                            new BudgetFile(
                                    runtime.dataDirectory().resolve("engine").resolve("llm-budgets.json"))))
                    .spans(spans)
                    .cutOff(new Ways(via(), vpn::status)::obstacle)
                    .build();
            LlmEngine llm = llm(backends, around);
            lifecycle.add("llm", llm);
            lifecycle.add("llm's view of networks", vpn.onChange(status -> llm.reachabilityChanged()));

            TaskQueue queue = queue();
            Map<Resolved.Instance, RemoteAgent> remote = remoteAgents();
            AgentsEngine agents = agents(queue, llm, memory, power);
            lifecycle.add("agents", agents);
            lifecycle.add(
                    "agents' part in a shutdown",
                    power.drains().register("agents", Drains.WORK, (deadline, decision) -> agents.drain(deadline)));
            remote.forEach((instance, agent) -> agents.remote(instance.id(), agent, instance.common()));

            AuthEngine auth = auth(memory);

            HealthService health = health(power); // when every plugin is there that has a check of its own
            checks.register(health, memory, llm, agents, power, vpn, auth, system());

            CoreSpark spark = new CoreSpark(
                    memory, llm, agents, power, vpn, auth, health, runtime.events(), info(), lifecycle, closeTimeout);
            lifecycle.add(
                    "announcement",
                    () -> runtime.events()
                            .publish(new SparkEvent.Stopping(runtime.clock().instant())));
            power.start(); // when everybody is there who must obey, and before anybody begins
            power.awaitFirst(FIRST_READING);
            if (resolved.get("agents", AgentSettings.AUTOSTART)) {
                agents.local().start();
            }
            runtime.events().publish(new SparkEvent.Started(runtime.clock().instant()));
            return spark;
        } catch (RuntimeException | Error e) {
            lifecycle.rollBack(e, closeTimeout);
            throw e;
        }
    }

    private HealthService health(PowerEngine power) {
        ExecutorService threads = CheckThreads.create();
        lifecycle.add("health's threads", threads::shutdownNow);
        HealthService health = new HealthService(
                resolved.section("health"),
                threads,
                runtime.executors().scheduler(),
                runtime.clock(),
                runtime.events(),
                power.thrift()::stretch,
                runtime.meters());
        lifecycle.add("health", health);
        return health;
    }

    private SystemMonitor system() {
        return new SystemMonitor(resolved.section("health"), runtime.dataDirectory(), runtime.meters());
    }

    private PowerEngine power() {
        List<ConfiguredSource> sources = new ArrayList<>(givenSources);
        givenSources.forEach(given -> checks.add(ProviderKind.POWER_SOURCE, given.id(), given.source()));
        if (givenSources.isEmpty()) {
            for (Resolved.Instance instance : resolved.instances(ProviderKind.POWER_SOURCE)) {
                PowerSourceProvider provider = (PowerSourceProvider) instance.provider();
                sources.add(new ConfiguredSource(
                        instance.id(), make(ProviderKind.POWER_SOURCE, instance, provider::create)));
            }
        }
        try {
            return new PowerEngine(resolved.section("power"), runtime, sources, powerPolicy);
        } catch (IllegalArgumentException e) { // settings that do not fit together
            throw problem("primespark.power", "configuration", e, "change the settings of power");
        }
    }

    /** Memory follows the profile at once on the way down, and is made ready before the power goes. */
    private void obeys(MemoryEngine memory, PowerEngine power) {
        Consumer<PowerProfile> follow =
                profile -> memory.power(profile, power.thrift().stretch());
        SpreadResume spread = new SpreadResume(
                follow,
                PowerSettings.resumeSpread(resolved.section("power")),
                runtime.executors().scheduler());
        follow.accept(power.profile());
        lifecycle.add("memory's obedience to power", spread);
        SparkEvents.Subscription changes = power.onChange(decision -> spread.accept(decision.profile()));
        lifecycle.add("memory's news of power", changes);
        AutoCloseable drain = power.drains().register("memory", Drains.STORAGE, (deadline, decision) -> {
            if (!memory.drain(deadline)) {
                throw new TimeoutException("some tiers did not get in time what is acknowledged in memory only");
            }
        });
        lifecycle.add("memory's part in a shutdown", drain);
    }

    private VpnEngine vpn(PowerEngine power) {
        List<Resolved.Instance> drivers = resolved.instances(ProviderKind.VPN_DRIVER);
        if (drivers.isEmpty()) {
            return new VpnEngine(runtime.events());
        }
        Resolved.Instance instance = drivers.get(0); // the reader allows no more
        VpnDriver driver = make(ProviderKind.VPN_DRIVER, instance, ((VpnDriverProvider) instance.provider())::create);
        try {
            return VpnEngine.over(resolved.section("vpn"), driver, runtime, power::profile);
        } catch (IllegalArgumentException e) {
            throw problem("primespark.vpn", "configuration", e, "change the settings of vpn");
        }
    }

    /** Which network each backend needs; checked here, for a network that never comes up would make it useless silently. */
    private Map<String, String> via() {
        Map<String, String> via = new LinkedHashMap<>();
        boolean none = resolved.instances(ProviderKind.VPN_DRIVER).isEmpty();
        List<String> networks = resolved.get("vpn", VpnSettings.NETWORKS);
        for (Resolved.Instance instance : resolved.instances(ProviderKind.LLM_BACKEND)) {
            String network = instance.common().find(CoreSettings.BACKEND_VIA).orElse(null);
            if (network == null) {
                continue;
            }
            if (none || !networks.contains(network.split("/", 2)[0])) {
                throw problem(
                        instance.path() + ".via",
                        instance.origin(),
                        new IllegalArgumentException(
                                none
                                        ? "'" + instance.id() + "' goes via '" + network
                                                + "', and no VPN driver is configured"
                                        : "there is no network '" + network + "', there are " + networks),
                        none
                                ? "set primespark.vpn.driver, such as {type = wireguard, interface = wg0} or {type = static, …}"
                                : "use one of them, or add it to primespark.vpn.networks");
            }
            via.put(instance.id(), network);
        }
        return via;
    }

    private AgentsEngine agents(TaskQueue queue, LlmEngine llm, MemoryEngine memory, PowerEngine power) {
        Settings settings = resolved.section("agents");
        AgentsEngine.Surroundings around = new AgentsEngine.Surroundings(
                runtime.nodeId(),
                runtime.clock(),
                runtime.executors().blocking(),
                runtime.executors().scheduler(),
                runtime.meters(),
                runtime.events()::publish,
                power,
                closeTimeout);
        AgentsEngine agents;
        try {
            agents = new AgentsEngine(settings, queue, around);
        } catch (IllegalArgumentException e) { // settings that do not fit together
            throw problem("primespark.agents", "configuration", e, "change the settings of agents");
        }
        Builtin.handlers(settings.get(AgentSettings.BUILTIN), llm, memory.memory())
                .forEach(agents::builtin);
        return agents;
    }

    private Map<Resolved.Instance, RemoteAgent> remoteAgents() {
        Map<Resolved.Instance, RemoteAgent> agents = new LinkedHashMap<>();
        for (Resolved.Instance instance : resolved.instances(ProviderKind.REMOTE_AGENT)) {
            agents.put(
                    instance,
                    make(ProviderKind.REMOTE_AGENT, instance, ((RemoteAgentProvider) instance.provider())::create));
        }
        return agents;
    }

    private TaskQueue queue() {
        Resolved.Instance instance = resolved.instances(ProviderKind.TASK_QUEUE).get(0); // the reader wants exactly one
        return make(ProviderKind.TASK_QUEUE, instance, ((TaskQueueProvider) instance.provider())::create);
    }

    private AuthEngine auth(MemoryEngine memory) {
        Resolved.Instance instance = resolved.instances(ProviderKind.USER_STORE).get(0); // the reader wants exactly one
        UserStore store = make(ProviderKind.USER_STORE, instance, context -> {
            UserStore made = ((UserStoreProvider) instance.provider()).create(context);
            if (made instanceof TieredUserStore tiered) {
                tiered.bind(memory::own);
            }
            return made;
        });
        AuthEngine.Around around = new AuthEngine.Around(
                runtime.clock(),
                System::nanoTime,
                runtime.executors().blocking(),
                runtime.meters(),
                runtime.events()::publish,
                runtime.dataDirectory().resolve("auth"),
                new SecureRandom());
        try {
            return new AuthEngine(resolved.section("auth"), store, around);
        } catch (IllegalArgumentException e) { // settings that do not fit together
            throw problem("primespark.auth", "configuration", e, "change the settings of auth");
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
        given.forEach(slot -> checks.add(ProviderKind.MEMORY_TIER, slot.id(), slot.tier()));
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
        given.forEach(
                backend -> checks.add(ProviderKind.LLM_BACKEND, backend.info().id(), backend));
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
        checks.add(kind, instance.id(), component);
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

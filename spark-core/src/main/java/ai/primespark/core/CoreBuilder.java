package ai.primespark.core;

import ai.primespark.ConfigProblem;
import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.core.agent.queue.FileQueueProvider;
import ai.primespark.core.agent.queue.MemoryQueueProvider;
import ai.primespark.core.auth.store.FileUserStoreProvider;
import ai.primespark.core.auth.store.MemoryUserStoreProvider;
import ai.primespark.core.auth.store.TieredUserStoreProvider;
import ai.primespark.core.config.ConfigReader;
import ai.primespark.core.config.Resolved;
import ai.primespark.core.discovery.Providers;
import ai.primespark.core.llm.observe.Spans;
import ai.primespark.core.memory.CaffeineTierProvider;
import ai.primespark.core.memory.ConfiguredTier;
import ai.primespark.core.memory.DirectoryTierProvider;
import ai.primespark.core.power.ConfiguredSource;
import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.core.vpn.StaticDriverProvider;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.memory.MemoryOptions;
import ai.primespark.power.PowerPolicy;
import ai.primespark.spi.KeyProvider;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.Meters;
import ai.primespark.spi.PowerSource;
import ai.primespark.spi.SparkProvider;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Collects what the application wants, has all of it checked, and hands it to {@link Assembly}. */
final class CoreBuilder implements PrimeSpark.Builder {

    private static final String ID_RULE = "[a-z][a-z0-9-]*";

    private final Map<String, ConfiguredTier> memoryTiers = new LinkedHashMap<>();
    private final List<LlmBackend> llmBackends = new ArrayList<>();
    private final List<SparkProvider> providers = new ArrayList<>();
    private final Map<String, Object> program = new LinkedHashMap<>();
    private SparkConfig config = SparkConfig.empty();
    private final Map<String, ConfiguredSource> powerSources = new LinkedHashMap<>();
    private @Nullable RoutingPolicy routingPolicy;
    private @Nullable PowerPolicy powerPolicy;
    private @Nullable KeyProvider keyProvider;
    private boolean discovery = true;
    private InstantSource clock = Clock.systemUTC();
    private @Nullable Object meterRegistry;
    private @Nullable Object observationRegistry;

    @Override
    public PrimeSpark.Builder config(SparkConfig newConfig) {
        this.config = Objects.requireNonNull(newConfig, "config");
        return this;
    }

    @Override
    public PrimeSpark.Builder memory(MemoryOptions options) {
        return options("memory", options.toMap());
    }

    @Override
    public PrimeSpark.Builder llm(LlmOptions options) {
        return options("llm", options.toMap());
    }

    private PrimeSpark.Builder options(String section, Map<String, Object> values) {
        String prefix = "primespark." + section + ".";
        program.keySet().removeIf(path -> path.startsWith(prefix));
        values.forEach((name, value) -> program.put(prefix + name, value));
        return this;
    }

    @Override
    public PrimeSpark.Builder memoryTier(String id, Zone zone, MemoryTier tier) {
        if (!id.matches(ID_RULE)) {
            throw new IllegalArgumentException("a tier's id must be " + ID_RULE + ": '" + id + "'");
        }
        if (memoryTiers.putIfAbsent(id, new ConfiguredTier(id, "given", zone, tier)) != null) {
            throw new IllegalArgumentException("there is a tier of that id already: '" + id + "'");
        }
        return this;
    }

    @Override
    public PrimeSpark.Builder keyProvider(KeyProvider keys) {
        this.keyProvider = Objects.requireNonNull(keys, "keys");
        return this;
    }

    @Override
    public PrimeSpark.Builder llmBackend(LlmBackend backend) {
        llmBackends.add(Objects.requireNonNull(backend, "backend"));
        return this;
    }

    @Override
    public PrimeSpark.Builder routingPolicy(RoutingPolicy policy) {
        this.routingPolicy = Objects.requireNonNull(policy, "policy");
        return this;
    }

    @Override
    public PrimeSpark.Builder powerSource(String id, PowerSource source) {
        if (!id.matches(ID_RULE)) {
            throw new IllegalArgumentException("a power source's id must be " + ID_RULE + ": '" + id + "'");
        }
        ConfiguredSource given = new ConfiguredSource(id, Objects.requireNonNull(source, "source"));
        if (powerSources.putIfAbsent(id, given) != null) {
            throw new IllegalArgumentException("there is a power source of that id already: '" + id + "'");
        }
        return this;
    }

    @Override
    public PrimeSpark.Builder powerPolicy(PowerPolicy policy) {
        this.powerPolicy = Objects.requireNonNull(policy, "policy");
        return this;
    }

    @Override
    public PrimeSpark.Builder discovery(boolean enabled) {
        this.discovery = enabled;
        return this;
    }

    @Override
    public PrimeSpark.Builder provider(SparkProvider provider) {
        providers.add(Objects.requireNonNull(provider, "provider"));
        return this;
    }

    @Override
    public PrimeSpark.Builder clock(InstantSource newClock) {
        this.clock = Objects.requireNonNull(newClock, "clock");
        return this;
    }

    @Override
    public PrimeSpark.Builder closeTimeout(Duration timeout) {
        program.put("primespark.close-timeout", Objects.requireNonNull(timeout, "timeout"));
        return this;
    }

    @Override
    public PrimeSpark.Builder meterRegistry(Object micrometerMeterRegistry) {
        this.meterRegistry = Objects.requireNonNull(micrometerMeterRegistry, "micrometerMeterRegistry");
        return this;
    }

    @Override
    public PrimeSpark.Builder observationRegistry(Object micrometerObservationRegistry) {
        this.observationRegistry =
                Objects.requireNonNull(micrometerObservationRegistry, "micrometerObservationRegistry");
        return this;
    }

    @Override
    public PrimeSpark build() {
        Providers found = Providers.collect(
                providers,
                List.of(
                        new CaffeineTierProvider(),
                        new DirectoryTierProvider(),
                        new MemoryQueueProvider(),
                        new FileQueueProvider(),
                        new StaticDriverProvider(),
                        new FileUserStoreProvider(),
                        new MemoryUserStoreProvider(),
                        new TieredUserStoreProvider()),
                discovery);
        ConfigReader reader = new ConfigReader(CoreSettings.sections(), found);
        Meters meters = handedIn(
                reader,
                "meterRegistry",
                "Micrometer registry",
                () -> SparkRuntime.meters(meterRegistry),
                Meters.discarding());
        Spans spans = handedIn(
                reader,
                "observationRegistry",
                "observation registry",
                () -> Spans.over(observationRegistry),
                Spans.NONE);
        checkBackendIds(reader);
        Resolved resolved = reader.read(config, program);

        Path dataDirectory = resolved.get("", CoreSettings.DATA_DIR);
        String nodeId = resolved.section("").find(CoreSettings.NODE_ID).orElseGet(() -> NodeIds.derive(dataDirectory));
        Duration closeTimeout = resolved.get("", CoreSettings.CLOSE_TIMEOUT);
        SparkRuntime runtime = new SparkRuntime(nodeId, clock, dataDirectory, closeTimeout, meters);
        return new Assembly(runtime, resolved, found, closeTimeout, keyProvider, spans)
                .withPower(List.copyOf(powerSources.values()), powerPolicy)
                .assemble(List.copyOf(memoryTiers.values()), llmBackends, routingPolicy);
    }

    /** What is made of a registry of the application; what it is not is reported with everything else. */
    private static <T> T handedIn(ConfigReader reader, String method, String kind, Supplier<T> wrapping, T without) {
        try {
            return wrapping.get();
        } catch (IllegalArgumentException e) {
            reader.report(new ConfigProblem(
                    "primespark",
                    "PrimeSpark.builder()." + method + "(…)",
                    String.valueOf(e.getMessage()),
                    "hand in the application's " + kind + ", or leave the call out"));
            return without;
        }
    }

    private void checkBackendIds(ConfigReader reader) {
        Set<String> ids = new HashSet<>();
        for (LlmBackend backend : llmBackends) {
            String id = backend.info().id();
            if (!id.matches(ID_RULE) || !ids.add(id)) {
                reader.report(new ConfigProblem(
                        "primespark.llm.backends",
                        "PrimeSpark.builder().llmBackend(…)",
                        "the id '" + id + "' is " + (ids.contains(id) ? "given twice" : "not " + ID_RULE),
                        "give each backend an id of its own"));
            }
        }
    }
}

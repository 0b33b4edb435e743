package ai.primespark.core.config;

import ai.primespark.ConfigurationException;
import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.core.discovery.Providers;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Sections and providers to read configurations for. Nothing is ever created from them. */
final class Samples {

    static final Setting<Path> DATA_DIR =
            Setting.path("data-dir", "Where files go.").defaultsTo(Path.of("data"));
    static final Setting<List<ProviderSpec>> TIERS =
            Setting.providers("tiers", "The tiers.").optional();
    static final Setting<Duration> TIMEOUT = Setting.duration("timeout", "How long.")
            .atLeast(Duration.ofSeconds(1))
            .defaultsTo(Duration.ofSeconds(5));
    static final Setting<Zone> ZONE =
            Setting.choice("zone", Zone.class, "How far away.").defaultsTo(Zone.EDGE);
    static final Setting<List<ProviderSpec>> BACKENDS =
            Setting.providers("backends", "The servers.").optional();
    static final Setting<RoutingStrategy> STRATEGY =
            Setting.choice("strategy", RoutingStrategy.class, "Which order.").defaultsTo(RoutingStrategy.EDGE_FIRST);
    static final Setting<Long> RETRIES =
            Setting.number("retries", "How often.").atLeast(0L).atMost(10L).defaultsTo(1L);
    static final Setting<Duration> IDLE =
            Setting.duration("limits.idle", "How long silent.").defaultsTo(Duration.ofSeconds(30));
    static final Setting<List<String>> LABELS =
            Setting.texts("labels", "Words.").defaultsTo(List.of());
    static final Setting<Map<String, String>> ALIASES =
            Setting.textMap("aliases", "Other names.").defaultsTo(Map.of());

    static final Setting<URI> URL = Setting.httpUrl("url", "The server.").defaultsTo(URI.create("http://127.0.0.1:1"));
    static final Setting<Secret> KEY = Setting.secret("api-key", "The key.");
    static final Setting<Long> PORT = Setting.number("port", "The port.").defaultsTo(6379L);
    static final Setting<Secret> PASSWORD =
            Setting.secret("password", "The password.").optional();
    static final Setting<Duration> CONNECT =
            Setting.duration("limits.connect", "How long.").defaultsTo(Duration.ofSeconds(2));

    static final List<Section> SECTIONS = List.of(
            new Section("", "The instance", List.of(DATA_DIR), null),
            new Section(
                    "memory",
                    "Memory",
                    List.of(TIERS, TIMEOUT),
                    new Section.ProviderList(
                            "tiers", ProviderKind.MEMORY_TIER, "memory tier", List.of(ZONE), p -> List.of("local"))),
            new Section(
                    "llm",
                    "Language models",
                    List.of(BACKENDS, STRATEGY, RETRIES, IDLE, LABELS, ALIASES),
                    new Section.ProviderList(
                            "backends",
                            ProviderKind.LLM_BACKEND,
                            "LLM backend",
                            List.of(),
                            p -> p.defaults(ProviderKind.LLM_BACKEND))));

    private Samples() {}

    private record Tier(String name, List<Setting<?>> settings) implements MemoryTierProvider {
        @Override
        public int spiLevel() {
            return SPI_LEVEL;
        }

        @Override
        public MemoryTier create(ProviderContext context) {
            throw new UnsupportedOperationException("reading a configuration makes nothing");
        }
    }

    private record Backend(String name, List<Setting<?>> settings) implements LlmBackendProvider {
        @Override
        public int spiLevel() {
            return SPI_LEVEL;
        }

        @Override
        public LlmBackend create(ProviderContext context) {
            throw new UnsupportedOperationException("reading a configuration makes nothing");
        }
    }

    static Providers providers() {
        return Providers.collect(
                List.of(
                        new Tier("local", List.of()),
                        new Tier("redis", List.of(PORT, PASSWORD, CONNECT)),
                        new Backend("ollama", List.of(URL)),
                        new Backend("openai", List.of(URL, KEY))),
                List.of(),
                false);
    }

    static Resolved read(SparkConfig config) {
        return read(config, Map.of());
    }

    static Resolved read(SparkConfig config, Map<String, Object> program) {
        return new ConfigReader(SECTIONS, providers()).read(config, program);
    }

    static Resolved readText(String hocon) {
        return read(SparkConfig.empty().withText(hocon, "test"));
    }

    /** The report of a configuration that must not be accepted. */
    static ConfigurationException refuse(SparkConfig config) {
        try {
            read(config);
        } catch (ConfigurationException e) {
            return e;
        }
        throw new AssertionError("was accepted: " + config);
    }

    static ConfigurationException refuseText(String hocon) {
        return refuse(SparkConfig.empty().withText(hocon, "test"));
    }
}

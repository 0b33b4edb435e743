package ai.primespark.core;

import ai.primespark.Zone;
import ai.primespark.core.agent.AgentSettings;
import ai.primespark.core.agent.RemoteSettings;
import ai.primespark.core.auth.AuthSettings;
import ai.primespark.core.config.Section;
import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.core.health.HealthSettings;
import ai.primespark.core.llm.LlmSettings;
import ai.primespark.core.memory.MemorySettings;
import ai.primespark.core.power.PowerSettings;
import ai.primespark.core.vpn.VpnSettings;
import ai.primespark.memory.Version;
import ai.primespark.spi.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Every section of the configuration that this engine understands. */
public final class CoreSettings {

    public static final Setting<Path> DATA_DIR = Setting.path(
                    "data-dir", "Where this instance keeps its files; two running instances must not share it.")
            .defaultsTo(Path.of(".primespark"));

    public static final Setting<String> NODE_ID = Setting.text(
                    "node-id",
                    "This machine's name in record versions and traces. By default made from the host's name.")
            .must(Version::isNode, "1 to 32 characters of [a-z0-9-]")
            .optional();

    public static final Setting<Duration> CLOSE_TIMEOUT = Setting.duration(
                    "close-timeout", "How long closing may take.")
            .atLeast(Duration.ofMillis(1))
            .defaultsTo(Duration.ofSeconds(10));

    public static final Setting<Zone> TIER_ZONE = Setting.choice(
                    "zone",
                    Zone.class,
                    "How far a value travels to this tier; namespaces may forbid zones. Without it: what the tier's type"
                            + " usually means, cloud for s3 and edge for all others.")
            .optional();

    public static final Setting<String> BACKEND_VIA = Setting.text(
                    "via",
                    "The private network that leads to it, such as vpn, or vpn/server for one peer of it: while that is down,"
                            + " nothing is sent there. One of vpn.networks.")
            .optional();

    private CoreSettings() {}

    /** All sections, in the order of the reference. */
    public static List<Section> sections() {
        return List.of(
                new Section("", "The instance", List.of(DATA_DIR, NODE_ID, CLOSE_TIMEOUT), null),
                new Section(
                        "memory",
                        "Memory",
                        MemorySettings.ALL,
                        new Section.ProviderList(
                                "tiers",
                                ProviderKind.MEMORY_TIER,
                                "memory tier",
                                List.of(TIER_ZONE),
                                providers -> List.of("caffeine", "directory"))),
                new Section(
                        "llm",
                        "Language models",
                        LlmSettings.ALL,
                        new Section.ProviderList(
                                "backends",
                                ProviderKind.LLM_BACKEND,
                                "LLM backend",
                                List.of(BACKEND_VIA),
                                providers -> providers.defaults(ProviderKind.LLM_BACKEND))),
                new Section(
                        "agents",
                        "Agents",
                        AgentSettings.ALL,
                        new Section.ProviderList(
                                "queue",
                                ProviderKind.TASK_QUEUE,
                                "task queue",
                                List.of(),
                                providers -> List.of("memory"),
                                true),
                        List.of(new Section.ProviderList(
                                "remote",
                                ProviderKind.REMOTE_AGENT,
                                "remote agent",
                                RemoteSettings.ALL,
                                providers -> List.of()))),
                new Section(
                        "power",
                        "Power",
                        PowerSettings.ALL,
                        new Section.ProviderList(
                                "sources",
                                ProviderKind.POWER_SOURCE,
                                "power source",
                                List.of(),
                                providers -> providers.defaults(ProviderKind.POWER_SOURCE))),
                new Section(
                        "vpn",
                        "Private network",
                        VpnSettings.ALL,
                        new Section.ProviderList(
                                "driver",
                                ProviderKind.VPN_DRIVER,
                                "VPN driver",
                                List.of(),
                                providers -> List.of(),
                                true)),
                new Section(
                        "auth",
                        "Users and tokens",
                        AuthSettings.ALL,
                        new Section.ProviderList(
                                "store",
                                ProviderKind.USER_STORE,
                                "user store",
                                List.of(),
                                providers -> List.of("file"),
                                true)),
                new Section("health", "Health", HealthSettings.ALL, null));
    }
}

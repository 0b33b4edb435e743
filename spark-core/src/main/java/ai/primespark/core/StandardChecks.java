package ai.primespark.core;

import ai.primespark.core.agent.AgentsEngine;
import ai.primespark.core.auth.AuthEngine;
import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.core.health.Checked;
import ai.primespark.core.health.HealthService;
import ai.primespark.core.llm.LlmEngine;
import ai.primespark.core.llm.RoutingHealth;
import ai.primespark.core.memory.MemoryEngine;
import ai.primespark.core.memory.MemoryHealth;
import ai.primespark.core.power.PowerEngine;
import ai.primespark.core.system.SystemMonitor;
import ai.primespark.core.vpn.VpnEngine;
import ai.primespark.health.HealthImpact;
import ai.primespark.health.HealthIndicator;
import ai.primespark.health.HealthResult;
import ai.primespark.spi.SparkComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The health checks of the engine's own parts and of the plugins' instances. Filled while those are made; for one thread. */
final class StandardChecks {

    private record Plugin(ProviderKind kind, String id, HealthIndicator indicator) {}

    private final List<Plugin> plugins = new ArrayList<>();

    /** Remembers what an instance can say of its own health; it is started. */
    void add(ProviderKind kind, String id, SparkComponent component) {
        component.health().ifPresent(indicator -> plugins.add(new Plugin(kind, id, indicator)));
    }

    /** Has everything checked from now on. Without memory or models nothing useful can be done, so these are vital. */
    void register(
            HealthService health,
            MemoryEngine memory,
            LlmEngine llm,
            AgentsEngine agents,
            PowerEngine power,
            VpnEngine vpn,
            AuthEngine auth,
            SystemMonitor system) {
        health.subsystem("memory_tiers", HealthImpact.VITAL, memory.health()::check);
        health.subsystem("routing", HealthImpact.VITAL, () -> RoutingHealth.of(llm, health.timeout()));
        health.subsystem("agents", HealthImpact.NORMAL, () -> new Checked(agents.check(), agents.partsHealth()));
        health.subsystem("power", HealthImpact.NORMAL, () -> new Checked(power.check(), power.partsHealth()));
        health.subsystem("vpn", HealthImpact.NORMAL, () -> new Checked(vpn.check(), vpn.partsHealth()));
        health.subsystem("auth", HealthImpact.NORMAL, () -> Checked.of(auth.check()));
        health.subsystem("system_resources", HealthImpact.NORMAL, () -> Checked.of(system.check()));
        health.part("system_resources", "disk", system::disk);
        tiers(health, memory.health());
        for (Plugin plugin : plugins) {
            if (plugin.kind() != ProviderKind.MEMORY_TIER) {
                health.part(component(plugin.kind()), plugin.id(), plugin.indicator());
            }
        }
    }

    /** Each tier is asked by itself, for it may hang; what a plugin adds is part of that. */
    private void tiers(HealthService health, MemoryHealth memory) {
        Map<String, HealthIndicator> own = new HashMap<>();
        plugins.stream()
                .filter(plugin -> plugin.kind() == ProviderKind.MEMORY_TIER)
                .forEach(plugin -> own.put(plugin.id(), plugin.indicator()));
        for (String tier : memory.tiers()) {
            Optional<HealthIndicator> added = Optional.ofNullable(own.get(tier));
            health.part("memory_tiers", tier, () -> {
                HealthResult asked = memory.ask(tier);
                return added.isPresent() ? Checked.both(asked, added.get().check()) : asked;
            });
        }
    }

    private static String component(ProviderKind kind) {
        return switch (kind) {
            case MEMORY_TIER -> "memory_tiers";
            case LLM_BACKEND -> "routing";
            case TASK_QUEUE, REMOTE_AGENT -> "agents";
            case POWER_SOURCE -> "power";
            case VPN_DRIVER -> "vpn";
            case USER_STORE -> "auth";
        };
    }
}

package ai.primespark.core.discovery;

import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.RemoteAgentProvider;
import ai.primespark.spi.SparkProvider;
import ai.primespark.spi.TaskQueueProvider;
import ai.primespark.spi.UserStoreProvider;
import ai.primespark.spi.VpnDriverProvider;
import java.util.Iterator;
import java.util.ServiceLoader;
import java.util.function.Function;

/** The kinds of providers: what they are called in reports, and the section of the configuration that speaks of them. */
public enum ProviderKind {
    MEMORY_TIER(
            "memory-tier",
            "memory",
            MemoryTierProvider.class,
            loader -> ServiceLoader.load(MemoryTierProvider.class, loader).iterator()),
    LLM_BACKEND(
            "llm-backend",
            "llm",
            LlmBackendProvider.class,
            loader -> ServiceLoader.load(LlmBackendProvider.class, loader).iterator()),
    POWER_SOURCE(
            "power-source",
            "power",
            PowerSourceProvider.class,
            loader -> ServiceLoader.load(PowerSourceProvider.class, loader).iterator()),
    VPN_DRIVER(
            "vpn-driver",
            "vpn",
            VpnDriverProvider.class,
            loader -> ServiceLoader.load(VpnDriverProvider.class, loader).iterator()),
    TASK_QUEUE(
            "task-queue",
            "agents",
            TaskQueueProvider.class,
            loader -> ServiceLoader.load(TaskQueueProvider.class, loader).iterator()),
    REMOTE_AGENT(
            "remote-agent",
            "agents",
            RemoteAgentProvider.class,
            loader -> ServiceLoader.load(RemoteAgentProvider.class, loader).iterator()),
    USER_STORE(
            "user-store",
            "auth",
            UserStoreProvider.class,
            loader -> ServiceLoader.load(UserStoreProvider.class, loader).iterator());

    private final String label;
    private final String section;
    private final Class<? extends SparkProvider> type;

    // one ServiceLoader.load call a kind stands here, in this module, because its `uses` clauses decide what may be
    // loaded
    private final Function<ClassLoader, Iterator<? extends SparkProvider>> finder;

    ProviderKind(
            String label,
            String section,
            Class<? extends SparkProvider> type,
            Function<ClassLoader, Iterator<? extends SparkProvider>> finder) {
        this.label = label;
        this.section = section;
        this.type = type;
        this.finder = finder;
    }

    /** For example {@code memory-tier}. */
    public String label() {
        return label;
    }

    /** For example {@code memory}. */
    public String section() {
        return section;
    }

    Class<? extends SparkProvider> type() {
        return type;
    }

    Iterator<? extends SparkProvider> find(ClassLoader loader) {
        return finder.apply(loader);
    }

    static ProviderKind of(SparkProvider provider) {
        for (ProviderKind kind : values()) {
            if (kind.type.isInstance(provider)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("not a provider of a known kind: " + provider.getClass());
    }
}

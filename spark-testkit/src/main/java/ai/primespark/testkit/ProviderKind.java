package ai.primespark.testkit;

import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.RemoteAgentProvider;
import ai.primespark.spi.SparkComponent;
import ai.primespark.spi.SparkProvider;
import ai.primespark.spi.TaskQueueProvider;
import ai.primespark.spi.UserStoreProvider;
import ai.primespark.spi.VpnDriverProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.BiFunction;
import java.util.function.Function;

/** One kind of provider: how its implementations are found, and what they make. */
final class ProviderKind {

    // the service's class is a literal in each, as the module system wants it
    private static final List<ProviderKind> KINDS = List.of(
            kind(
                    MemoryTierProvider.class,
                    l -> ServiceLoader.load(MemoryTierProvider.class, l),
                    MemoryTierProvider::create),
            kind(
                    LlmBackendProvider.class,
                    l -> ServiceLoader.load(LlmBackendProvider.class, l),
                    LlmBackendProvider::create),
            kind(
                    PowerSourceProvider.class,
                    l -> ServiceLoader.load(PowerSourceProvider.class, l),
                    PowerSourceProvider::create),
            kind(
                    VpnDriverProvider.class,
                    l -> ServiceLoader.load(VpnDriverProvider.class, l),
                    VpnDriverProvider::create),
            kind(
                    TaskQueueProvider.class,
                    l -> ServiceLoader.load(TaskQueueProvider.class, l),
                    TaskQueueProvider::create),
            kind(
                    RemoteAgentProvider.class,
                    l -> ServiceLoader.load(RemoteAgentProvider.class, l),
                    RemoteAgentProvider::create),
            kind(
                    UserStoreProvider.class,
                    l -> ServiceLoader.load(UserStoreProvider.class, l),
                    UserStoreProvider::create));

    private final Class<? extends SparkProvider> type;
    private final Function<ClassLoader, ServiceLoader<? extends SparkProvider>> loader;
    private final BiFunction<SparkProvider, ProviderContext, SparkComponent> maker;

    private ProviderKind(
            Class<? extends SparkProvider> type,
            Function<ClassLoader, ServiceLoader<? extends SparkProvider>> loader,
            BiFunction<SparkProvider, ProviderContext, SparkComponent> maker) {
        this.type = type;
        this.loader = loader;
        this.maker = maker;
    }

    private static <P extends SparkProvider> ProviderKind kind(
            Class<P> type,
            Function<ClassLoader, ServiceLoader<? extends SparkProvider>> loader,
            BiFunction<P, ProviderContext, ? extends SparkComponent> maker) {
        return new ProviderKind(type, loader, (provider, context) -> maker.apply(type.cast(provider), context));
    }

    static ProviderKind of(SparkProvider provider) {
        return KINDS.stream()
                .filter(kind -> kind.type.isInstance(provider))
                .findFirst()
                .orElseThrow(() -> new AssertionError(provider.getClass() + " implements no known kind of provider"));
    }

    Class<? extends SparkProvider> type() {
        return type;
    }

    SparkComponent create(SparkProvider provider, ProviderContext context) {
        return maker.apply(provider, context);
    }

    /** Every provider of this kind that can be loaded where the given class is. */
    List<SparkProvider> discover(Class<?> from) {
        List<SparkProvider> found = new ArrayList<>();
        ServiceLoader<? extends SparkProvider> services = loader.apply(from.getClassLoader());
        services.stream().forEach(service -> {
            try {
                found.add(service.get());
            } catch (ServiceConfigurationError e) {
                throw new AssertionError(
                        "a registered provider cannot be made: "
                                + service.type().getName(),
                        e);
            }
        });
        return found;
    }
}

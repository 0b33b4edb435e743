package ai.primespark.core.auth.store;

import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.UserStore;
import ai.primespark.spi.UserStoreProvider;
import java.util.List;

/** Makes user stores in memory's tiers, which several servers can share: type {@code memory-tiers}. */
public final class TieredUserStoreProvider implements UserStoreProvider {

    static final Setting<String> NAMESPACE = Setting.text(
                    "namespace",
                    "The namespace of memory that holds accounts and sessions; the same on all servers that share them, and used by"
                            + " nobody else, so tasks cannot name it. Reaches the edge unless it is declared to reach less.")
            .must(name -> name.matches("spark-[a-z0-9._-]{1,58}"), "spark-[a-z0-9._-]*")
            .defaultsTo("spark-auth");

    /** For {@link java.util.ServiceLoader}. */
    public TieredUserStoreProvider() {}

    @Override
    public String name() {
        return "memory-tiers";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(NAMESPACE);
    }

    @Override
    public UserStore create(ProviderContext context) {
        return new TieredUserStore(context.settings().get(NAMESPACE), context.clock());
    }
}

package ai.primespark.core.auth.store;

import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.UserStore;
import ai.primespark.spi.UserStoreProvider;

/** Makes user stores that end with this process, for tests and trials: type {@code memory}. */
public final class MemoryUserStoreProvider implements UserStoreProvider {

    /** For {@link java.util.ServiceLoader}. */
    public MemoryUserStoreProvider() {}

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public UserStore create(ProviderContext context) {
        return new MemoryUserStore();
    }
}

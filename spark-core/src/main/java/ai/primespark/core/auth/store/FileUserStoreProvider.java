package ai.primespark.core.auth.store;

import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.UserStore;
import ai.primespark.spi.UserStoreProvider;
import java.nio.file.Path;
import java.util.List;

/** Makes user stores in files of this machine: type {@code file}. */
public final class FileUserStoreProvider implements UserStoreProvider {

    static final Setting<Path> PATH = Setting.path(
                    "path",
                    "The directory, on a local disk; one process at a time uses it. Without it: one of the instance's own below"
                            + " the data directory.")
            .optional();

    /** For {@link java.util.ServiceLoader}. */
    public FileUserStoreProvider() {}

    @Override
    public String name() {
        return "file";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(PATH);
    }

    @Override
    public UserStore create(ProviderContext context) {
        return new FileUserStore(
                context.settings().find(PATH).orElseGet(context::dataDirectory).toAbsolutePath());
    }
}

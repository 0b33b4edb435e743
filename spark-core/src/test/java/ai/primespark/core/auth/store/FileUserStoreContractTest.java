package ai.primespark.core.auth.store;

import ai.primespark.spi.UserStoreProvider;
import ai.primespark.testkit.UserStoreContract;
import java.nio.file.Path;
import java.util.Map;

class FileUserStoreContractTest extends UserStoreContract {

    @Override
    protected UserStoreProvider provider() {
        return new FileUserStoreProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("path", directory);
    }
}

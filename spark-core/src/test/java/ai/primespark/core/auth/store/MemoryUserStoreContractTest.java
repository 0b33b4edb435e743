package ai.primespark.core.auth.store;

import ai.primespark.spi.UserStoreProvider;
import ai.primespark.testkit.UserStoreContract;

class MemoryUserStoreContractTest extends UserStoreContract {

    @Override
    protected UserStoreProvider provider() {
        return new MemoryUserStoreProvider();
    }

    @Override
    protected boolean isDurable() {
        return false;
    }
}

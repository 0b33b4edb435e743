package ai.primespark.core.auth.store;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.UserStore;
import ai.primespark.spi.UserStoreProvider;
import ai.primespark.testkit.TestContext;
import ai.primespark.testkit.TrackingServer;
import ai.primespark.testkit.UserStoreContract;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** Over a server that several processes share; each store that is opened is in an instance of its own. */
class TieredUserStoreContractTest extends UserStoreContract {

    private final TestContext context = TestContext.create();
    private final TrackingServer server = new TrackingServer(context.clock());
    private final List<PrimeSpark> instances = new ArrayList<>();

    @Override
    protected UserStoreProvider provider() {
        return new TieredUserStoreProvider();
    }

    @Override
    protected UserStore create(ProviderContext given) {
        String name = "node-" + instances.size();
        PrimeSpark spark = SharedTierProvider.open(
                SparkConfig.empty()
                        .with("primespark.data-dir", context.directory().resolve(name))
                        .with("primespark.node-id", name),
                server.connect(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS));
        instances.add(spark);
        TieredUserStore store = (TieredUserStore) provider().create(given);
        store.bind(spark.memory()::namespace);
        return store;
    }

    @AfterEach
    void closeInstances() {
        instances.forEach(PrimeSpark::close);
        context.close();
    }
}

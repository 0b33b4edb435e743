package ai.primespark.examples.plugin;

import ai.primespark.spi.SparkProvider;
import ai.primespark.testkit.ProviderContract;

class HeapTierProviderTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new HeapTierProvider();
    }
}

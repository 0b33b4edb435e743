package ai.primespark.examples.plugin;

import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.testkit.MemoryTierContract;

class HeapTierContractTest extends MemoryTierContract {

    @Override
    protected MemoryTierProvider provider() {
        return new HeapTierProvider();
    }
}

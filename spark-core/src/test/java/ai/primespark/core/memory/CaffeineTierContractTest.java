package ai.primespark.core.memory;

import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.testkit.MemoryTierContract;

class CaffeineTierContractTest extends MemoryTierContract {

    @Override
    protected MemoryTierProvider provider() {
        return new CaffeineTierProvider();
    }
}

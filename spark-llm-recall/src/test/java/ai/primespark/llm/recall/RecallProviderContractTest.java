package ai.primespark.llm.recall;

import ai.primespark.spi.SparkProvider;
import ai.primespark.testkit.ProviderContract;

class RecallProviderContractTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new RecallProvider();
    }
}

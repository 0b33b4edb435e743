package ai.primespark.agent.redis;

import ai.primespark.spi.SparkProvider;
import ai.primespark.testkit.ProviderContract;

/** The rules of providers. */
class RedisTaskQueueProviderTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new RedisTaskQueueProvider();
    }
}

package ai.primespark.memory.redis;

import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.MemoryTierContract;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class RedisTierContractTest extends MemoryTierContract {

    private static LocalRedis redis;

    @BeforeAll
    static void startServer() {
        redis = Servers.start();
    }

    @AfterAll
    static void stopServer() {
        redis.close();
    }

    @Override
    protected MemoryTierProvider provider() {
        return new RedisTierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("url", redis.url(), "timeout", "20s");
    }

    @Override
    protected boolean cutNews(MemoryTier tier) {
        redis.command("CLIENT", "KILL", "TYPE", "normal");
        return true;
    }
}

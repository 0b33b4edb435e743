package ai.primespark.agent.redis;

import ai.primespark.spi.TaskQueueProvider;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.TaskQueueContract;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** Every rule of task queues over one server. */
class RedisTaskQueueContractTest extends TaskQueueContract {

    private static LocalRedis redis;

    @BeforeAll
    static void startServer() {
        redis = LocalRedis.start();
    }

    @AfterAll
    static void stopServer() {
        redis.close();
    }

    @AfterEach
    void clean() {
        redis.command("FLUSHALL");
    }

    @Override
    protected TaskQueueProvider provider() {
        return new RedisTaskQueueProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("url", redis.url(), "timeout", "20s", "queue", Integer.toHexString(directory.hashCode()));
    }

    @Override
    protected Map<String, Object> settingsForRoom(int tasks) {
        return Map.of("max-tasks", tasks);
    }

    @Override
    protected boolean hasOwnClock() {
        return true;
    }
}

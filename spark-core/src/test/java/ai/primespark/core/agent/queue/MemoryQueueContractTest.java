package ai.primespark.core.agent.queue;

import ai.primespark.spi.TaskQueueProvider;
import ai.primespark.testkit.TaskQueueContract;
import java.util.Map;

class MemoryQueueContractTest extends TaskQueueContract {

    @Override
    protected TaskQueueProvider provider() {
        return new MemoryQueueProvider();
    }

    @Override
    protected Map<String, Object> settingsForRoom(int tasks) {
        return Map.of("max-tasks", tasks);
    }
}

package ai.primespark.core.agent.queue;

import ai.primespark.spi.TaskQueueProvider;
import ai.primespark.testkit.TaskQueueContract;
import java.nio.file.Path;
import java.util.Map;

class FileQueueContractTest extends TaskQueueContract {

    @Override
    protected TaskQueueProvider provider() {
        return new FileQueueProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("path", directory);
    }

    @Override
    protected Map<String, Object> settingsForRoom(int tasks) {
        return Map.of("max-tasks", tasks);
    }
}

package ai.primespark.core.agent.queue;

import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.TaskQueue;
import ai.primespark.spi.TaskQueueProvider;
import java.util.List;

/** Makes task queues in the heap of this process, which end with it: type {@code memory}. */
public final class MemoryQueueProvider implements TaskQueueProvider {

    /** For {@link java.util.ServiceLoader}. */
    public MemoryQueueProvider() {}

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return QueueSettings.all();
    }

    @Override
    public boolean usedByDefault() {
        return true;
    }

    @Override
    public TaskQueue create(ProviderContext context) {
        QueueLimits limits = QueueSettings.limits(context.settings());
        return new TableQueue(
                context, new TaskQueue.Traits(false, false, limits.maxPayloadBytes()), limits, TaskLog.NONE);
    }
}

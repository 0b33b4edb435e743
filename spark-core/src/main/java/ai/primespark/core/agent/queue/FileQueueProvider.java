package ai.primespark.core.agent.queue;

import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.TaskQueue;
import ai.primespark.spi.TaskQueueProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Makes task queues of this process that survive it, in a local directory: type {@code file}. */
public final class FileQueueProvider implements TaskQueueProvider {

    static final Setting<Path> PATH = Setting.path(
                    "path",
                    "The directory, on a local disk; one process at a time uses it. Without it: one of the instance's own below"
                            + " the data directory.")
            .optional();

    static final Setting<Duration> COMMIT_INTERVAL = Setting.duration(
                    "commit-interval",
                    "The least time between two syncs of the disk, to spare an SD card: submissions and outcomes wait up to that"
                            + " long. 0 for as fast as the disk can.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofSeconds(1))
            .defaultsTo(Duration.ZERO);

    /** For {@link java.util.ServiceLoader}. */
    public FileQueueProvider() {}

    @Override
    public String name() {
        return "file";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        List<Setting<?>> settings = new ArrayList<>(List.of(PATH, COMMIT_INTERVAL));
        settings.addAll(QueueSettings.all());
        return List.copyOf(settings);
    }

    @Override
    public TaskQueue create(ProviderContext context) {
        return new FileQueue(
                context,
                QueueSettings.limits(context.settings()),
                context.settings().find(PATH).orElseGet(context::dataDirectory).toAbsolutePath(),
                context.settings().get(COMMIT_INTERVAL));
    }
}

package ai.primespark.core.agent.queue;

import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import java.util.List;

/** The settings that both queues have. */
final class QueueSettings {

    static final Setting<Long> MAX_TASKS = Setting.number(
                    "max-tasks",
                    "How many tasks the queue holds that are not over, or dead and not purged. Each takes about half a kilobyte"
                            + " of the heap besides its payload. Beyond, submissions are refused.")
            .atLeast(1L)
            .atMost(10_000_000L)
            .defaultsTo(250_000L);

    static final Setting<Long> MAX_BYTES = Setting.bytes(
                    "max-bytes",
                    "How much heap payloads, checkpoints and errors of those tasks may take. Beyond, submissions are refused.")
            .atLeast(1L << 20)
            .defaultsTo(128L << 20);

    static final Setting<Long> MAX_ENDED = Setting.number(
                    "max-ended",
                    "How many tasks that are over the queue remembers at most, however long their retention; the oldest are"
                            + " forgotten early. Dead ones are kept until purged and count for max-tasks.")
            .atLeast(1L)
            .atMost(10_000_000L)
            .defaultsTo(100_000L);

    static final Setting<Long> MAX_ENDED_BYTES = Setting.bytes(
                    "max-ended-bytes",
                    "How much heap results and errors of tasks that are over may take; the oldest are forgotten early.")
            .atLeast(1L << 20)
            .defaultsTo(64L << 20);

    static final Setting<Long> MAX_PAYLOAD = Setting.bytes(
                    "max-payload", "The largest payload, result or checkpoint of a task; a larger one is refused.")
            .atLeast(1L << 10)
            .atMost(64L << 20)
            .defaultsTo(4L << 20);

    private QueueSettings() {}

    static List<Setting<?>> all() {
        return List.of(MAX_TASKS, MAX_BYTES, MAX_ENDED, MAX_ENDED_BYTES, MAX_PAYLOAD);
    }

    static QueueLimits limits(Settings settings) {
        return new QueueLimits(
                settings.get(MAX_TASKS).intValue(),
                settings.get(MAX_BYTES),
                settings.get(MAX_ENDED).intValue(),
                settings.get(MAX_ENDED_BYTES),
                settings.get(MAX_PAYLOAD).intValue());
    }
}

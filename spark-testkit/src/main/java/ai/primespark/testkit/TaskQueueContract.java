package ai.primespark.testkit;

import ai.primespark.spi.TaskQueueProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Timeout;

/**
 * The rules that every {@link ai.primespark.spi.TaskQueue} keeps; their ids, {@code TASK-01} to {@code TASK-15}, and the table of
 * states are explained there. Extend it in a test:
 *
 * <pre>{@code
 * class PostgresQueueContractTest extends TaskQueueContract {
 *     protected TaskQueueProvider provider() {
 *         return new PostgresQueueProvider();
 *     }
 *
 *     protected Map<String, Object> settings(Path directory) {
 *         return Map.of("schema", "test_" + directory.getParent().getFileName());
 *     }
 *
 *     protected boolean hasOwnClock() {
 *         return true;
 *     }
 * }
 * }</pre>
 *
 * <p>What a queue promises by its {@linkplain ai.primespark.spi.TaskQueue#traits() traits} is held against it.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class TaskQueueContract extends TaskEdgeRules {

    /** For subclasses. */
    protected TaskQueueContract() {}

    /**
     * The provider whose queues are tested.
     *
     * @return a provider
     */
    protected abstract TaskQueueProvider provider();

    /**
     * Settings for one storage. Queues that are given the same directory must find the same tasks, if they are durable or shared;
     * queues of other directories must not. Each test uses a directory of its own.
     *
     * @param directory a directory for the storage that does not exist yet; queues that have no use for it take its path as a
     *     name
     * @return values by setting name; none unless overridden
     */
    protected Map<String, Object> settings(Path directory) {
        return Map.of();
    }

    /**
     * Further settings with which a queue is full after a few tasks.
     *
     * @param tasks how many tasks it should hold, waiting and running ones together
     * @return values by setting name; none unless overridden, and then it is not tested what a full queue does
     */
    protected Map<String, Object> settingsForRoom(int tasks) {
        return Map.of();
    }

    /**
     * Whether the queue has a clock of its own, for example a server's, and not that of its context. Then the rules wait where
     * they would move the clock.
     *
     * @return false unless overridden
     */
    protected boolean hasOwnClock() {
        return false;
    }

    /**
     * How long leases and pauses last that the rules let pass. With a clock of its own the queue makes the rules wait as long;
     * nothing that is meant to happen before may take as long.
     *
     * @return half a second with a clock of its own, else a minute, unless overridden
     */
    @Override
    protected Duration moment() {
        return hasOwnClock() ? Duration.ofMillis(500) : Duration.ofMinutes(1);
    }

    /**
     * How long a single operation may take before it counts as hanging.
     *
     * @return 20 seconds unless overridden
     */
    protected Duration patience() {
        return Duration.ofSeconds(20);
    }

    @Override
    final TaskQueueProvider queueProvider() {
        return provider();
    }

    @Override
    final Map<String, Object> queueSettings(Path directory) {
        return settings(directory);
    }

    @Override
    final Map<String, Object> queueSettingsForRoom(int tasks) {
        return settingsForRoom(tasks);
    }

    @Override
    final boolean queueHasOwnClock() {
        return hasOwnClock();
    }

    @Override
    final Duration queuePatience() {
        return patience();
    }
}

package ai.primespark.agent.redis;

import ai.primespark.memory.redis.RedisServers;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.TaskQueue;
import ai.primespark.spi.TaskQueueProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes task queues on a Redis server, 6.2 or later, with or without Sentinel, or on a Redis Cluster, where a queue lives on one
 * node: type {@code redis}. Every machine that names the same servers, prefix and queue shares its tasks.
 */
public final class RedisTaskQueueProvider implements TaskQueueProvider {

    private static final String NAME = "[!-z|~]{1,64}";
    private static final String NAME_RULE =
            "1 to 64 visible ASCII characters without braces, which decide where keys lie in a cluster";

    static final Setting<String> QUEUE = Setting.text("queue", "Name of the queue; several may share a server.")
            .must(text -> text.matches(NAME), NAME_RULE)
            .defaultsTo("tasks");

    static final Setting<String> PREFIX = Setting.text(
                    "prefix", "What comes before the queue's name in the names of its keys: {prefix + queue}:…")
            .must(text -> text.matches(NAME), NAME_RULE)
            .defaultsTo("ps:");

    static final Setting<Duration> TIMEOUT = Setting.duration(
                    "timeout",
                    "How long to wait for one answer, and how long a submission or a question may take in all while the server is"
                            + " away; agents wait as long as their deadlines say.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(1))
            .defaultsTo(Duration.ofSeconds(1));

    static final Setting<Long> MAX_TASKS = Setting.number(
                    "max-tasks", "How many tasks may be under way at once, waiting or running; more are refused.")
            .atLeast(1L)
            .atMost(100_000_000L)
            .defaultsTo(1_000_000L);

    static final Setting<Long> MAX_PAYLOAD = Setting.bytes(
                    "max-payload",
                    "Largest payload, result or checkpoint; larger ones would hold up everybody else's operations in the server.")
            .atLeast(1L << 10)
            .atMost(64L << 20)
            .defaultsTo(1L << 20);

    static final Setting<Duration> PRESENCE_GRACE = Setting.duration(
                    "presence-grace",
                    "How long a process may be without its connection before its leases are taken for lost; longer than"
                            + " connecting again takes.")
            .atLeast(Duration.ofMillis(50))
            .atMost(Duration.ofMinutes(10))
            .defaultsTo(Duration.ofMillis(400));

    static final Setting<Boolean> DURABLE = Setting.bool(
                    "durable",
                    "Declare that the server keeps what it has acknowledged (append-only file): the queue then counts as"
                            + " durable.")
            .defaultsTo(false);

    static final Setting<Boolean> ACCEPT_TASK_LOSS = Setting.bool(
                    "accept-task-loss",
                    "Work with a server whose maxmemory-policy is allkeys-*, which drops waiting tasks when its memory is full.")
            .defaultsTo(false);

    /** For {@link java.util.ServiceLoader}. */
    public RedisTaskQueueProvider() {}

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        List<Setting<?>> all = new ArrayList<>(RedisServers.settings());
        all.addAll(List.of(QUEUE, PREFIX, TIMEOUT, MAX_TASKS, MAX_PAYLOAD, PRESENCE_GRACE, DURABLE, ACCEPT_TASK_LOSS));
        return List.copyOf(all);
    }

    @Override
    public TaskQueue create(ProviderContext context) {
        return new RedisTaskQueue(QueueConfig.of(context.id(), context.settings()), context);
    }
}

package ai.primespark.agent.redis;

import ai.primespark.memory.redis.RedisServers;
import ai.primespark.spi.Settings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A queue's settings, found to fit together. Prints no secret.
 *
 * @param id the product's id
 * @param servers where it lives
 * @param base what all its keys begin with, its hash tag included
 * @param timeout of one answer
 * @param maxTasks how many may be under way
 * @param maxPayload largest payload, result or checkpoint in bytes
 * @param presenceGrace how long a process may be without connection
 * @param durable whether the server is declared to keep what it acknowledged
 * @param acceptTaskLoss whether an evicting server is accepted
 */
record QueueConfig(
        String id,
        RedisServers servers,
        String base,
        Duration timeout,
        long maxTasks,
        int maxPayload,
        Duration presenceGrace,
        boolean durable,
        boolean acceptTaskLoss) {

    static QueueConfig of(String id, Settings settings) {
        return new QueueConfig(
                id,
                RedisServers.of(id, settings),
                '{' + settings.get(RedisTaskQueueProvider.PREFIX) + settings.get(RedisTaskQueueProvider.QUEUE) + "}:",
                settings.get(RedisTaskQueueProvider.TIMEOUT),
                settings.get(RedisTaskQueueProvider.MAX_TASKS),
                Math.toIntExact(settings.get(RedisTaskQueueProvider.MAX_PAYLOAD)),
                settings.get(RedisTaskQueueProvider.PRESENCE_GRACE),
                settings.get(RedisTaskQueueProvider.DURABLE),
                settings.get(RedisTaskQueueProvider.ACCEPT_TASK_LOSS));
    }

    /** The queue, as messages name it. */
    String name() {
        return "task queue '" + id + "' on " + servers.where();
    }

    byte[] key(String rest) {
        return (base + rest).getBytes(StandardCharsets.UTF_8);
    }
}

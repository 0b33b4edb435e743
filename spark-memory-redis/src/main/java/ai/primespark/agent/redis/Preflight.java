package ai.primespark.agent.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at a server before it is trusted with tasks. */
final class Preflight {

    private static final Logger LOG = LoggerFactory.getLogger(Preflight.class);

    private final QueueConfig config;
    private final AtomicBoolean explained = new AtomicBoolean();
    private volatile String concern = "";

    Preflight(QueueConfig config) {
        this.config = config;
    }

    /** A server that must not hold this queue as it is set up. */
    static final class Refused extends RedisException {

        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    /** What is wrong with the server that was looked at last, which is no reason to refuse it; empty for nothing. */
    String concern() {
        return concern;
    }

    /** The connection again, or {@link Refused}. */
    CompletableFuture<StatefulRedisConnection<byte[], byte[]>> check(
            StatefulRedisConnection<byte[], byte[]> connection) {
        return answer(connection.async().info().toCompletableFuture().thenApply(Preflight::parse))
                .thenCombine(
                        answer(connection.async().configGet("maxmemory-policy").toCompletableFuture()),
                        (info, policy) -> {
                            judge(
                                    info,
                                    policy.getOrDefault("maxmemory-policy", info.getOrDefault("maxmemory_policy", "")));
                            return connection;
                        })
                .whenComplete((checked, failure) -> {
                    if (failure != null) {
                        var unused = connection.closeAsync();
                    }
                });
    }

    /** What a server says, or nothing when it does not let us ask: managed ones often do not. */
    private static CompletableFuture<Map<String, String>> answer(CompletableFuture<Map<String, String>> asked) {
        return asked.exceptionally(failure -> {
            Throwable cause = QueueErrors.unwrap(failure);
            if (cause instanceof RedisCommandExecutionException) {
                return Map.of();
            }
            throw cause instanceof RuntimeException known ? known : new RedisException(cause);
        });
    }

    private void judge(Map<String, String> info, String policy) {
        String version = info.getOrDefault("redis_version", "");
        if (version.matches("[0-5]\\..*|6\\.[01]\\..*")) {
            throw new Refused(config.name() + ": the server is Redis " + version + "; 6.2 or later is needed");
        }
        if (policy.startsWith("allkeys")) {
            String what = config.name() + ": the server's maxmemory-policy is " + policy
                    + ", so it drops waiting tasks when its memory is full";
            if (!config.acceptTaskLoss()) {
                throw new Refused(
                        what + "; set maxmemory-policy to noeviction, or to volatile-lru, which evicts only what has"
                                + " an end, such as a cache and finished tasks; accept-task-loss = true takes the risk");
            }
            if (explained.compareAndSet(false, true)) {
                LOG.warn("{}, which accept-task-loss = true takes", what);
            }
        }
        concern = config.durable() && "0".equals(info.get("aof_enabled"))
                ? config.name()
                        + " is declared durable, but the server writes no append-only file; set appendonly yes, or what"
                        + " it acknowledged since its last snapshot is lost when it stops"
                : "";
        if (!explained.compareAndSet(false, true)) {
            return;
        }
        LOG.info(
                "{} is connected: Redis {}, maxmemory-policy {}",
                config.name(),
                version.isEmpty() ? "of an unknown version" : version,
                policy.isEmpty() ? "unknown" : policy);
        if (policy.isEmpty()) {
            LOG.warn(
                    "{}: the server does not say its maxmemory-policy; make sure that it is noeviction or volatile-*,"
                            + " or waiting tasks may be dropped",
                    config.name());
        }
        if (!concern.isEmpty()) {
            LOG.warn(concern);
        }
    }

    private static Map<String, String> parse(String text) {
        Map<String, String> values = new HashMap<>();
        for (String line : text.lines().toList()) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                values.put(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        return values;
    }
}

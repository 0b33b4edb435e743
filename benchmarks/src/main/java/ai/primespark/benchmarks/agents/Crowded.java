package ai.primespark.benchmarks.agents;

import ai.primespark.PrimeSpark;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.benchmarks.Table;
import ai.primespark.testkit.LocalRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** A9: tasks on a Redis that evicts a cache all the time. */
final class Crowded {

    private static final long MEMORY = 64L << 20;
    private static final long SECONDS = 60;

    private Crowded() {}

    static Table run(Path root) throws Exception {
        try (LocalRedis redis = LocalRedis.start("--maxmemory", "64mb", "--maxmemory-policy", "volatile-lru");
                PrimeSpark submitter = Sparks.open(root, "crowded-submits", Sparks.redis(redis.port()), 1);
                PrimeSpark worker = Sparks.open(root, "crowded-works", Sparks.redis(redis.port()), 8)) {
            Set<String> done = ConcurrentHashMap.newKeySet(); // Redis may forget what is over: it has a time to live
            worker.agents().local().handle("work", byte[].class, (payload, context) -> done.add(context.taskId()));
            worker.agents().local().start();
            AtomicBoolean over = new AtomicBoolean();
            long[] written = {0};
            Thread cache = new Thread(() -> written[0] = fill(redis, over), "cache");
            cache.start();
            List<TaskHandle> taken = new ArrayList<>();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            while (System.nanoTime() < end) {
                taken.addAll(submitter
                        .agents()
                        .submitAll(IntStream.range(0, 20)
                                .mapToObj(i ->
                                        TaskRequest.of("work", new byte[200]).build())
                                .toList()));
                TimeUnit.MILLISECONDS.sleep(100);
            }
            long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (done.size() < taken.size() && System.nanoTime() < patience) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            long lost = taken.stream().filter(task -> !done.contains(task.id())).count();
            over.set(true);
            cache.join();
            Table table = new Table("A Redis of 64 MB that evicts a cache (volatile-lru)", "Prime Spark", "Goal", "");
            table.row(
                    "written to the cache in " + SECONDS + " s", Table.times((double) written[0] / MEMORY), "≥ 3×", "");
            table.row("keys evicted", Table.count(evicted(redis)), "", "");
            table.row("lost of " + Table.count(taken.size()) + " tasks", lost, "0", Table.reached(lost == 0));
            table.row("repaired", worker.agents().stats().repaired(), "0", "");
            return table;
        }
    }

    private static long fill(LocalRedis redis, AtomicBoolean over) {
        String value = "v".repeat(1024);
        long bytes = 0;
        RedisClient client = RedisClient.create("redis://127.0.0.1:" + redis.port());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            RedisAsyncCommands<String, String> commands = connection.async();
            for (long key = 0; !over.get(); key += 200) {
                List<RedisFuture<String>> batch = new ArrayList<>(200);
                for (long i = key; i < key + 200; i++) {
                    batch.add(commands.setex("cache:" + i, 3600, value));
                }
                for (RedisFuture<String> each : batch) {
                    bytes += each.toCompletableFuture().join().equals("OK") ? value.length() : 0;
                }
            }
        } finally {
            client.shutdown();
        }
        return bytes;
    }

    private static long evicted(LocalRedis redis) {
        Matcher matcher = Pattern.compile("evicted_keys:(\\d+)").matcher(redis.command("INFO", "stats"));
        return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
    }
}

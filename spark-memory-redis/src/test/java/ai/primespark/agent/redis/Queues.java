package ai.primespark.agent.redis;

import ai.primespark.agent.TaskRequest;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.TestContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** Opens queues for tests, and closes them. Short forms of their methods. */
final class Queues implements AutoCloseable {

    static final Duration LONG = Duration.ofMinutes(5);

    private static final AtomicLong NUMBERS = new AtomicLong();

    final TestContext context = TestContext.create();
    private final List<RedisTaskQueue> opened = new ArrayList<>();

    /** A started queue with a long time limit, for whatever the server's speed. */
    RedisTaskQueue open(LocalRedis redis, Object... settings) {
        return open(redis.url(), settings);
    }

    RedisTaskQueue open(String url, Object... settings) {
        RedisTaskQueue queue = create(url, settings);
        queue.start();
        return queue;
    }

    RedisTaskQueue create(String url, Object... settings) {
        Map<String, Object> values = new HashMap<>(Map.of("url", url, "timeout", "20s"));
        for (int i = 0; i < settings.length; i += 2) {
            values.put((String) settings[i], settings[i + 1]);
        }
        return create(values);
    }

    RedisTaskQueue create(Map<String, Object> values) {
        return create(context.with(new RedisTaskQueueProvider(), values));
    }

    private RedisTaskQueue create(ProviderContext own) {
        RedisTaskQueue queue = (RedisTaskQueue) new RedisTaskQueueProvider().create(own);
        opened.add(queue);
        return queue;
    }

    /** A context with a queue's settings whose threads run out when the test says so. */
    ScarceThreads scarce(String url) {
        return new ScarceThreads(context.with(new RedisTaskQueueProvider(), Map.of("url", url, "timeout", "20s")));
    }

    RedisTaskQueue open(ScarceThreads threads) {
        RedisTaskQueue queue = create(threads);
        queue.start();
        return queue;
    }

    static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30));
    }

    static TaskEnvelope task(String id) {
        return task(id, request -> request);
    }

    static TaskEnvelope task(String id, UnaryOperator<TaskRequest.Builder> more) {
        TaskRequest.Builder request =
                TaskRequest.of("echo", id.getBytes(StandardCharsets.UTF_8)).submitter("test");
        return new TaskEnvelope(id, more.apply(request).build(), "bytes");
    }

    static TaskQueue.Submitted submit(TaskQueue queue, TaskEnvelope task) {
        return queue.submit(List.of(task), soon()).get(0);
    }

    static TaskClaim claim(String agent, int max, Duration life, Set<TaskLane> lanes) {
        return new TaskClaim("r" + NUMBERS.incrementAndGet(), agent, lanes, max, life, Map.of());
    }

    /** Claims from all lanes. */
    static List<TaskLease> claim(TaskQueue queue, String agent, int max, Duration life) {
        return queue.claim(claim(agent, max, life, queue.lanes(soon())), soon());
    }

    static List<TaskLease> claim(TaskQueue queue, String agent, int max) {
        return claim(queue, agent, max, LONG);
    }

    /** Waits for work on a thread of its own; ends with what {@code awaitWork} says. */
    static CompletableFuture<Boolean> waiting(TaskQueue queue, Set<TaskLane> lanes) {
        CompletableFuture<Boolean> woken = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                woken.complete(queue.awaitWork(lanes, Duration.ofSeconds(50)));
            } catch (InterruptedException | RuntimeException e) {
                woken.completeExceptionally(e);
            }
        });
        thread.start();
        return woken;
    }

    @Override
    public void close() {
        opened.forEach(RedisTaskQueue::close);
        context.close();
    }
}

package ai.primespark.agent.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.memory.redis.LocalCluster;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueueProvider;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.TaskQueueContract;
import io.lettuce.core.cluster.SlotHash;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every rule of task queues over a cluster of three masters. */
class RedisTaskQueueClusterTest extends TaskQueueContract {

    private static LocalCluster cluster;

    @BeforeAll
    static void startCluster() {
        cluster = LocalCluster.start();
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @Override
    protected TaskQueueProvider provider() {
        return new RedisTaskQueueProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("cluster", cluster.seeds(), "timeout", "20s", "queue", Integer.toHexString(directory.hashCode()));
    }

    @Override
    protected Map<String, Object> settingsForRoom(int tasks) {
        return Map.of("max-tasks", tasks);
    }

    @Override
    protected boolean hasOwnClock() {
        return true;
    }

    /** As in a planned failover: who is heard is known by node, and on the new one nobody is at first. */
    @Test
    void nobodyIsTakenForGoneWhenTheQueueMovesToAnotherNode() {
        try (Queues queues = new Queues()) {
            Map<String, Object> settings =
                    Map.of("cluster", cluster.seeds(), "timeout", "20s", "queue", "moves", "presence-grace", "400ms");
            RedisTaskQueue one = queues.create(settings);
            RedisTaskQueue two = queues.create(settings);
            one.start();
            two.start();
            Queues.submit(one, Queues.task("t1"));
            Queues.submit(one, Queues.task("t2"));
            TaskLease first = Queues.claim(one, "a", 1).get(0);
            TaskLease second = Queues.claim(two, "b", 1).get(0);
            int slot = SlotHash.getSlot("{ps:moves}:");
            LocalRedis from = cluster.owner(slot);
            LocalRedis to = cluster.nodes().stream()
                    .filter(node -> node != from)
                    .findFirst()
                    .orElseThrow();
            awaitWatched(from);

            cluster.move(slot, from, to);
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                beat(one, first); // as agents do all the time
                beat(two, second);
                return to.command("PUBSUB", "CHANNELS", "{ps:moves}:o:*")
                                .lines()
                                .count()
                        == 2;
            });
            to.command("HDEL", "{ps:moves}:n", "watch1", "watch2");
            awaitWatched(to); // by somebody who has listened there for long enough to judge

            assertThat(one.stats(Queues.soon()).losses()).isZero();
            assertThat(one.complete(first.ref(), new TaskCompletion.Success(null), Queues.soon()))
                    .isTrue();
            assertThat(two.complete(second.ref(), new TaskCompletion.Success(null), Queues.soon()))
                    .isTrue();
        }
    }

    private static void beat(RedisTaskQueue queue, TaskLease lease) {
        assertThat(queue.beat(List.of(new TaskLease.Progress(lease.ref(), 0, "")), Queues.LONG, Queues.soon()))
                .allMatch(beat -> beat.held());
    }

    private static void awaitWatched(LocalRedis node) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> node.command("HEXISTS", "{ps:moves}:n", "watch1").equals("1"));
    }

    @Test
    void queuesOfSeveralNamesLieOnSeveralNodes() {
        try (Queues queues = new Queues()) {
            for (int i = 0; i < 12; i++) {
                RedisTaskQueue queue =
                        queues.create(Map.of("cluster", cluster.seeds(), "timeout", "20s", "queue", "spread" + i));
                queue.start();
                Queues.submit(queue, Queues.task("t" + i));
                assertThat(Queues.claim(queue, "a", 1)).hasSize(1);
            }
        }
        for (LocalRedis node : cluster.nodes()) {
            assertThat(node.command("KEYS", "{ps:spread*")).isNotEmpty();
        }
    }
}

package ai.primespark.it.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.it.JavaProcess;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.NeedsLoopDevice;
import ai.primespark.testkit.NeedsRedisServer;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Redis's master dies while processes write, delete and read, and a sentinel makes its replica the master, which lacks what was
 * not replicated yet. Nothing of it may be seen: neither an older value nor one that was deleted.
 */
@NeedsRedisServer
@NeedsLoopDevice
class FailoverIT {

    private static final int KEYS = 12;

    @TempDir
    Path directory;

    @Test
    void nothingIsLostWhenAReplicaThatLagsTakesOver() throws Exception {
        long seed = System.nanoTime();
        History history = new History();
        try (Lab lab = new Lab(directory);
                LocalRedis replica = LocalRedis.start("--replicaof", "127.0.0.1", String.valueOf(lab.redis.port()));
                LocalRedis sentinel = LocalRedis.startSentinel("memory", lab.redis, 1)) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> sentinel.command("INFO", "sentinel").contains("slaves=1")
                            && replica.command("INFO", "replication").contains("master_link_status:up"));
            Path configuration = lab.redisAt("redis-sentinel://127.0.0.1:%d#memory".formatted(sentinel.port()))
                    .configuration("failover");
            try (JavaProcess worker = lab.worker(configuration, seed, 1, KEYS, 2, 0)) {
                Settling.awaitLines(worker, 100);
                replica.pause();
                String unused = lab.redis.command("CLIENT", "KILL", "TYPE", "replica"); // from here on it gets nothing
                Settling.awaitLines(worker, worker.lines().size() + 100);
                lab.redis.kill();
                replica.resume();
                await().atMost(Duration.ofSeconds(60))
                        .ignoreExceptionsInstanceOf(UncheckedIOException.class) // a promotion cuts all connections
                        .until(() -> replica.command("INFO", "replication").contains("role:master"));
                Settling.awaitLines(worker, worker.lines().size() + 200);
                worker.kill();
                history.add(worker.lines());
            }
            try (JavaProcess next = lab.worker(configuration, seed + 1, 1_000_000, KEYS, 2, 0)) {
                Settling.awaitLines(next, 100);
                next.kill();
                history.add(next.lines());
            }
            Settling.check(configuration, history, false, "seed " + seed);
            assertThat(replica.command("DBSIZE")).as("the new master is in use").isNotEqualTo("0");
        }
    }
}

package ai.primespark.benchmarks.memory;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The libraries whose nodes share a Redis server. */
enum Nodes {
    SPARK("Prime Spark") {
        @Override
        Node open(int redisPort, int nearEntries, int valueBytes, Path directory) {
            return new SparkNode(redisPort, nearEntries * (2L * valueBytes + 300), directory);
        }
    },
    JETCACHE("JetCache 2.7.8 BOTH (Kryo5)") {
        @Override
        Node open(int redisPort, int nearEntries, int valueBytes, Path directory) {
            return new JetCacheNode(redisPort, nearEntries, true);
        }
    },
    REDISSON("Redisson 4.7.0 RLocalCachedMap") {
        @Override
        Node open(int redisPort, int nearEntries, int valueBytes, Path directory) {
            return new RedissonNode(redisPort, nearEntries, false);
        }
    },
    REDISSON_CAFFEINE("Redisson, Caffeine provider") {
        @Override
        Node open(int redisPort, int nearEntries, int valueBytes, Path directory) {
            return new RedissonNode(redisPort, nearEntries, true);
        }
    },
    NAIVE("Caffeine + Lettuce, no invalidation") {
        @Override
        Node open(int redisPort, int nearEntries, int valueBytes, Path directory) {
            return new NaiveNode(redisPort, nearEntries);
        }
    },
    CAFFEINE("Caffeine alone, all in the heap") {
        @Override
        Node open(int redisPort, int nearEntries, int valueBytes, Path directory) {
            return new HeapNode();
        }
    };

    final String title;

    Nodes(String title) {
        this.title = title;
    }

    /**
     * Opens a node.
     *
     * @param redisPort of a server on this machine
     * @param nearEntries about how many values the heap may hold
     * @param valueBytes about how large they are
     * @param directory the node's own
     */
    abstract Node open(int redisPort, int nearEntries, int valueBytes, Path directory);

    /** Those that claim that their near copies follow what other nodes write. */
    static List<Nodes> coherent() {
        return Arrays.asList(SPARK, JETCACHE, REDISSON, REDISSON_CAFFEINE);
    }
}

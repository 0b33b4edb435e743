package ai.primespark.benchmarks.agents;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import java.nio.file.Path;

/** Instances of Prime Spark as the agents' benchmark needs them. */
final class Sparks {

    private Sparks() {}

    static String redis(int port) {
        return "{type = redis, url = \"redis://127.0.0.1:" + port + "\"}";
    }

    /** An instance without tiers and models that would do something beside. */
    static PrimeSpark open(Path root, String id, String queue, int slots) {
        return PrimeSpark.builder()
                .config(SparkConfig.empty().withText("""
                        primespark {
                          data-dir = "%s"
                          memory.tiers = [{type = caffeine}]
                          llm.backends = []
                          agents { id = %s, slots = %d, queue = %s }
                        }
                        """.formatted(root.resolve(id), id, slots, queue), "benchmark"))
                .build();
    }
}

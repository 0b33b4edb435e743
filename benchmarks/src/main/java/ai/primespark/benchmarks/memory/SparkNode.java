package ai.primespark.benchmarks.memory;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Prime Spark with a near tier and Redis: no journal, as the others have none. */
final class SparkNode implements Node {

    private final PrimeSpark spark;
    private final Memory memory;

    SparkNode(int redisPort, long nearBytes, Path directory) {
        String tiers = "[{type = caffeine, max-bytes = " + nearBytes + "}, {type = redis, url = \"redis://127.0.0.1:"
                + redisPort + "\"}]";
        this.spark = PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .withText(
                                "primespark { data-dir = \"" + directory + "\", memory { ack = \"tier(2)\", tiers = "
                                        + tiers + " } }",
                                "the benchmark"))
                .build();
        this.memory = spark.memory().namespace("bench", NamespaceOptions.DEFAULT.withCodec("text"));
    }

    @Override
    public @Nullable String get(String key) {
        return memory.find(key, String.class).orElse(null);
    }

    @Override
    public void put(String key, String value) {
        var unused = memory.put(key, value);
    }

    @Override
    public void remove(String key) {
        var unused = memory.delete(key);
    }

    @Override
    public @Nullable String getOrLoad(String key, Callable<String> loader) {
        return memory.getOrLoad(key, String.class, PutOptions.DEFAULT, loader::call)
                .orElse(null);
    }

    @Override
    public void close() {
        spark.close();
    }
}

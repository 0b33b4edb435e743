package ai.primespark.examples.memory;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryAdmin;
import ai.primespark.memory.NamespaceOptions;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An instance for one command. It does nothing in the background by itself: no repair, no sweep, no language models.
 *
 * <p>Namespaces are opened as they are known from earlier runs in the data directory: opening a private one with wider options
 * would let its values travel farther than they may.
 */
final class Session implements AutoCloseable {

    private static final Duration FLUSH = Duration.ofSeconds(30);

    private final PrimeSpark spark;

    private Session(PrimeSpark spark) {
        this.spark = spark;
    }

    static Session open(MemoryTool tool) {
        SparkConfig config = SparkConfig.empty();
        if (tool.config != null) {
            if (!Files.isReadable(tool.config)) {
                throw new ToolException(ToolException.USAGE, "cannot read the configuration " + tool.config);
            }
            config = config.withFile(tool.config);
        }
        config = config.withEnvironment(System.getenv());
        for (Map.Entry<String, String> each : tool.settings.entrySet()) {
            config = config.with(each.getKey(), each.getValue());
        }
        if (tool.dataDir != null) {
            config = config.with(
                    "primespark.data-dir", tool.dataDir.toAbsolutePath().toString());
        }
        config = config.with("primespark.memory.repair.interval", "0 s")
                .with("primespark.memory.sweep.interval", "0 s")
                .with("primespark.llm.backends", List.of());
        return new Session(PrimeSpark.builder().config(config).build());
    }

    MemoryAdmin admin() {
        return spark.memory().admin();
    }

    /** The namespace of the command line, or another. */
    Memory memory(@Nullable String name) {
        return memory(name, null);
    }

    /**
     * A namespace.
     *
     * @param reach how far values of a namespace that is not known yet may travel, or null for as far as usual
     */
    Memory memory(@Nullable String name, @Nullable Zone reach) {
        String wanted = name == null ? "default" : name;
        NamespaceOptions known = admin().namespaces().get(wanted);
        if (known != null) {
            return spark.memory().namespace(wanted, known);
        }
        return reach == null
                ? spark.memory().namespace(wanted)
                : spark.memory().namespace(wanted, NamespaceOptions.DEFAULT.withReach(reach));
    }

    /** Waits until the tiers have what was written; what does not answer is named by its state. */
    void flush(MemoryTool tool) {
        if (!spark.memory().flush(FLUSH)) {
            tool.err.println("prime-spark-memory: some tiers do not have everything yet; see the command tier");
        }
    }

    @Override
    public void close() {
        spark.close();
    }
}

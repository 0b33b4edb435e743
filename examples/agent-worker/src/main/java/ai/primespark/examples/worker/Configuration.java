package ai.primespark.examples.worker;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.agent.Agents;
import ai.primespark.agent.QueueUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the settings come from: a file, the environment, the command line; the later wins. */
final class Configuration {

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "configuration with the section primespark.agents")
    @Nullable
    Path file;

    @Option(
            names = {"-q", "--queue"},
            paramLabel = "URL",
            description =
                    "the queue's Redis server, for example redis://control.home:6379; instead of the configured queue")
    @Nullable
    String queue;

    @Option(
            names = {"-s", "--set"},
            paramLabel = "PATH=VALUE",
            description =
                    "one more setting, for example primespark.agents.slots=4 or primespark.agents.capabilities=[camera, gpu]")
    Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = "--patience",
            paramLabel = "SECONDS",
            description = "how long to wait for a queue that does not answer")
    int patienceSeconds = 20;

    /** An instance whose queue answers. */
    PrimeSpark open() {
        PrimeSpark spark = PrimeSpark.builder().config(load()).build();
        try {
            awaitQueue(spark.agents(), Duration.ofSeconds(patienceSeconds));
            return spark;
        } catch (RuntimeException e) {
            spark.close();
            throw e;
        }
    }

    /** The first connection of a small machine takes its time, and a server may be just starting. */
    static void awaitQueue(Agents agents, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                var unused = agents.stats();
                return;
            } catch (QueueUnavailableException e) {
                if (System.nanoTime() - end > 0) {
                    throw e;
                }
                LockSupport.parkNanos(50_000_000);
            }
        }
    }

    /** A list of words, or what the text is as JSON. */
    static Object value(String text) {
        return text.matches("\\[[A-Za-z0-9._, -]*]")
                ? Stream.of(text.substring(1, text.length() - 1).split(","))
                        .map(String::strip)
                        .filter(word -> !word.isEmpty())
                        .toList()
                : Payloads.read(text);
    }

    SparkConfig load() {
        SparkConfig config = SparkConfig.empty();
        if (file != null) {
            if (!Files.isReadable(file)) {
                throw new IllegalArgumentException("cannot read the configuration " + file);
            }
            config = config.withFile(file);
        }
        config = config.withEnvironment(System.getenv());
        if (queue != null) {
            config = config.with("primespark.agents.queue", Map.of("type", "redis", "url", queue));
        }
        for (Map.Entry<String, String> each : settings.entrySet()) {
            config = config.with(each.getKey(), value(each.getValue()));
        }
        return config;
    }
}

package ai.primespark.core.agent;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.agent.Agents;
import ai.primespark.spi.LlmBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Instances with a queue in this process, closed after each test. */
abstract class AgentRig {

    /** Nobody waits for so long; a test that does has failed. */
    static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path dir;

    private final List<PrimeSpark> open = new ArrayList<>();

    /** An instance whose agents beat often, so that nothing in a test waits for a beat. */
    PrimeSpark spark(Object... settings) {
        return spark(List.of(), settings);
    }

    PrimeSpark spark(List<LlmBackend> backends, Object... settings) {
        SparkConfig config = SparkConfig.empty()
                .with("primespark.data-dir", dir.resolve("node-" + open.size()))
                .with("primespark.close-timeout", "2 s")
                .with("primespark.agents.heartbeat", "50 ms")
                .with("primespark.agents.lease", "2 s")
                .with("primespark.agents.cancel-grace", "200 ms");
        for (int i = 0; i < settings.length; i += 2) {
            config = config.with("primespark." + settings[i], settings[i + 1]);
        }
        PrimeSpark.Builder builder = PrimeSpark.builder().config(config).discovery(false);
        backends.forEach(builder::llmBackend);
        PrimeSpark spark = builder.build();
        open.add(spark);
        return spark;
    }

    Agents agents(Object... settings) {
        return spark(settings).agents();
    }

    @AfterEach
    void closeAll() {
        open.forEach(PrimeSpark::close);
    }
}

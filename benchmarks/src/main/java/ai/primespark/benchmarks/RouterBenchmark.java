package ai.primespark.benchmarks;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.spi.CallLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One request through the router, beside the same request to the backend object itself. Each builds its request anew. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
public class RouterBenchmark {

    private final TwoWordBackend backend = new TwoWordBackend();
    private Path directory;
    private PrimeSpark spark;
    private long asked;

    @Setup(Level.Trial)
    public void open() throws IOException {
        directory = Directories.create();
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", directory))
                .llmBackend(backend)
                .discovery(false)
                .build();
        if (hit().cached() || !hit().cached() || miss().cached() || bypass().cached()) {
            throw new IllegalStateException("the cache does not do what the names of the benchmarks say");
        }
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        spark.close();
        backend.close();
        Directories.delete(directory);
    }

    @Benchmark
    public LlmResponse direct() {
        return backend.open(request(++asked, CacheMode.BYPASS), CallLimits.DEFAULT)
                .await();
    }

    @Benchmark
    public LlmResponse bypass() {
        return spark.llm().generate(request(++asked, CacheMode.BYPASS));
    }

    /** Looks in the cache, asks the backend and stores the answer: no question is asked twice. */
    @Benchmark
    public LlmResponse miss() {
        return spark.llm().generate(request(++asked, CacheMode.USE));
    }

    @Benchmark
    public LlmResponse hit() {
        return spark.llm().generate(request(0, CacheMode.USE));
    }

    private static LlmRequest request(long number, CacheMode cache) {
        return LlmRequest.prompt("What is the answer to question " + number + "?")
                .cache(cache)
                .build();
    }
}

package ai.primespark.benchmarks;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.core.llm.LlmEngine;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RouteTrace;
import ai.primespark.spi.CallLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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

/**
 * One request through the router, beside the same request to the backend object itself, each of which builds its request anew;
 * and the balanced strategy's decision alone, over four backends that it has measured.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
public class RouterBenchmark {

    private final TwoWordBackend backend = new TwoWordBackend();
    private static final LlmRequest QUESTION =
            LlmRequest.prompt("What is the answer?").model("small").build();

    private final List<TwoWordBackend> four = List.of(
            new TwoWordBackend("pi", Zone.EDGE),
            new TwoWordBackend("nas", Zone.EDGE),
            new TwoWordBackend("hub", Zone.TRUSTED),
            new TwoWordBackend("cloud", Zone.CLOUD));
    private PrimeSpark balanced;
    private Path directory;
    private Path balancedDirectory;
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
        openBalanced();
    }

    private void openBalanced() throws IOException {
        balancedDirectory = Directories.create();
        PrimeSpark.Builder builder = PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .with("primespark.data-dir", balancedDirectory)
                        .with("primespark.llm.strategy", "balanced")
                        .with("primespark.llm.cache.enabled", false))
                .discovery(false);
        four.forEach(builder::llmBackend);
        balanced = builder.build();
        for (int i = 0; i < 20; i++) { // what was never measured is tried first, so each gets its turn
            balanced.llm().generate(QUESTION);
        }
        if (decision().stream().anyMatch(candidate -> candidate.expectedFirstToken() == null)) {
            throw new IllegalStateException("not every backend was measured before the decision is");
        }
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        spark.close();
        balanced.close();
        backend.close();
        four.forEach(TwoWordBackend::close);
        Directories.delete(directory);
        Directories.delete(balancedDirectory);
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

    /** Which backend, in which order, with a forecast for each of four; nobody is asked. */
    @Benchmark
    public List<RouteTrace.Candidate> decision() {
        return ((LlmEngine) balanced.llm()).decide(QUESTION);
    }

    private static LlmRequest request(long number, CacheMode cache) {
        return LlmRequest.prompt("What is the answer to question " + number + "?")
                .cache(cache)
                .build();
    }
}

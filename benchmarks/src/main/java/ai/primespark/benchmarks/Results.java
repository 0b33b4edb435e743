package ai.primespark.benchmarks;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;

/** What a suite measured, by method and parameters. */
final class Results {

    private final Map<String, RunResult> runs;

    Results(Collection<RunResult> runs) {
        this.runs = runs.stream().collect(Collectors.toMap(run -> name(run.getParams()), run -> run));
    }

    private static String name(BenchmarkParams params) {
        String method = params.getBenchmark().substring(params.getBenchmark().lastIndexOf('.') + 1);
        return method
                + params.getParamsKeys().stream()
                        .map(key -> " " + params.getParam(key))
                        .collect(Collectors.joining());
    }

    /**
     * Finds a run.
     *
     * @param method of the benchmark
     * @param parameters their values, in the order of their names
     */
    Run find(String method, Object... parameters) {
        String name = method + List.of(parameters).stream().map(p -> " " + p).collect(Collectors.joining());
        return new Run(Objects.requireNonNull(runs.get(name), () -> "not measured: " + name));
    }

    /** One benchmark with one set of parameters. */
    record Run(RunResult result) {

        double mean() {
            return result.getPrimaryResult().getScore();
        }

        /** The percentile of single operations; for benchmarks that take samples. */
        double percentile(double rank) {
            return result.getPrimaryResult().getStatistics().getPercentile(rank);
        }

        /** The means of the iterations, sorted: how far they lie apart shows how quiet the machine was. */
        double[] iterations() {
            return result.getBenchmarkResults().stream()
                    .flatMap(fork -> fork.getIterationResults().stream())
                    .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
                    .sorted()
                    .toArray();
        }

        /** The middle of the iterations' means, which a disturbance of a few iterations does not move. */
        double typical() {
            double[] means = iterations();
            return (means[(means.length - 1) / 2] + means[means.length / 2]) / 2;
        }
    }
}

package ai.primespark.benchmarks;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Benchmarks that belong together, how long they take, and how their results are told. */
enum Suite {
    NEAR(
            "near",
            "Reading what the near tier holds: facade and bare Caffeine",
            NearGetBenchmark.class,
            Duration.ofMillis(500),
            Reports::near),
    ROUTER(
            "router",
            "One LLM request: through the router and to the backend itself",
            RouterBenchmark.class,
            Duration.ofMillis(700),
            Reports::router),
    DIRECTORY(
            "directory",
            "1 KiB values under 10,000 keys: directory tier and plain files",
            DirectoryTierBenchmark.class,
            Duration.ofMillis(700),
            Reports::directory),
    VPN(
            "vpn",
            "Reading wg show all dump of 10,000 peers",
            VpnDumpBenchmark.class,
            Duration.ofMillis(700),
            Reports::vpn);

    private final String word;
    private final String title;
    private final Class<?> benchmark;
    private final Duration iteration;
    private final Function<Results, Table> report;

    Suite(String word, String title, Class<?> benchmark, Duration iteration, Function<Results, Table> report) {
        this.word = word;
        this.title = title;
        this.benchmark = benchmark;
        this.iteration = iteration;
        this.report = report;
    }

    static Optional<Suite> named(String word) {
        return Arrays.stream(values()).filter(suite -> suite.word.equals(word)).findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(Suite::word).toList();
    }

    String word() {
        return word;
    }

    String title() {
        return title;
    }

    Class<?> benchmark() {
        return benchmark;
    }

    /** How long one iteration takes. */
    Duration iteration() {
        return iteration;
    }

    Table report(Results results) {
        return report.apply(results);
    }
}

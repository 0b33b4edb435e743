package ai.primespark.benchmarks.llm;

import ai.primespark.benchmarks.Sampled;
import ai.primespark.benchmarks.Table;
import ai.primespark.benchmarks.llm.Client.Place;
import ai.primespark.benchmarks.llm.Client.Question;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a call and a token cost, beside the least there is: all in one JVM, in turns, against one server. */
final class Speed {

    private static final double CALL_GOAL_MICROS = 50;
    private static final double TOKEN_GOAL_MICROS = 2.0;
    private static final double TOKEN_GOAL_RATIO = 1.5;
    private static final int WARM_UPS = 6;
    private static final int ROUNDS = 15;
    private static final int CALLS = 400;
    private static final int ANSWERS = 6;

    private static long asked;

    private Speed() {}

    /** Nothing is in the way of speed. */
    static Place place(URI server) {
        return new Place(server, null, Duration.ofSeconds(20), Duration.ofMinutes(2), 20_000_000);
    }

    /** Ours with everything on: router, circuit breaker, metrics, and a cache that misses. */
    static Client ours(URI server, boolean streaming) {
        return new SparkClient(place(server), streaming, "cache.enabled = true", new SimpleMeterRegistry());
    }

    /** One that takes part, beside the raw client that asks for the same form of answer. */
    private static final class Runner {

        private final String name;
        private final Client client;
        private final @Nullable Runner raw;
        private final int share;
        private final Sampled samples = new Sampled();
        private final List<Double> above = new ArrayList<>();
        private final List<Double> ratios = new ArrayList<>();
        private double round;
        private double cpuNanos;
        private long tokens;

        Runner(String name, Client client, @Nullable Runner raw, int share) {
            this.name = name;
            this.client = client;
            this.raw = raw;
            this.share = share;
        }

        void endRound() {
            round = samples.endRound();
            if (raw != null) {
                above.add(round - raw.round);
                ratios.add(round / raw.round);
            }
        }

        void clear() {
            samples.clear();
            above.clear();
            ratios.clear();
            cpuNanos = 0;
            tokens = 0;
        }

        static double middle(List<Double> values) {
            return Sampled.percentile(
                    values.stream().mapToDouble(Double::doubleValue).toArray(), 50);
        }
    }

    static Table calls(URI server) throws Exception {
        Runner lines = new Runner("JDK client and Jackson, lines", new RawClient(place(server), true), null, 1);
        Runner document =
                new Runner("JDK client and Jackson, a document", new RawClient(place(server), false), null, 1);
        List<Runner> runners = new ArrayList<>(List.of(lines, document));
        runners.add(new Runner("Prime Spark: router, breaker, metrics, cache miss", ours(server, false), lines, 1));
        for (Contender contender : others(false)) {
            runners.add(new Runner(
                    contender.label(),
                    contender.open(place(server)),
                    document, // all of them ask for one
                    contender.library().equals("ollama4j") ? 20 : 1));
        }
        rounds(runners, runner -> {
            for (int i = 0; i < CALLS / runner.share; i++) {
                Question question =
                        new Question(FakeOllama.SHORT, "What is the answer to question " + ++asked + "?", false);
                long start = System.nanoTime();
                String text = runner.client.await(question, piece -> {}).text();
                runner.samples.add((System.nanoTime() - start) / 1e3);
                expect(text, 3);
            }
        });
        Table table = new Table("One blocking call, three tokens", "Median µs", "p99 µs", "Above raw µs", "Goal", "");
        for (Runner runner : runners) {
            boolean ours = runner.client instanceof SparkClient;
            double above = Runner.middle(runner.above);
            table.row(
                    runner.name,
                    Table.number(runner.samples.median()),
                    Table.number(runner.samples.percentile(99)),
                    runner.raw == null ? "" : signed(above),
                    ours ? "≤ +" + (int) CALL_GOAL_MICROS : "",
                    ours ? Table.reached(above <= CALL_GOAL_MICROS) : "");
        }
        return table;
    }

    static Table tokens(URI server) throws Exception {
        Runner raw = new Runner("JDK client and Jackson", new RawClient(place(server), true), null, 1);
        List<Runner> runners = new ArrayList<>(List.of(raw));
        runners.add(new Runner("Prime Spark: router, breaker, metrics, cache miss", ours(server, true), raw, 1));
        for (Contender contender : others(true)) {
            runners.add(new Runner(contender.label(), contender.open(place(server)), raw, 1));
        }
        rounds(runners, runner -> {
            long cpu = cpu();
            for (int i = 0; i < ANSWERS; i++) {
                Question question = new Question(FakeOllama.LONG, "Tell me story " + ++asked + "!", false);
                int[] pieces = new int[1];
                long start = System.nanoTime();
                String text =
                        runner.client.await(question, piece -> pieces[0]++).text();
                runner.samples.add((System.nanoTime() - start) / 1e3 / FakeOllama.TOKENS);
                expect(text, FakeOllama.TOKENS);
                if (pieces[0] < FakeOllama.TOKENS) {
                    throw new IllegalStateException(runner.name + " gave " + pieces[0] + " pieces");
                }
            }
            runner.cpuNanos += cpu() - cpu;
            runner.tokens += (long) ANSWERS * FakeOllama.TOKENS;
        });
        Table table = new Table(
                "Streaming, " + FakeOllama.TOKENS + " tokens", "µs a token", "of raw", "CPU µs a token", "Goal", "");
        for (Runner runner : runners) {
            boolean ours = runner.client instanceof SparkClient;
            double micros = runner.samples.median();
            double ratio = Runner.middle(runner.ratios);
            table.row(
                    runner.name,
                    Table.number(micros),
                    runner.raw == null ? "" : Table.times(ratio),
                    Table.number(runner.cpuNanos / 1e3 / runner.tokens),
                    ours ? "≤ 2.0 µs, ≤ 1.5×" : "",
                    ours ? Table.reached(micros <= TOKEN_GOAL_MICROS && ratio <= TOKEN_GOAL_RATIO) : "");
        }
        return table;
    }

    private static List<Contender> others(boolean streaming) {
        return Contender.all(streaming).stream()
                .filter(contender -> !contender.library().equals("Prime Spark"))
                .toList();
    }

    /** One round of one runner. */
    private interface Work {

        void run(Runner runner) throws Exception;
    }

    private static void rounds(List<Runner> runners, Work work) throws Exception {
        for (int round = 0; round < WARM_UPS + ROUNDS; round++) {
            if (round == WARM_UPS) {
                runners.forEach(Runner::clear);
            }
            for (Runner runner : runners) {
                work.run(runner);
                runner.endRound();
            }
        }
        runners.forEach(runner -> runner.client.close());
    }

    private static void expect(String text, int tokens) {
        if (text.length() != tokens * " word0".length()) {
            throw new IllegalStateException("a wrong answer of " + text.length() + " characters");
        }
    }

    private static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static String signed(double value) {
        return String.format(Locale.ROOT, "%+.1f", value);
    }
}

package ai.primespark.benchmarks.llm;

import ai.primespark.PrimeSpark;
import ai.primespark.benchmarks.Sampled;
import ai.primespark.benchmarks.Table;
import ai.primespark.benchmarks.llm.Client.Place;
import ai.primespark.benchmarks.llm.Client.Question;
import ai.primespark.core.llm.LlmEngine;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.RouteTrace;
import ai.primespark.testkit.FaultServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** What the ways to an answer cost that only a router has, and what a call leaves behind. */
final class Ways {

    private static final int BATCHES = 200;
    private static final int BATCH = 500;
    private static final int FAILOVERS = 100;
    private static final int CANCELS = 5;
    private static final int CALLS = 10_000;
    private static final int FEW_CALLS = 300;

    private Ways() {}

    /** Where to ask, over four backends that were all measured: nobody is asked, and nothing is waited for. */
    static void decision(Table table, ServerProcess server) throws Exception {
        StringBuilder backends = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            backends.append("{ type = ollama, id = b")
                    .append(i)
                    .append(", url = \"")
                    .append(server.uri())
                    .append("\" },");
        }
        try (SparkClient client = new SparkClient(
                Speed.place(server.uri()),
                false,
                "backends = [" + backends + "], strategy = balanced, cache.enabled = false, status-interval = 24 h",
                new SimpleMeterRegistry())) {
            LlmRequest request =
                    LlmRequest.prompt("Where to?").model(FakeOllama.SHORT).build();
            LlmEngine engine = (LlmEngine) client.spark().llm();
            for (int i = 0; i < 20; i++) { // what was never measured is tried first, so each gets its turn
                String unused = engine.generate(request).text();
            }
            if (engine.decide(request).stream().anyMatch(candidate -> candidate.expectedFirstToken() == null)) {
                throw new IllegalStateException("not every backend was measured before the decision is");
            }
            Sampled micros = new Sampled();
            int requests = server.seen().requests();
            long waited = waits();
            int candidates = 0;
            for (int batch = -BATCHES; batch < BATCHES; batch++) {
                if (batch == 0) {
                    micros.clear();
                }
                long start = System.nanoTime();
                for (int i = 0; i < BATCH; i++) {
                    List<RouteTrace.Candidate> decided = engine.decide(request);
                    candidates += decided.size();
                }
                micros.add((System.nanoTime() - start) / 1e3 / BATCH);
            }
            waited = waits() - waited;
            requests = server.seen().requests() - requests;
            boolean good = micros.median() <= 5 && waited == 0 && requests == 0 && candidates == 8 * BATCHES * BATCH;
            table.row(
                    "decision alone, balanced over four backends (" + requests + " requests, " + waited
                            + " times a lock was waited for)",
                    Table.number(micros.median()) + " µs",
                    Table.number(micros.percentile(99)) + " µs",
                    "≤ 5 µs",
                    Table.reached(good));
        }
    }

    private static long waits() {
        ThreadInfo self = ManagementFactory.getThreadMXBean()
                .getThreadInfo(Thread.currentThread().getId());
        return self.getBlockedCount() + self.getWaitedCount();
    }

    /** The same question again. */
    static void cacheHit(Table table, ServerProcess server) {
        try (SparkClient client = (SparkClient) Speed.ours(server.uri(), false)) {
            LlmRequest request =
                    LlmRequest.prompt("And again?").model(FakeOllama.SHORT).build();
            String unused = client.spark().llm().generate(request).text();
            Sampled micros = new Sampled();
            for (int i = -40_000; i < 40_000; i++) {
                if (i == 0) {
                    micros.clear();
                }
                long start = System.nanoTime();
                boolean cached = client.spark().llm().generate(request).cached();
                micros.add((System.nanoTime() - start) / 1e3);
                if (!cached) {
                    throw new IllegalStateException("an answer did not come from the cache");
                }
            }
            table.row(
                    "cache hit, in-process tier",
                    Table.number(micros.median()) + " µs",
                    Table.number(micros.percentile(99)) + " µs",
                    "≤ 20 µs",
                    Table.reached(micros.median() <= 20));
        }
    }

    /** The first server refuses; from asking to the backup's first token. */
    static void failover(Table table, ServerProcess server) throws Exception {
        URI nobody = FaultServer.nobody();
        Place place = new Place(nobody, server.uri(), Duration.ofSeconds(2), Duration.ofSeconds(20), 100_000);
        Sampled millis = new Sampled();
        try (SparkClient client = new SparkClient(
                place,
                true,
                "cache.enabled = false, circuit { failure-percent = 100, window = 1000 }", // stays closed, so that it
                // is asked
                new SimpleMeterRegistry())) {
            PrimeSpark spark = client.spark();
            LlmRequest request =
                    LlmRequest.prompt("Anybody?").model(FakeOllama.SHORT).build();
            for (int i = -FAILOVERS; i < FAILOVERS; i++) {
                if (i == 0) {
                    millis.clear();
                }
                long start = System.nanoTime();
                long first = 0;
                for (LlmEvent event : spark.llm().open(request)) {
                    if (first == 0 && event instanceof LlmEvent.Text) {
                        first = System.nanoTime();
                    }
                    if (event instanceof LlmEvent.Done done
                            && done.response().trace().attempts().size() != 2) {
                        throw new IllegalStateException("the first server was not asked");
                    }
                }
                millis.add((first - start) / 1e6);
            }
        }
        table.row(
                "refused to the backup's first token",
                Table.number(millis.median()) + " ms",
                Table.number(millis.percentile(99)) + " ms",
                "≤ 20 ms",
                Table.reached(millis.percentile(99) <= 20));
        Sampled theirs = new Sampled();
        Contender router = Contender.all(false).stream()
                .filter(contender -> contender.library().equals("LangChain4j"))
                .findFirst()
                .orElseThrow();
        for (int i = -FAILOVERS / 2; i < FAILOVERS / 2; i++) {
            if (i == 0) {
                theirs.clear();
            }
            try (Client client =
                    router.open(place)) { // a new one each time: it does not ask a failed server for a minute
                Question question = new Question(FakeOllama.SHORT, "Anybody?", false);
                long start = System.nanoTime();
                String unused = client.await(question, piece -> {}).text();
                theirs.add((System.nanoTime() - start) / 1e6);
            }
        }
        table.row(
                "the same, LangChain4j's community router, blocking, to the whole answer",
                Table.number(theirs.median()) + " ms",
                Table.number(theirs.percentile(99)) + " ms",
                "",
                "");
    }

    /** From cancelling to the moment at which the server sees its connection closed. */
    static Table cancels() throws Exception {
        Table table = new Table(
                "Cancelled to closed at the server, ms", "before the headers", "between two tokens", "Goal", "");
        List<Fault> faults = Fault.all().stream()
                .filter(fault ->
                        fault.cancel() == Fault.Cancel.BEFORE_HEADERS || fault.cancel() == Fault.Cancel.BETWEEN_TOKENS)
                .toList();
        for (boolean streaming : new boolean[] {true, false}) {
            for (Contender contender : Contender.all(streaming)) {
                String[] cells = new String[2];
                boolean good = true;
                for (int i = 0; i < 2; i++) {
                    double worst = cancel(contender, faults.get(i));
                    good &= worst <= 100;
                    cells[i] = Double.isInfinite(worst)
                            ? "never"
                            : Double.isNaN(worst) ? "no way to cancel" : Table.number(worst);
                }
                boolean ours = contender.library().equals("Prime Spark");
                table.row(
                        contender.label() + (streaming ? ", streaming" : ", blocking"),
                        cells[0],
                        cells[1],
                        ours ? "≤ 100" : "",
                        ours ? Table.reached(good) : "");
            }
        }
        return table;
    }

    /** The slowest of several. */
    private static double cancel(Contender contender, Fault fault) throws Exception {
        double worst = 0;
        for (int i = 0; i < CANCELS; i++) {
            Observation seen = Trial.run(contender, fault);
            if (!seen.cancellable()) {
                return Double.NaN;
            }
            if (seen.closedMicros() < 0) {
                return Double.POSITIVE_INFINITY;
            }
            worst = Math.max(worst, seen.closedMicros() / 1e3);
        }
        return worst;
    }

    /** Connections and threads of many calls, one after the other. */
    static Table connections() throws Exception {
        Table table =
                new Table("One call after the other", "Calls", "Connections", "Threads before", "Most", "Goal", "");
        for (Contender contender : Contender.all(false)) {
            try (ServerProcess server = ServerProcess.start();
                    Client client = contender.library().equals("Prime Spark")
                            ? Speed.ours(server.uri(), false)
                            : contender.open(Speed.place(server.uri()))) {
                boolean ours = contender.library().equals("Prime Spark");
                int calls = contender.library().equals("ollama4j") ? FEW_CALLS : CALLS;
                int before = 0;
                int most = 0;
                for (int i = -100; i < calls; i++) {
                    if (i == 0) {
                        before = threads();
                        most = before;
                    }
                    String unused = client.await(
                                    new Question(FakeOllama.SHORT, "What is " + i + "?", false), piece -> {})
                            .text();
                    if (i >= 0 && i % 100 == 0) {
                        most = Math.max(most, threads());
                    }
                }
                int connections = server.seen().connections();
                table.row(
                        contender.label(),
                        Table.count(calls),
                        Table.count(connections),
                        before,
                        most,
                        ours ? "≤ 2, at most 2 threads more" : "",
                        ours ? Table.reached(connections <= 2 && most <= before + 2) : "");
            }
        }
        return table;
    }

    private static int threads() {
        return ManagementFactory.getThreadMXBean().getThreadCount();
    }
}

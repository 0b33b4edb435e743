package ai.primespark.benchmarks.llm;

import ai.primespark.benchmarks.llm.Client.Answer;
import ai.primespark.benchmarks.llm.Client.Asked;
import ai.primespark.benchmarks.llm.Client.Listener;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One contender, one fault, servers of their own, and a bound on how long it is watched. */
final class Trial {

    /** What everybody is told to allow for connecting, headers and silence. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    /** For the whole answer, where a library has such a limit. */
    static final Duration TOTAL = Duration.ofSeconds(4);

    /** How long a call is watched. */
    static final Duration WATCHED = Duration.ofSeconds(6);

    private static final int OUTPUT_CHARS = 10_000;
    private static final Duration CLOSING = Duration.ofSeconds(3);
    private static final long SETTLING_MILLIS = 200;
    private static final String PATH = "/api/chat";

    private final Fault fault;
    private final AtomicInteger playing = new AtomicInteger();

    private Trial(Fault fault) {
        this.fault = fault;
    }

    static Observation run(Contender contender, Fault fault) throws Exception {
        return new Trial(fault).watch(contender);
    }

    private Observation watch(Contender contender) throws Exception {
        try (FaultServer first = server(fault.first());
                FaultServer second = server(fault.second())) {
            URI address = fault.first() == null ? FaultServer.nobody() : first.uri();
            Client client = contender.open(new Client.Place(
                    address,
                    fault.second() == null ? null : second.uri(),
                    PATIENCE,
                    TOTAL,
                    fault.expected() == Fault.Expected.CUT_OFF ? OUTPUT_CHARS : 20_000_000));
            try (client) {
                Heard heard = new Heard();
                long start = System.nanoTime();
                Asked asked = client.ask(
                        new Client.Question("m", "What now?", fault.expected() == Fault.Expected.TOOL_CALL), heard);
                return fault.cancel() == Fault.Cancel.NEVER
                        ? toTheEnd(heard, start, first, second)
                        : cancel(heard, start, asked, first, second);
            }
        }
    }

    private FaultServer server(Fault.@Nullable Script script) throws IOException {
        FaultServer server = FaultServer.start();
        server.onRequest(exchange -> exchange.respond(200, "application/json", lookup(exchange.path())));
        if (script != null) {
            server.onRequest(PATH, exchange -> {
                playing.incrementAndGet();
                try {
                    script.play(exchange, Wire.of(exchange.body()));
                } finally {
                    playing.decrementAndGet();
                }
            });
        }
        return server;
    }

    /** What a real server says of itself. */
    static String lookup(String path) {
        return switch (path) {
            case "/api/tags" ->
                "{\"models\":[{\"name\":\"m:latest\",\"model\":\"m:latest\",\"digest\":\"00\",\"size\":1,"
                        + "\"capabilities\":[\"completion\"]}]}";
            case "/api/ps" -> "{\"models\":[]}";
            case "/api/version" -> "{\"version\":\"0.33.0\"}";
            default -> "{}";
        };
    }

    private Observation toTheEnd(Heard heard, long start, FaultServer first, FaultServer second)
            throws InterruptedException {
        heard.awaitEnd(WATCHED);
        long millis = millisSince(start);
        long closed = -1;
        if (fault.expected() == Fault.Expected.CUT_OFF && heard.ended()) {
            closed = closedAfter(first, System.nanoTime());
        }
        return observation(heard, millis, first, second, true, closed);
    }

    private Observation cancel(Heard heard, long start, Asked asked, FaultServer first, FaultServer second)
            throws InterruptedException {
        FaultServer last = fault.cancel() == Fault.Cancel.AT_BACKUP ? second : first;
        try {
            FaultExchange unused = last.awaitExchange(PATH, last == first ? WATCHED : PATIENCE);
        } catch (AssertionError e) { // it was not asked
            return observation(heard, millisSince(start), first, second, true, -1);
        }
        TimeUnit.MILLISECONDS.sleep(SETTLING_MILLIS);
        boolean cancellable = asked.cancel();
        long closed = closedAfter(last, System.nanoTime());
        return observation(heard, millisSince(start), first, second, cancellable, closed);
    }

    private static long closedAfter(FaultServer server, long from) throws InterruptedException {
        FaultExchange exchange = server.exchanges(PATH).get(0);
        return exchange.clientClosed(CLOSING) ? (System.nanoTime() - from) / 1000 : -1;
    }

    private Observation observation(
            Heard heard, long millis, FaultServer first, FaultServer second, boolean cancellable, long closed) {
        return new Observation(
                heard.answer.get(),
                heard.failure.get(),
                heard.endings.get(),
                millis,
                heard.chars.get(),
                playing.get() > 0,
                first.exchanges(PATH).size(),
                second.exchanges(PATH).size(),
                cancellable,
                closed);
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    /** Takes down what a library tells. */
    private static final class Heard implements Listener {

        private final CountDownLatch end = new CountDownLatch(1);
        private final AtomicInteger endings = new AtomicInteger();
        private final AtomicInteger chars = new AtomicInteger();
        private final AtomicReference<@Nullable Answer> answer = new AtomicReference<>();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        boolean ended() {
            return end.getCount() == 0;
        }

        void awaitEnd(Duration atMost) throws InterruptedException {
            boolean unused = end.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
        }

        @Override
        public void piece(String text) {
            chars.addAndGet(text.length());
        }

        @Override
        public void answered(Answer given) {
            answer.compareAndSet(null, Objects.requireNonNull(given));
            end();
        }

        @Override
        public void failed(Throwable given) {
            failure.compareAndSet(null, given);
            end();
        }

        private void end() {
            endings.incrementAndGet();
            end.countDown();
        }
    }
}

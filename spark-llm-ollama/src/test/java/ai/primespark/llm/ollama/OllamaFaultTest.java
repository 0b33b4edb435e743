package ai.primespark.llm.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import ai.primespark.testkit.TestContext;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a server on a raw socket can do, beyond the rules of the contract. */
class OllamaFaultTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private FaultServer server;
    private TestContext context;

    @BeforeEach
    void start() throws IOException {
        server = FaultServer.start();
        context = TestContext.create();
    }

    @AfterEach
    void stop() {
        server.close();
        context.close();
    }

    @Test
    void anInterruptEndsAReaderThatWaitsForATokenAndStaysSet() throws Exception {
        server.onRequest(
                "/api/chat",
                exchange -> exchange.headers(200, OllamaFixture.NDJSON)
                        .piece(OllamaFixture.content("one") + "\n")
                        .awaitClientClosed());
        try (LlmBackend backend = backend(server.uri())) {
            CountDownLatch reading = new CountDownLatch(1);
            FutureTask<Kind> reader = new FutureTask<>(() -> {
                Iterator<LlmEvent> events = open(backend).iterator();
                events.next();
                reading.countDown();
                LlmException failure = catchThrowableOfType(LlmException.class, events::hasNext);
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
                return failure.kind();
            });
            Thread thread = new Thread(reader, "reader");
            thread.start();
            assertThat(reading.await(20, TimeUnit.SECONDS)).isTrue();
            await().until(() ->
                    thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING);
            thread.interrupt();
            assertThat(reader.get(20, TimeUnit.SECONDS)).isEqualTo(Kind.CANCELLED);
            assertThat(server.awaitExchange("/api/chat", PATIENCE).clientClosed(PATIENCE))
                    .isTrue();
        }
    }

    @Test
    void readersThatFillTheEnginesPoolStillGetTheirAnswers() throws Exception {
        int readers = 2;
        CountDownLatch allAsked = new CountDownLatch(readers);
        server.onRequest("/api/chat", exchange -> {
            exchange.headers(200, OllamaFixture.NDJSON);
            allAsked.countDown();
            exchange.pauseUntil(allAsked)
                    .piece(OllamaFixture.content("ok") + "\n")
                    .piece(OllamaFixture.done() + "\n")
                    .end();
        });
        ExecutorService pool = Executors.newFixedThreadPool(readers);
        OllamaProvider provider = new OllamaProvider();
        try (LlmBackend backend =
                provider.create(new SmallPool(context.with(provider, Map.of("url", server.uri())), pool))) {
            List<CompletableFuture<LlmResponse>> answers = new ArrayList<>();
            for (int i = 0; i < readers; i++) {
                answers.add(open(backend).future());
            }
            for (CompletableFuture<LlmResponse> answer : answers) {
                assertThat(answer.get(20, TimeUnit.SECONDS).text()).isEqualTo("ok");
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void aServerThatDoesNotAcceptIsUnreachableAfterTheConnectLimit() throws Exception {
        List<Socket> queue = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            fill(full, queue);
            CallLimits limits = new CallLimits(Duration.ofMillis(200), PATIENCE, PATIENCE, PATIENCE, PATIENCE, 1_000);
            URI uri = URI.create("http://127.0.0.1:" + full.getLocalPort());
            try (LlmBackend backend = backend(uri);
                    LlmCall call = backend.open(OllamaFixture.question(), limits)) {
                LlmException failure = catchThrowableOfType(LlmException.class, call::await);
                assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
                assertThat(failure.sameBackendRetryable()).isFalse();
                LlmRequest unnamed = LlmRequest.prompt("x").build(); // asks for the list of models first
                LlmCall looking = backend.open(unnamed, limits);
                assertThat(catchThrowableOfType(LlmException.class, looking::await)
                                .kind())
                        .isEqualTo(Kind.UNREACHABLE);
            }
        } finally {
            for (Socket socket : queue) {
                socket.close();
            }
        }
    }

    /** Fills the queue of connections that nobody accepts, until one more does not get in. */
    private static void fill(ServerSocket full, List<Socket> queue) throws IOException {
        for (int i = 0; i < 64; i++) {
            Socket socket = new Socket();
            queue.add(socket);
            try {
                socket.connect(new InetSocketAddress(full.getInetAddress(), full.getLocalPort()), 500);
            } catch (SocketTimeoutException e) {
                return;
            }
        }
        throw new AssertionError("the queue of connections does not fill up");
    }

    @Test
    void theConnectLimitDoesNotEndALookUpThatIsConnected() throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        server.onRequest(
                "/api/tags",
                exchange -> exchange.pauseUntil(connected).respond(200, "application/json", "{\"models\":[]}"));
        Duration connect = Duration.ofSeconds(1);
        CallLimits limits = new CallLimits(connect, PATIENCE, PATIENCE, PATIENCE, PATIENCE, 1_000);
        try (LlmBackend backend = backend(server.uri());
                LlmCall call = backend.open(LlmRequest.prompt("x").build(), limits)) {
            server.awaitExchange("/api/tags", PATIENCE);
            Future<?> later = context.scheduler().schedule(connected::countDown, 1_500, TimeUnit.MILLISECONDS);
            assertThat(catchThrowableOfType(LlmException.class, call::await).kind())
                    .isEqualTo(Kind.MODEL_NOT_FOUND);
            assertThat(later).isDone();
        }
    }

    @Test
    void theConnectLimitDoesNotEndACallThatIsConnected() throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        server.onRequest(
                "/api/chat",
                exchange -> exchange.pauseUntil(connected)
                        .headers(200, OllamaFixture.NDJSON)
                        .piece(OllamaFixture.content("ok") + "\n" + OllamaFixture.done() + "\n")
                        .end());
        Duration connect = Duration.ofSeconds(1);
        CallLimits limits = new CallLimits(connect, PATIENCE, PATIENCE, PATIENCE, PATIENCE, 1_000);
        try (LlmBackend backend = backend(server.uri());
                LlmCall call = backend.open(OllamaFixture.question(), limits)) {
            server.awaitExchange("/api/chat", PATIENCE);
            // longer than the limit, counted by the scheduler that would have ended the call
            Future<?> later = context.scheduler().schedule(connected::countDown, 1_500, TimeUnit.MILLISECONDS);
            assertThat(call.await().text()).isEqualTo("ok");
            assertThat(later).isDone();
        }
    }

    @Test
    void anUnknownHostIsUnreachable() throws Exception {
        try (LlmBackend backend = backend(URI.create("http://no-such-host.invalid:11434"));
                LlmCall call = open(backend)) {
            LlmException failure = catchThrowableOfType(LlmException.class, call::await);
            assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(failure).hasMessageContaining("no-such-host.invalid");
        }
    }

    @Test
    void aCallThatWaitsForTheListOfModelsIsCancelledAtOnceAndTheListServesOthers() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        server.onRequest(
                "/api/tags",
                exchange -> exchange.pauseUntil(release)
                        .respond(
                                200,
                                "application/json",
                                "{\"models\":[{\"name\":\"llama3.2:latest\",\"capabilities\":[\"completion\"]}]}"));
        server.onRequest(
                "/api/chat",
                exchange -> exchange.respond(
                        200, OllamaFixture.NDJSON, OllamaFixture.content("ok") + "\n" + OllamaFixture.done() + "\n"));
        LlmRequest request = OllamaFixture.ask().privacy(Privacy.EDGE_ONLY).build();
        try (LlmBackend backend = backend(server.uri())) {
            LlmCall first = backend.open(request, OllamaFixture.LIMITS);
            LlmCall second = backend.open(request, OllamaFixture.LIMITS);
            server.awaitExchange("/api/tags", PATIENCE);
            first.close();
            assertThat(catchThrowableOfType(LlmException.class, first::await).kind())
                    .isEqualTo(Kind.CANCELLED);
            release.countDown();
            assertThat(second.await().text()).isEqualTo("ok");
            assertThat(server.exchanges("/api/tags")).hasSize(1);
            assertThat(server.exchanges("/api/chat")).hasSize(1);
        }
    }

    @Test
    void anUnreadAnswerHoldsTheServerBackInsteadOfFillingTheMemory() throws Exception {
        byte[] line = (OllamaFixture.content("x".repeat(1_000)) + "\n").getBytes(StandardCharsets.UTF_8);
        java.util.concurrent.atomic.AtomicLong sent = new java.util.concurrent.atomic.AtomicLong();
        server.onRequest("/api/chat", exchange -> {
            exchange.headers(200, OllamaFixture.NDJSON);
            while (true) { // until the client hangs up
                exchange.piece(line);
                sent.addAndGet(line.length);
            }
        });
        try (LlmBackend backend = backend(server.uri());
                LlmCall call = open(backend)) {
            assertThat(call.iterator().next()).isInstanceOf(LlmEvent.Text.class);
            long[] before = {-1};
            await().pollInterval(Duration.ofMillis(300)).atMost(PATIENCE).until(() -> {
                boolean stands = sent.get() == before[0];
                before[0] = sent.get();
                return stands;
            });
            assertThat(sent.get()).isLessThan(64L << 20); // what the sockets of both sides hold, at most
        }
        FaultExchange exchange = server.exchanges("/api/chat").get(0);
        assertThat(exchange.clientClosed(PATIENCE)).isTrue();
    }

    @Test
    void connectionsAreUsedAgainAfterCompleteAnswers() throws Exception {
        List<Integer> ports = new CopyOnWriteArrayList<>();
        HttpServer reusing = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        reusing.createContext("/api/chat", exchange -> {
            ports.add(exchange.getRemoteAddress().getPort());
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write((OllamaFixture.content("ok") + "\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
                out.write((OllamaFixture.done() + "\n").getBytes(StandardCharsets.UTF_8));
            }
        });
        reusing.start();
        try (LlmBackend backend =
                backend(URI.create("http://127.0.0.1:" + reusing.getAddress().getPort()))) {
            // the end of an answer may still be on its way when the next call begins, so one pair in a row is enough
            await().atMost(PATIENCE).until(() -> {
                assertThat(open(backend).await().text()).isEqualTo("ok");
                int last = ports.size() - 1;
                return last > 0 && ports.get(last).equals(ports.get(last - 1));
            });
        } finally {
            reusing.stop(0);
        }
    }

    @Test
    void noThreadOutlivesTheBackendForLong() throws Exception {
        server.onRequest(
                "/api/chat",
                exchange -> exchange.respond(
                        200, OllamaFixture.NDJSON, OllamaFixture.content("ok") + "\n" + OllamaFixture.done() + "\n"));
        LlmBackend backend = backend(server.uri());
        assertThat(open(backend).await().text()).isEqualTo("ok");
        backend.close();
        await().atMost(PATIENCE)
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("spark-ollama-threads-")));
    }

    private LlmBackend backend(URI uri) {
        OllamaProvider provider = new OllamaProvider();
        return provider.create(context.withId("threads").with(provider, Map.of("url", uri)));
    }

    private static LlmCall open(LlmBackend backend) {
        return backend.open(OllamaFixture.question(), OllamaFixture.LIMITS);
    }

    /** A context whose engine has few threads for blocking work, as on Java 17. */
    private record SmallPool(TestContext rest, ExecutorService blocking) implements ai.primespark.spi.ProviderContext {

        @Override
        public String id() {
            return rest.id();
        }

        @Override
        public ai.primespark.spi.Settings settings() {
            return rest.settings();
        }

        @Override
        public String nodeId() {
            return rest.nodeId();
        }

        @Override
        public java.time.InstantSource clock() {
            return rest.clock();
        }

        @Override
        public java.util.concurrent.ScheduledExecutorService scheduler() {
            return rest.scheduler();
        }

        @Override
        public java.nio.file.Path dataDirectory() {
            return rest.dataDirectory();
        }

        @Override
        public ai.primespark.spi.Meters meters() {
            return rest.meters();
        }
    }
}

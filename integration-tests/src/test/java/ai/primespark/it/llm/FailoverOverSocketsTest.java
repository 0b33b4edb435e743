package ai.primespark.it.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RouteTrace;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** From one real backend to the next over real connections, for every fault that a server can have, between both protocols. */
class FailoverOverSocketsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path data;

    private FaultServer first;
    private FaultServer second;

    @BeforeEach
    void start() throws IOException {
        first = FaultServer.start();
        second = FaultServer.start();
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
    }

    /** A fault of the first server, as its protocol plays it. */
    private interface Fault {
        FaultServer.Script in(Dialect dialect);
    }

    static List<Arguments> faults() {
        List<Arguments> all = new ArrayList<>();
        for (Dialect dialect : Dialect.values()) {
            for (int status : new int[] {401, 404, 429, 500, 502, 503}) {
                String words = status == 404 ? "model 'm' not found" : "no luck";
                add(
                        all,
                        dialect,
                        "status " + status,
                        d -> exchange -> exchange.respond(status, "application/json", d.error(words)));
            }
            add(all, dialect, "reset at once", d -> FaultExchange::reset);
            add(all, dialect, "closed at once", d -> exchange -> {});
            add(all, dialect, "an error for an answer", d -> d.answer(d.errorLine("the model crashed")));
            add(
                    all,
                    dialect,
                    "an empty answer",
                    d -> exchange -> exchange.headers(200, d.type()).end());
            add(all, dialect, "an error after a thought", d -> d.answer(d.thinking("hm"), d.errorLine("crashed")));
            add(all, dialect, "an error after a word", d -> d.answer(d.text("wrong"), d.errorLine("crashed")));
            add(all, dialect, "no end", d -> d.answer(d.text("wrong")));
            add(
                    all,
                    dialect,
                    "a reset after a word",
                    d -> exchange -> exchange.headers(200, d.type())
                            .piece(d.text("wrong"))
                            .reset());
            add(all, dialect, "no JSON", d -> d.answer(d.malformed("oops")));
            add(
                    all,
                    dialect,
                    "a web page",
                    d -> exchange -> exchange.respond(200, "text/html", "<html>Please log in</html>"));
            add(all, dialect, "a line too long", d -> d.answer(d.text("x".repeat(9_000_000))));
            add(
                    all,
                    dialect,
                    "compressed",
                    d -> exchange -> exchange.headers(200, d.type(), "Content-Encoding", "gzip")
                            .piece(zipped(d.text("wrong") + d.done("stop")))
                            .end());
        }
        return all;
    }

    private static void add(List<Arguments> all, Dialect dialect, String name, Fault fault) {
        all.add(Arguments.argumentSet(dialect + ": " + name, dialect, fault));
    }

    private static byte[] zipped(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            zip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void whateverBreaksTheOtherBackendAnswersAndIsAskedOnce(Dialect broken, Fault fault) {
        Dialect sound = other(broken);
        plays(first, broken, fault.in(broken));
        plays(second, sound, sound.answer(sound.text("right"), sound.done("stop")));
        try (PrimeSpark spark = spark(broken, sound);
                LlmCall call = spark.llm().open(LlmRequest.prompt("x").build())) {
            StringBuilder read = new StringBuilder();
            for (LlmEvent event : call) {
                if (event instanceof LlmEvent.Restarted) {
                    read.setLength(0);
                } else if (event instanceof LlmEvent.Text text) {
                    read.append(text.text());
                }
            }
            LlmResponse response = call.await();
            assertThat(read).hasToString("right");
            assertThat(response.text()).isEqualTo("right");
            assertThat(response.backend()).isEqualTo("second");
            assertThat(response.trace().attempts())
                    .extracting(RouteTrace.Attempt::backend)
                    .containsExactly("first", "second");
            assertThat(posts(first)).hasSize(1);
            assertThat(posts(second)).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCallThatIsCancelledDuringFailoverClosesTheConnectionOfTheSecond(Dialect broken) throws Exception {
        Dialect sound = other(broken);
        plays(first, broken, exchange -> exchange.respond(503, "application/json", broken.error("busy")));
        plays(second, sound, FaultExchange::awaitClientClosed);
        try (PrimeSpark spark = spark(broken, sound);
                LlmCall call = spark.llm().open(LlmRequest.prompt("x").build())) {
            CompletableFuture<LlmResponse> future = call.future();
            FaultExchange asked = second.awaitExchange(path(sound), PATIENCE);
            call.close();
            assertThat(asked.clientClosed(PATIENCE)).isTrue();
            assertThat(future).failsWithin(PATIENCE);
            assertThat(catchThrowableOfType(LlmException.class, call::await).kind())
                    .isEqualTo(LlmException.Kind.CANCELLED);
            assertThat(posts(first)).hasSize(1);
            assertThat(posts(second)).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCallThatIsCancelledWhileItWaitsToTryAgainEndsAtOnceAndAsksNobody(Dialect dialect) throws Exception {
        plays(
                first,
                dialect,
                exchange -> exchange.respond(503, "application/json", dialect.error("busy"), "Retry-After", "9"));
        try (PrimeSpark spark = spark(dialect);
                LlmCall call = spark.llm().open(LlmRequest.prompt("x").build())) {
            CompletableFuture<LlmResponse> future = call.future();
            first.awaitExchange(path(dialect), PATIENCE);
            call.close();
            assertThat(future).failsWithin(PATIENCE);
            assertThat(catchThrowableOfType(LlmException.class, call::await).kind())
                    .isEqualTo(LlmException.Kind.CANCELLED);
            assertThat(posts(first)).hasSize(1);
        }
    }

    private static void plays(FaultServer server, Dialect dialect, FaultServer.Script calls) {
        server.onRequest(exchange -> exchange.respond(200, "application/json", dialect.lookup(exchange.path())));
        server.onRequest(path(dialect), calls);
    }

    private static List<FaultExchange> posts(FaultServer server) {
        List<FaultExchange> all = new ArrayList<>();
        for (Dialect dialect : Dialect.values()) {
            all.addAll(server.exchanges(path(dialect)));
        }
        return all;
    }

    private static Dialect other(Dialect dialect) {
        return dialect == Dialect.OLLAMA ? Dialect.OPENAI : Dialect.OLLAMA;
    }

    private static String path(Dialect dialect) {
        return dialect == Dialect.OLLAMA ? "/api/chat" : "/v1/chat/completions";
    }

    private PrimeSpark spark(Dialect... dialects) {
        List<ProviderSpec> specs = new ArrayList<>();
        for (int i = 0; i < dialects.length; i++) {
            specs.add(ProviderSpec.of(dialects[i].provider())
                    .id(i == 0 ? "first" : "second")
                    .with("url", (i == 0 ? first : second).uri()));
        }
        return PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", data))
                .llm(LlmOptions.builder()
                        .backends(specs.toArray(ProviderSpec[]::new))
                        .defaultModel("m")
                        .maxOutputChars(20_000_000)
                        .build())
                .build();
    }
}

package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmResponse;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Servers that fail, and how that is told. */
abstract class HttpFaultRules extends HttpAnswerRules {

    /** Stands in what the server says of an answer, and must not turn up in messages. */
    private static final String ANSWER_CANARY = "canaryanswer8842";

    @Test
    @DisplayName("LLM-06 a failure that the server reports in the middle, after status 200, is SERVER_ERROR")
    void reportedFailuresAreFailures() {
        answer(text("Hel"), format().errorMidStream("the model crashed"));
        LlmException failure = failure(open(backend()));
        assertThat(failure.kind()).isEqualTo(Kind.SERVER_ERROR);
        assertThat(failure.charsDelivered()).isEqualTo(3);
    }

    @Test
    @DisplayName("LLM-06 an answer that ends properly as HTTP, but without the protocol's end, is TRUNCATED")
    void unfinishedAnswersAreTruncated() {
        answer(text("Hel"), text("lo"));
        LlmException failure = failure(open(backend()));
        assertThat(failure.kind()).isEqualTo(Kind.TRUNCATED);
        assertThat(failure.charsDelivered()).isEqualTo(5);
        assertThat(failure.textDelivered()).isEqualTo("Hello");
        assertThat(failure.toString()).doesNotContain("Hello");
        onCall(exchange -> exchange.headers(200, format().contentType()).end());
        assertThat(failure(open(backend())).kind()).as("nothing at all").isEqualTo(Kind.TRUNCATED);
    }

    @Test
    @DisplayName("LLM-06 a connection that closes in the middle of the body is a failure, not an end")
    void brokenBodiesAreFailures() {
        LlmException failure = failureOf(exchange -> exchange.headers(200, format().contentType())
                .piece(text("Hel"))
                .raw(new byte[] {'f', 'f', '\r', '\n', '{'}));
        assertThat(failure.kind()).isIn(Kind.RESET, Kind.TRUNCATED);
    }

    @Test
    @DisplayName("LLM-06 a connection that is reset in the middle of the answer is RESET, and tells what was delivered")
    void resetsAreTold() {
        CountDownLatch delivered = new CountDownLatch(1);
        onCall(exchange -> exchange.headers(200, format().contentType())
                .piece(text("Hello"))
                .pauseUntil(delivered) // a reset overtakes what is still on its way
                .reset());
        LlmCall call = open(backend());
        Iterator<LlmEvent> events = call.iterator();
        readUntilText(events);
        delivered.countDown();
        LlmException failure = asFailure("the next event", () -> next(events));
        assertThat(failure.kind()).isEqualTo(Kind.RESET);
        assertThat(failure.charsDelivered()).isEqualTo(5);
        assertThat(failure(call).kind()).as("again").isEqualTo(Kind.RESET);
    }

    @Test
    @DisplayName("LLM-06 a connection that is reset or closed before it answered is a failure")
    void silentEndsAreFailures() {
        assertThat(failureOf(FaultExchange::reset).kind()).isIn(Kind.RESET, Kind.UNREACHABLE);
        assertThat(failureOf(exchange -> {}).kind()).isIn(Kind.RESET, Kind.UNREACHABLE, Kind.TRUNCATED);
    }

    @Test
    @DisplayName("LLM-06 every HTTP error status has its kind, and a backend tries once")
    void statusesHaveKinds() {
        Map<Integer, Kind> kinds = new LinkedHashMap<>();
        kinds.put(400, Kind.REJECTED);
        kinds.put(401, Kind.UNAUTHORIZED);
        kinds.put(403, Kind.UNAUTHORIZED);
        kinds.put(404, Kind.MODEL_NOT_FOUND);
        kinds.put(429, Kind.OVERLOADED);
        kinds.put(500, Kind.SERVER_ERROR);
        kinds.put(502, Kind.SERVER_ERROR);
        kinds.put(503, Kind.OVERLOADED);
        LlmBackend backend = backend();
        int tries = 0;
        for (Map.Entry<Integer, Kind> expected : kinds.entrySet()) {
            int status = expected.getKey();
            String message = status == 404 ? "model 'test-model' not found" : "the server says no";
            onCall(exchange -> exchange.respond(status, "application/json", format().errorBody(status, message)));
            LlmException failure = failure(open(backend));
            assertThat(failure.kind()).as("the kind of status %s", status).isEqualTo(expected.getValue());
            assertThat(failure.backend()).isEqualTo(backend.info().id());
            assertThat(failure.charsDelivered()).isZero();
            assertThat(server().exchanges(format().callPath()))
                    .as("tries for status %s", status)
                    .hasSize(++tries);
        }
    }

    @Test
    @DisplayName("LLM-06 error statuses need no body of the protocol: proxies answer with pages of their own")
    void foreignErrorPagesAreUnderstood() {
        assertThat(failureOf(exchange -> exchange.respond(502, "text/html", "<html><h1>Bad Gateway</h1></html>"))
                        .kind())
                .isEqualTo(Kind.SERVER_ERROR);
        assertThat(failureOf(exchange -> exchange.respond(503, "text/plain", ""))
                        .kind())
                .isEqualTo(Kind.OVERLOADED);
    }

    @Test
    @DisplayName("LLM-06 a busy server's Retry-After is passed on")
    void retryAfterIsPassedOn() {
        LlmException failure = failureOf(exchange ->
                exchange.respond(503, "application/json", format().errorBody(503, "busy"), "Retry-After", "7"));
        assertThat(failure.kind()).isEqualTo(Kind.OVERLOADED);
        assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
    }

    @Test
    @DisplayName("LLM-06 one malformed line is PROTOCOL, and is not repeated in any message")
    void malformedLinesAreProtocolFailures() {
        answer(text("Hel"), format().malformed(ANSWER_CANARY), text("lo"), done());
        LlmException failure = failure(open(backend()));
        assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL);
        assertSilent(failure, ANSWER_CANARY);
        assertThat(failureOf(exchange ->
                                exchange.respond(200, "text/html", "<html>Please log in, " + ANSWER_CANARY + "</html>"))
                        .kind())
                .as("a page that is not the protocol at all")
                .isIn(Kind.PROTOCOL, Kind.TRUNCATED);
    }

    @Test
    @DisplayName("LLM-06 an answer that somebody compressed is read or refused, and never delivered as it came")
    void compressedAnswersAreReadOrRefused() {
        onCall(exchange -> exchange.headers(200, format().contentType(), "Content-Encoding", "gzip")
                .piece(zipped(text("Hello") + done()))
                .end());
        Object outcome = outcome(open(backend()));
        if (outcome instanceof LlmException e) {
            assertThat(e.kind()).isIn(Kind.PROTOCOL, Kind.TRUNCATED);
        } else {
            assertThat(((LlmResponse) outcome).text()).isEqualTo("Hello");
        }
    }

    private static byte[] zipped(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            zip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    @DisplayName("LLM-07 a server that is not there is UNREACHABLE, for calls and for status, and start does not mind")
    void absentServersAreUnreachable() throws IOException {
        URI nobody = FaultServer.nobody();
        LlmBackend backend = started(() -> makeBackend(context(), nobody));
        assertThat(failure(open(backend)).kind()).isEqualTo(Kind.UNREACHABLE);
        LlmCall subscribed = open(backend);
        EventCollector collector = new EventCollector(1);
        subscribed.subscribe(collector);
        assertThat(asFailure("subscribing", () -> collector.end.get()).kind()).isEqualTo(Kind.UNREACHABLE);
        LlmException failure = asFailure(
                "status()",
                () -> backend.status(Deadline.in(llmPatience()))
                        .toCompletableFuture()
                        .get());
        assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
    }

    @Test
    @DisplayName("LLM-07 status of a server that never answers fails when its deadline is over")
    void silentServersFailTheirStatus() {
        server().onRequest(FaultExchange::awaitClientClosed);
        LlmBackend backend = backend();
        asFailure(
                "status()",
                () -> backend.status(Deadline.in(SHORT)).toCompletableFuture().get());
    }

    @Test
    @DisplayName("LLM-10 no failure shows the prompt, the answer or the secret")
    void failuresKeepPrivateWords() throws IOException {
        Map<String, FaultServer.Script> faults = new LinkedHashMap<>();
        faults.put("status 400", exchange -> exchange.respond(400, "application/json", format().errorBody(400, "no")));
        faults.put("status 401", exchange -> exchange.respond(401, "application/json", format().errorBody(401, "no")));
        faults.put("status 500", exchange -> exchange.respond(500, "text/plain", "oops"));
        faults.put(
                "malformed",
                exchange -> exchange.headers(200, format().contentType())
                        .piece(text(ANSWER_CANARY))
                        .piece(format().malformed(ANSWER_CANARY))
                        .end());
        faults.put(
                "truncated",
                exchange -> exchange.headers(200, format().contentType())
                        .piece(text(ANSWER_CANARY))
                        .end());
        faults.put(
                "reset",
                exchange -> exchange.headers(200, format().contentType())
                        .piece(text(ANSWER_CANARY))
                        .reset());
        LlmBackend backend = backend();
        faults.forEach((name, fault) -> {
            onCall(fault);
            assertFailsSilently(name, backend);
        });
        URI nobody = FaultServer.nobody();
        assertFailsSilently("refused", started(() -> makeBackend(context(), nobody)));
    }

    private void assertFailsSilently(String fault, LlmBackend backend) {
        LlmCall call = open(backend, request().toBuilder().system(PROMPT_CANARY).build());
        LlmException failure = failure(call);
        assertSilent(failure, PROMPT_CANARY, ANSWER_CANARY, HttpLlmBackendContract.SECRET);
        String printed = call + " " + backend + " " + backend.info() + " " + context();
        assertSilent(
                "the call or the backend after " + fault,
                printed,
                PROMPT_CANARY,
                ANSWER_CANARY,
                HttpLlmBackendContract.SECRET);
    }
}

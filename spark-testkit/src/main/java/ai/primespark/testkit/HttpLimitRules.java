package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmResponse;
import ai.primespark.spi.LlmBackend;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Servers that are silent, slow or endless, and callers who lose interest. */
abstract class HttpLimitRules extends HttpFaultRules {

    private static final Duration DRIP = Duration.ofMillis(20);

    @Test
    @DisplayName("LLM-05 a server that goes silent after some tokens is given up after the idle limit")
    void silenceBetweenTokensIsLimited() throws InterruptedException {
        onCall(exchange -> exchange.headers(200, format().contentType())
                .piece(text("one "))
                .piece(text("two "))
                .piece(text("three"))
                .awaitClientClosed());
        LlmException failure = failure(open(backend(), request(), withIdle(SHORT)));
        assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(failure.charsDelivered()).isEqualTo("one two three".length());
        assertClientHangsUp();
    }

    @Test
    @DisplayName("LLM-05 a server that sends no headers is given up after the first-byte limit")
    void silenceBeforeHeadersIsLimited() throws InterruptedException {
        onCall(FaultExchange::awaitClientClosed);
        LlmException failure = failure(open(backend(), request(), withFirstByte(SHORT)));
        assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
        assertThat(failure.charsDelivered()).isZero();
        assertClientHangsUp();
    }

    @Test
    @DisplayName(
            "LLM-05 loading a model has a limit of its own: silence before the first byte is not silence between tokens")
    void loadingIsNotSilence() {
        CountDownLatch loaded = new CountDownLatch(1);
        onCall(exchange -> exchange.pauseUntil(loaded)
                .headers(200, format().contentType())
                .piece(text("loaded"))
                .piece(done())
                .end());
        LlmCall call = open(backend(), request(), withIdle(SHORT));
        CompletableFuture<LlmResponse> future = call.future();
        // by the clock that would have ended the call
        var unused = context()
                .scheduler()
                .schedule(loaded::countDown, SHORT.multipliedBy(3).toMillis(), TimeUnit.MILLISECONDS);
        assertThat(Bounded.stage(llmPatience(), "the answer of a cold server", future)
                        .text())
                .isEqualTo("loaded");
    }

    @Test
    @DisplayName("LLM-05 a server that sends headers and nothing else is given up after the first-token limit")
    void silenceAfterHeadersIsLimited() throws InterruptedException {
        onCall(exchange -> exchange.headers(200, format().contentType()).awaitClientClosed());
        assertThat(failure(open(backend(), request(), withFirstToken(SHORT))).kind())
                .isEqualTo(Kind.TIMEOUT);
        assertClientHangsUp();
    }

    @Test
    @DisplayName("LLM-05 a slow drip of tokens is given up after the total limit")
    void drippingAnswersAreLimited() throws InterruptedException {
        onCall(exchange -> drip(exchange.headers(200, format().contentType()), text("x")));
        LlmException failure = failure(open(backend(), request(), limits().withTotalAtMost(SHORT)));
        assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
        assertClientHangsUp();
    }

    @Test
    @DisplayName("LLM-05 a server that drips its headers is given up as well")
    void drippingHeadersAreLimited() throws InterruptedException {
        onCall(exchange -> {
            exchange.raw("HTTP/1.1 200 OK\r\nX-Slow: ".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            while (!exchange.clientCloses(DRIP)) {
                exchange.raw(new byte[] {'z'});
            }
        });
        assertThat(failure(open(backend(), request(), withFirstByte(SHORT))).kind())
                .isEqualTo(Kind.TIMEOUT);
        assertClientHangsUp();
    }

    private static void drip(FaultExchange exchange, String piece) throws IOException {
        while (!exchange.clientCloses(DRIP)) {
            exchange.piece(piece);
        }
    }

    @Test
    @DisplayName("LLM-05 an endless answer is cut at outputChars, ends with LENGTH, and its connection is closed")
    void endlessAnswersAreCut() throws InterruptedException {
        onCall(exchange -> endless(exchange, text("0123456789")));
        LlmResponse response = await(open(backend(), request(), withOutput(10_005)));
        assertThat(response.finish()).isEqualTo(FinishReason.LENGTH);
        assertThat(response.text()).hasSize(10_005);
        assertClientHangsUp();
    }

    @Test
    @DisplayName("LLM-05 endless reasoning ends as well")
    void endlessThinkingIsCut() throws InterruptedException {
        onCall(exchange -> endless(exchange, format().thinking("0123456789")));
        Object outcome = outcome(open(backend(), request(), withOutput(10_005)));
        if (outcome instanceof LlmResponse response) {
            assertThat(response.finish()).isEqualTo(FinishReason.LENGTH);
            assertThat(response.thinking()).hasSizeLessThanOrEqualTo(10_005);
        } else {
            assertThat(((LlmException) outcome).kind()).isIn(Kind.PROTOCOL, Kind.TIMEOUT);
        }
        assertClientHangsUp();
    }

    private void endless(FaultExchange exchange, String piece) throws IOException {
        exchange.headers(200, format().contentType());
        for (; ; ) { // until the client hangs up, which makes sending fail
            exchange.piece(piece);
        }
    }

    @Test
    @DisplayName("LLM-03 open returns although the server does not answer")
    void openDoesNotWaitForTheServer() throws InterruptedException {
        onCall(FaultExchange::awaitClientClosed);
        LlmBackend backend = backend();
        for (int i = 0; i < 20; i++) {
            open(backend).close();
        }
        CompletableFuture<LlmResponse> future = open(backend).future();
        exchange();
        assertThat(future.isDone()).isFalse();
        assertThat(future.cancel(true)).isTrue();
    }

    @Test
    @DisplayName("LLM-04 a call that is cancelled before the headers ends at once, and its connection is closed")
    void callsAreCancelledBeforeHeaders() throws InterruptedException {
        onCall(FaultExchange::awaitClientClosed);
        LlmCall call = open(backend());
        FutureTask<LlmResponse> waiting = Bounded.start("await()", call::await);
        exchange();
        call.close();
        assertThat(asFailure("await()", waiting::get).kind()).isEqualTo(Kind.CANCELLED);
        assertClientHangsUp();
    }

    @Test
    @DisplayName(
            "LLM-04 a call that is cancelled while it waits for a token ends at once, and its connection is closed")
    void callsAreCancelledBetweenTokens() throws InterruptedException {
        onCall(exchange ->
                exchange.headers(200, format().contentType()).piece(text("one")).awaitClientClosed());
        LlmCall call = open(backend());
        Iterator<LlmEvent> events = call.iterator();
        readUntilText(events);
        FutureTask<Boolean> waiting = Bounded.start("the next event", events::hasNext);
        call.close();
        assertThat(asFailure("the next event", waiting::get).kind()).isEqualTo(Kind.CANCELLED);
        assertThat(failure(call).kind()).isEqualTo(Kind.CANCELLED);
        assertClientHangsUp();
    }

    @Test
    @DisplayName("LLM-04 cancelling the future of a running call closes its connection")
    void cancelledFuturesCloseTheConnection() throws InterruptedException {
        onCall(exchange ->
                exchange.headers(200, format().contentType()).piece(text("one")).awaitClientClosed());
        LlmCall call = open(backend());
        CompletableFuture<LlmResponse> future = call.future();
        exchange();
        assertThat(future.cancel(true)).isTrue();
        assertThat(failure(call).kind()).isEqualTo(Kind.CANCELLED);
        assertClientHangsUp();
    }

    @Test
    @DisplayName("LLM-04 cancelling the subscription of a running call closes its connection")
    void cancelledSubscriptionsCloseTheConnection() throws InterruptedException {
        onCall(exchange ->
                exchange.headers(200, format().contentType()).piece(text("one")).awaitClientClosed());
        LlmCall call = open(backend());
        EventCollector collector = new EventCollector(Long.MAX_VALUE);
        call.subscribe(collector);
        Bounded.stage(llmPatience(), "the first text", collector.firstText).cancel();
        assertThat(failure(call).kind()).isEqualTo(Kind.CANCELLED);
        assertClientHangsUp();
    }

    @Test
    @DisplayName("LLM-09 closing the backend ends a call that waits for its server")
    void closingTheBackendEndsItsCalls() throws Exception {
        onCall(exchange ->
                exchange.headers(200, format().contentType()).piece(text("one")).awaitClientClosed());
        LlmBackend backend = backend();
        LlmCall call = open(backend);
        Iterator<LlmEvent> events = call.iterator();
        readUntilText(events);
        FutureTask<Boolean> waiting = Bounded.start("the next event", events::hasNext);
        Bounded.run(llmPatience(), "close()", () -> {
            backend.close();
            return true;
        });
        asFailure("the next event", waiting::get);
        assertClientHangsUp();
    }
}

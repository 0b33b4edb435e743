package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Message;
import ai.primespark.llm.Thinking;
import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.spi.LlmBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Answers that are right, in forms that make careless readers stumble. */
abstract class HttpAnswerRules extends HttpRules {

    private static final int CALLS = 50;
    private static final String TEXT = "Grüße – «e\u0301» 世界 \uD83D\uDE00 \"quoted\" \\ \n\t end";

    @Test
    @DisplayName("LLM-01 a streamed answer arrives piece by piece and ends with STOP")
    void streamsArriveInPieces() {
        List<LlmEvent> events = iterate(open(backend()));
        assertThat(text(events)).isEqualTo("Hello, world.");
        assertThat(events.stream().filter(LlmEvent.Text.class::isInstance)).hasSize(3);
        assertThat(doneOf(events).finish()).isEqualTo(FinishReason.STOP);
        assertThat(server().exchanges(format().callPath()))
                .as("calls that the server saw")
                .hasSize(1);
    }

    @Test
    @DisplayName("LLM-01 an answer that the server cut for its length ends with LENGTH")
    void cutAnswersSaySo() {
        answer(text("one"), text(" two"), format().done(FinishReason.LENGTH));
        LlmResponse response = await(open(backend()));
        assertThat(response.text()).isEqualTo("one two");
        assertThat(response.finish()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    @DisplayName("LLM-01 reasoning is delivered apart from the answer")
    void thinkingIsKeptApart() {
        answer(format().thinking("Let me "), format().thinking("see."), text("Four."), done());
        List<LlmEvent> events = iterate(
                open(backend(), request().toBuilder().thinking(Thinking.ON).build()));
        LlmResponse response = doneOf(events);
        assertThat(response.thinking()).isEqualTo("Let me see.");
        assertThat(response.text()).isEqualTo("Four.");
        assertThat(events.stream().filter(LlmEvent.Thinking.class::isInstance)).hasSize(2);
    }

    @Test
    @DisplayName("LLM-01 tool calls are delivered whole, before Done, which says TOOL_CALLS")
    void toolCallsComeBeforeDone() {
        answer(format().toolCall("clock", "{\"zone\":\"UTC\"}"), done());
        Tool clock = new Tool(
                "clock", "Tells the time.", "{\"type\":\"object\",\"properties\":{\"zone\":{\"type\":\"string\"}}}");
        List<LlmEvent> events =
                iterate(open(backend(), request().toBuilder().tool(clock).build()));
        LlmResponse response = doneOf(events);
        assertThat(response.finish()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(response.toolCalls()).hasSize(1);
        ToolInvocation invocation = response.toolCalls().get(0);
        assertThat(invocation.name()).isEqualTo("clock");
        assertThat(invocation.argumentsJson().replaceAll("\\s", "")).isEqualTo("{\"zone\":\"UTC\"}");
        assertThat(events.stream().filter(LlmEvent.ToolCall.class::isInstance)).hasSize(1);
        assertThat(response.text()).isEmpty();
    }

    @Test
    @DisplayName("LLM-02 text survives however the bytes are cut: one at a time, or all at once")
    void piecesMayBeCutAnywhere() {
        String whole = text(TEXT) + text(TEXT) + done();
        onCall(exchange ->
                exchange.headers(200, format().contentType()).byteByByte(whole).end());
        assertThat(await(open(backend())).text()).isEqualTo(TEXT + TEXT);
        onCall(exchange ->
                exchange.headers(200, format().contentType()).piece(whole).end());
        assertThat(await(open(backend())).text()).isEqualTo(TEXT + TEXT);
    }

    @Test
    @DisplayName("LLM-02 what is asked arrives at the server as it was written")
    void promptsArriveUnchanged() throws InterruptedException {
        LlmRequest request =
                request().toBuilder().message(Message.user("Grüße 世界")).build();
        await(open(backend(), request));
        assertThat(exchange().method()).isEqualTo("POST");
        assertThat(exchange().body().contains("Grüße 世界") || exchange().body().contains("Gr\\u00"))
                .as("the prompt is in the request, escaped or not")
                .isTrue();
    }

    @Test
    @DisplayName("LLM-05 a line of two megabytes is read")
    void longLinesAreRead() {
        String piece = "x".repeat(2_000_000);
        answer(text(piece), done());
        LlmResponse response = await(open(backend(), request(), withOutput(4_000_000)));
        assertThat(response.text()).hasSize(piece.length());
    }

    @Test
    @DisplayName("LLM-05 a line of nine megabytes is refused as PROTOCOL, before it fills the memory")
    void endlessLinesAreRefused() {
        answer(text("x".repeat(9_000_000)), done());
        LlmException failure = failure(open(backend(), request(), withOutput(20_000_000)));
        assertThat(failure.kind()).isEqualTo(LlmException.Kind.PROTOCOL);
    }

    @Test
    @DisplayName("LLM-01 a right answer with a wrong content type is an answer")
    void contentTypesDoNotMatter() {
        onCall(exchange -> exchange.headers(200, "text/plain")
                .piece(text("fine"))
                .piece(done())
                .end());
        assertThat(await(open(backend())).text()).isEqualTo("fine");
    }

    @Test
    @DisplayName("LLM-08 fifty calls at once run at once, and each gets its own answer")
    void concurrentCallsDoNotMix() {
        CountDownLatch allThere = new CountDownLatch(CALLS);
        Pattern tag = Pattern.compile("tag-\\d+-end");
        onCall(exchange -> {
            Matcher found = tag.matcher(exchange.body());
            String own = found.find() ? found.group() : "no tag";
            exchange.headers(200, format().contentType()).piece(text("for "));
            allThere.countDown();
            exchange.pauseUntil(allThere); // a backend that queues its calls never gets past this
            for (int i = 0; i < own.length(); i++) {
                exchange.piece(text(own.substring(i, i + 1)));
            }
            exchange.piece(done()).end();
        });
        LlmBackend backend = backend();
        List<CompletableFuture<LlmResponse>> futures = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            Message message = Message.user("tag-" + i + "-end");
            futures.add(open(backend, request().toBuilder().message(message).build())
                    .future());
        }
        for (int i = 0; i < CALLS; i++) {
            assertThat(Bounded.stage(llmPatience(), "one of many calls", futures.get(i))
                            .text())
                    .isEqualTo("for tag-" + i + "-end");
        }
    }

    @Test
    @DisplayName("LLM-08 calls are not held up by one whose server is silent")
    void silentCallsHoldNobodyUp() {
        onCall(exchange -> {
            if (exchange.body().contains("silent-one")) {
                exchange.awaitClientClosed();
            } else {
                exchange.headers(200, format().contentType())
                        .piece(text("ok"))
                        .piece(done())
                        .end();
            }
        });
        LlmBackend backend = backend();
        LlmRequest silent =
                request().toBuilder().message(Message.user("silent-one")).build();
        CompletableFuture<LlmResponse> waiting = open(backend, silent).future();
        for (int i = 0; i < 10; i++) {
            assertThat(await(open(backend)).text()).isEqualTo("ok");
        }
        assertThat(waiting.isDone()).isFalse();
        waiting.cancel(true);
    }
}

package ai.primespark.llm.openai;

import static ai.primespark.llm.openai.OpenAiWire.content;
import static ai.primespark.llm.openai.OpenAiWire.delta;
import static ai.primespark.llm.openai.OpenAiWire.event;
import static ai.primespark.llm.openai.OpenAiWire.finish;
import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.spi.LlmBackend;
import com.sun.net.httpserver.HttpServer;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiCallTest extends OpenAiFixture {

    private static final String DONE = OpenAiWire.DONE;

    @Test
    void piecesArriveInOrderAndTheResponseHoldsThemAll() {
        answers(
                delta("{\"role\":\"assistant\",\"content\":\"\"}"),
                delta("{\"reasoning_content\":\"Hm. \"}"),
                content("Rayleigh"),
                content(" scattering é\n"),
                finish("stop"),
                DONE);
        try (LlmCall call = backend().open(question(), LIMITS)) {
            List<LlmEvent> events = events(call);
            assertThat(events.subList(0, 3))
                    .containsExactly(
                            new LlmEvent.Thinking("Hm. "),
                            new LlmEvent.Text("Rayleigh"),
                            new LlmEvent.Text(" scattering é\n"));
            assertThat(events).hasSize(4).last().isInstanceOf(LlmEvent.Done.class);
            LlmResponse response = call.await();
            assertThat(response.text()).isEqualTo("Rayleigh scattering é\n");
            assertThat(response.thinking()).isEqualTo("Hm. ");
            assertThat(response.finish()).isEqualTo(FinishReason.STOP);
            assertThat(response.backend()).isEqualTo("box");
            assertThat(response.zone()).isEqualTo(Zone.EDGE);
            assertThat(response.model()).isEqualTo("test-model");
        }
    }

    @Test
    void commentsEmptyEventsAndForeignFieldsAreOnlySignsOfLife() {
        answers(
                ": OPENROUTER PROCESSING\n\n",
                ":\n\n",
                "retry: 3000\nid: 7\nevent: message\n\n",
                "data:\n\n",
                content("a"),
                ": ping\r\n\r\n",
                "event: chunk\r\nid: 8\r\ndata: {\"choices\":[{\"delta\":\r\ndata: {\"content\":\"b\"}}]}\r\n\r\n",
                finish("stop"),
                DONE);
        assertThat(backend().open(question(), LIMITS).await().text()).isEqualTo("ab");
    }

    @Test
    void eventsAreReadHoweverTheirLinesEndAndHoweverTheyAreCut() {
        String body = ("\ufeff" + content("Grüße") + content(" an alle") + finish("stop") + DONE);
        for (String end : new String[] {"\n", "\r\n", "\r"}) {
            server.resetAll();
            onPost(
                    PATH,
                    aResponse()
                            .withHeader("Content-Type", "text/plain; charset=latin1")
                            .withBody(body.replace("\n", end))
                            .withChunkedDribbleDelay(60, 200));
            assertThat(backend().open(question(), LIMITS).await().text())
                    .as("ends of %s", OpenAiWire.quoted(end))
                    .isEqualTo("Grüße an alle");
        }
    }

    @Test
    void usageOfTheLastChunkIsCounted() {
        answers(
                content("a"),
                finish("stop"),
                event(
                        "{\"choices\":[],\"usage\":{\"prompt_tokens\":26,\"completion_tokens\":298,\"total_tokens\":324}}"),
                DONE);
        LlmResponse response = backend().open(question(), LIMITS).await();
        assertThat(response.usage()).isEqualTo(new Usage(26, 298));
        assertThat(response.timings()).isEqualTo(Timings.NONE);
    }

    @Test
    void llamaCppsTimingsAreUsedAndCountWhereUsageIsMissing() {
        answers(
                content("a"),
                event(
                        "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null,"
                                + "\"timings\":{\"cache_n\":20,\"prompt_n\":6,\"prompt_ms\":130.5,\"predicted_n\":298,\"predicted_ms\":4700.0}}"),
                DONE);
        LlmResponse response = backend().open(question(), LIMITS).await();
        assertThat(response.usage()).isEqualTo(new Usage(26, 298));
        assertThat(response.timings())
                .isEqualTo(new Timings(Duration.ZERO, Duration.ofNanos(130_500_000), Duration.ofMillis(4_700)));
    }

    @ParameterizedTest
    @CsvSource({
        "stop, STOP",
        "length, LENGTH",
        "max_tokens, LENGTH",
        "content_filter, FILTERED",
        "eos_token, STOP",
        "tool_calls, STOP",
        "function_call, STOP"
    })
    void reasonsToFinishHaveTheirMeaning(String reason, FinishReason finish) {
        answers(content("a"), finish(reason), DONE);
        assertThat(backend().open(question(), LIMITS).await().finish()).isEqualTo(finish);
    }

    @ParameterizedTest
    @ValueSource(strings = {"error", "abort", "insufficient_system_resource"})
    void anAnswerThatTheServerGaveUpIsAFailure(String reason) {
        answers(content("half"), finish(reason), DONE);
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.SERVER_ERROR);
        assertThat(failure.charsDelivered()).isEqualTo(4);
        assertThat(failure).hasMessageContaining("'" + reason + "'");
    }

    @Test
    void aRefusalIsTextThatIsMarked() {
        answers(delta("{\"content\":null,\"refusal\":\"I'd rather not.\"}"), finish("stop"), DONE);
        LlmResponse response = backend().open(question(), LIMITS).await();
        assertThat(response.text()).isEqualTo("I'd rather not.");
        assertThat(response.finish()).isEqualTo(FinishReason.FILTERED);
    }

    @Test
    void aReasonWithoutDoneIsAnEndAndSoIsDoneWithoutAReason() {
        answers(content("a"), finish("stop"));
        assertThat(backend().open(question(), LIMITS).await().text()).isEqualTo("a");
        server.resetAll();
        answers(content("b"), DONE);
        assertThat(backend().open(question(), LIMITS).await().text()).isEqualTo("b");
        server.resetAll();
        answers(content("c"), finish("length"), "data: [DONE]"); // not even a line end
        LlmResponse cut = backend().open(question(), LIMITS).await();
        assertThat(cut.text()).isEqualTo("c");
        assertThat(cut.finish()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void anAnswerThatEndsWithNeitherIsTruncated() {
        answers(content("half"), content(" of it"));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.TRUNCATED);
        assertThat(failure.charsDelivered()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "data: [DONE]\n\n",
                ": OPENROUTER PROCESSING\n\n",
                "data: {\"choices\":[{\"delta\":{\"cont",
                "{\"choices\":[{\"message\":{\"content\":\"hal"
            })
    void whatEndsTooSoonIsTruncated(String body) {
        onPost(PATH, sse(body));
        assertThat(failureOf(backend(), question()).kind()).isEqualTo(Kind.TRUNCATED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html>hello</html>\n",
                "hello",
                "data: <html>\n\n",
                "data: [1,2]\n\n",
                "data: null\n\n",
                "data: {\"choices\":{}}\n\n",
                "data: {\"choices\":[5]}\n\n",
                "data: {\"choices\":[{\"delta\":\"text\"}]}\n\n",
                "data: {\"choices\":[{\"delta\":{\"content\":5}}]}\n\n",
                "data: {\"choices\":[]} {\"choices\":[]}\n\n",
                "data: {\"choices\":[{\"delta\":{\"tool_calls\":{}}}]}\n\n",
                "data: {\"greeting\":\"hello\"}\n\ndata: [DONE]\n\n",
                "{\"greeting\":\"hello\"}",
                "{\"message\":{\"content\":\"Ollama's own\"},\"done\":true}\n"
            })
    void whatIsNotTheProtocolIsSaidToBeSo(String body) {
        onPost(PATH, sse(body));
        LlmException failure = failureOf(backend(), question());
        assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL);
        assertThat(failure).hasNoCause();
    }

    @Test
    void aServerThatDoesNotStreamIsUnderstood() {
        onPost(
                PATH,
                json(
                        "\n {\"id\":\"x\",\n\"object\":\"chat.completion\",\"model\":\"whole\",\"choices\":[{\"index\":0,\"message\":"
                                + "{\"role\":\"assistant\",\"content\":\"all of it\",\"reasoning_content\":\"hm\",\"refusal\":null,\"tool_calls\":null},"
                                + "\"finish_reason\":\"stop\"}],\n\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n"));
        LlmResponse response = backend().open(question(), LIMITS).await();
        assertThat(response.text()).isEqualTo("all of it");
        assertThat(response.thinking()).isEqualTo("hm");
        assertThat(response.model()).isEqualTo("whole");
        assertThat(response.usage()).isEqualTo(new Usage(1, 2));
    }

    @Test
    void reasoningUnderTwoNamesIsDeliveredOnce() {
        answers(
                delta("{\"reasoning\":\"one \",\"reasoning_content\":\"one \"}"),
                delta("{\"content\":\"\",\"reasoning\":\"two\",\"reasoning_details\":[{\"text\":\"two\"}]}"),
                delta("{\"reasoning\":null,\"content\":\"x\"}"),
                finish("stop"),
                DONE);
        LlmResponse response = backend().open(question(), LIMITS).await();
        assertThat(response.thinking()).isEqualTo("one two");
        assertThat(response.text()).isEqualTo("x");
    }

    @Test
    void contentInPartsIsPutTogether() {
        answers(
                delta("{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]}]}"),
                delta("{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}"),
                finish("stop"),
                DONE);
        LlmResponse response = backend().open(question(), LIMITS).await();
        assertThat(response.thinking()).isEqualTo("hm");
        assertThat(response.text()).isEqualTo("ab");
    }

    @Test
    void choicesThatNobodyAskedForArePassedOver() {
        answers(
                event(
                        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}},{\"index\":1,\"delta\":{\"content\":\"b\"}}]}"),
                finish("stop"),
                DONE);
        assertThat(backend().open(question(), LIMITS).await().text()).isEqualTo("a");
    }

    @Test
    void anEventBeyondTheSettingEndsTheCallAndNamesTheSetting() {
        answers(content("x".repeat(70_000)), finish("stop"), DONE);
        LlmException failure = failureOf(backend("max-line-bytes", "64 KiB"), question());
        assertThat(failure.kind()).isEqualTo(Kind.PROTOCOL);
        assertThat(failure).hasMessageContaining("max-line-bytes").hasMessageContaining("'box'");
    }

    @Test
    void aConnectionThatAnsweredCompletelyIsUsedAgain() throws Exception {
        List<Integer> ports = new CopyOnWriteArrayList<>();
        HttpServer reusing = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        reusing.createContext(PATH, exchange -> {
            ports.add(exchange.getRemoteAddress().getPort());
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(content("a").getBytes(StandardCharsets.UTF_8));
                out.flush();
                out.write((finish("stop") + DONE).getBytes(StandardCharsets.UTF_8));
            }
        });
        reusing.start();
        try {
            LlmBackend backend =
                    backend("url", "http://127.0.0.1:" + reusing.getAddress().getPort());
            // the end of an answer may still be on its way when the next call begins, so one pair in a row is enough
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                assertThat(backend.open(question(), LIMITS).await().text()).isEqualTo("a");
                int last = ports.size() - 1;
                return last > 0 && ports.get(last).equals(ports.get(last - 1));
            });
        } finally {
            reusing.stop(0);
        }
    }
}

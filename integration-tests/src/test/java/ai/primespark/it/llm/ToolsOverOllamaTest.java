package ai.primespark.it.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.llm.AnswerFormatException;
import ai.primespark.llm.Description;
import ai.primespark.llm.Failover;
import ai.primespark.llm.LlmResult;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.ToolFunction;
import ai.primespark.llm.Toolbox;
import ai.primespark.llm.Usage;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Tools and structured output over the real engine and the real Ollama backend, and servers on raw sockets. */
class ToolsOverOllamaTest extends ToolsOverServers {

    record Town(@Description("without the country") String name) {}

    sealed interface Advice permits Take, Leave {}

    record Take(String what, LocalDate on) implements Advice {}

    record Leave(Optional<String> why) implements Advice {}

    ToolsOverOllamaTest() {
        super(Dialect.OLLAMA, "/api/chat");
    }

    @Test
    void aToolIsDeclaredCalledAndToldToTheServer() throws Exception {
        chats.add(asking("{\"id\":\"call_1\",\"function\":{\"name\":\"weather\",\"arguments\":{\"town\":\"Bonn\"}}}"));
        chats.add(saying("Take an umbrella."));

        LlmResult<String> result =
                spark.llm().run(question().privacy(Privacy.EDGE_ONLY).build(), Toolbox.of(new Weather()));

        assertThat(result.value()).isEqualTo("Take an umbrella.");
        assertThat(result.usage()).isEqualTo(new Usage(20, 10));
        List<FaultExchange> sent = edge.exchanges("/api/chat");
        assertThat(sent).hasSize(2);
        assertThat(sent.get(0).body())
                .contains("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\"")
                .contains("\"town\":{\"type\":\"string\",\"description\":\"without the country\"}")
                .contains("\"required\":[\"town\"]");
        assertThat(sent.get(1).body())
                .contains(
                        "\"tool_calls\":[{\"id\":\"call_1\",\"function\":{\"name\":\"weather\",\"arguments\":{\"town\":\"Bonn\"}}}]")
                .contains(
                        "\"role\":\"tool\",\"content\":\"rain in Bonn\",\"tool_name\":\"weather\",\"tool_call_id\":\"call_1\"");
        assertThat(cloud.exchanges("/api/chat")).isEmpty();
    }

    @Test
    void aValueIsAskedForWithItsSchemaAndAskedForAgainWhenItDoesNotFit() {
        chats.add(saying("{\\\"value\\\":{\\\"type\\\":\\\"Take\\\",\\\"what\\\":\\\"umbrella\\\"}}"));
        chats.add(
                saying(
                        "{\\\"value\\\":{\\\"type\\\":\\\"Take\\\",\\\"what\\\":\\\"umbrella\\\",\\\"on\\\":\\\"2026-05-01\\\"}}"));

        LlmResult<Advice> result = spark.llm().generate(question().build(), Advice.class);

        assertThat(result.value()).isEqualTo(new Take("umbrella", LocalDate.of(2026, 5, 1)));
        List<FaultExchange> sent = edge.exchanges("/api/chat");
        assertThat(sent.get(0).body())
                .contains("\"format\":{\"type\":\"object\",\"properties\":{\"value\":{\"anyOf\":[")
                .contains("\"const\":\"Leave\"")
                .contains("\"format\":\"date\"");
        assertThat(sent.get(1).body()).contains("- $.value.on is missing");
    }

    @Test
    void anAnswerCutByTheServerIsNotRead() {
        chats.add(exchange -> exchange.headers(200, "application/x-ndjson")
                .piece(content("{\\\"value\\\":{\\\"type\\\":\\\"Leave\\\",\\\"why\\\":null}}"))
                .piece("{\"model\":\"m\",\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"length\"}\n")
                .end());
        AnswerFormatException failure = catchThrowableOfType(
                AnswerFormatException.class,
                () -> spark.llm().generate(question().build(), Advice.class));
        assertThat(failure).hasMessageContaining("was cut at its length limit");
        assertThat(failure.text()).contains("Leave");
    }

    @Test
    void aServerThatBreaksInALaterStepIsReplacedAndTheToolIsNotRunTwice() {
        CountDownLatch ran = new CountDownLatch(1);
        chats.add(asking("{\"function\":{\"name\":\"once\",\"arguments\":{\"name\":\"Bonn\"}}}"));
        chats.add(exchange -> exchange.headers(200, "application/x-ndjson")
                .piece(content("Take an"))
                .reset());
        chats.add(saying("An umbrella it is."));
        Toolbox toolbox = Toolbox.of(ToolFunction.of("once", "Once.", Town.class, town -> {
            assertThat(ran.getCount()).isEqualTo(1);
            ran.countDown();
            return "rain";
        }));

        LlmResult<String> result =
                spark.llm().run(question().failover(Failover.RESTART).build(), toolbox);

        assertThat(result.value()).isEqualTo("An umbrella it is.");
        assertThat(result.response().backend()).isEqualTo("cloud");
        assertThat(result.transcript().steps().get(0).response().backend()).isEqualTo("edge");
        assertThat(cloud.exchanges("/api/chat").get(0).body()).contains("\"role\":\"tool\",\"content\":\"rain\"");
    }

    private static final String DONE =
            "{\"model\":\"m\",\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":10,\"eval_count\":5}\n";

    private static String content(String text) {
        return "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"" + text + "\"},\"done\":false}\n";
    }

    @Override
    FaultServer.Script saying(String text) {
        return Dialect.OLLAMA.answer(content(text), DONE);
    }

    private static FaultServer.Script asking(String call) {
        return Dialect.OLLAMA.answer(
                "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[" + call
                        + "]},\"done\":false}\n",
                DONE);
    }
}

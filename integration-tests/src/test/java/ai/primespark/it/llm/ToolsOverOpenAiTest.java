package ai.primespark.it.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.llm.AnswerFormatException;
import ai.primespark.llm.LlmResult;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.Toolbox;
import ai.primespark.testkit.FaultExchange;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tools and structured output over the real engine and the real backend for the OpenAI protocol. */
class ToolsOverOpenAiTest extends ToolsOverServers {

    private static final String PATH = "/v1/chat/completions";
    private static final Dialect DIALECT = Dialect.OPENAI;

    record City(String name, int population) {}

    ToolsOverOpenAiTest() {
        super(DIALECT, PATH);
    }

    @Test
    void aToolIsDeclaredCalledAndToldToTheServer() {
        chats.add(asking());
        chats.add(saying("Take an umbrella."));

        LlmResult<String> result =
                spark.llm().run(question().privacy(Privacy.EDGE_ONLY).build(), Toolbox.of(new Weather()));

        assertThat(result.value()).isEqualTo("Take an umbrella.");
        List<FaultExchange> sent = edge.exchanges(PATH);
        assertThat(sent).hasSize(2);
        assertThat(sent.get(0).body())
                .contains("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\"")
                .contains("\"town\":{\"type\":\"string\",\"description\":\"without the country\"}")
                .contains("\"required\":[\"town\"]");
        assertThat(sent.get(1).body())
                .contains("\"tool_calls\":[{")
                .contains("\"arguments\":\"{\\\"town\\\":\\\"Bonn\\\"}\"")
                .contains("\"role\":\"tool\"")
                .contains("\"tool_call_id\":\"c\"")
                .contains("\"content\":\"rain in Bonn\"");
        assertThat(cloud.exchanges(PATH)).isEmpty();
    }

    @Test
    void aValueIsAskedForWithItsSchemaAndAskedForAgainWhenItDoesNotFit() {
        chats.add(saying("{\"name\":\"Tokyo\",\"population\":\"many\"}"));
        chats.add(saying("{\"name\":\"Tokyo\",\"population\":37}"));

        assertThat(spark.llm().generate(question().build(), City.class).value()).isEqualTo(new City("Tokyo", 37));

        List<FaultExchange> sent = edge.exchanges(PATH);
        assertThat(sent.get(0).body())
                .contains("\"response_format\":{\"type\":\"json_schema\"")
                .contains("\"population\":{\"type\":\"integer\"");
        assertThat(sent.get(1).body()).contains("$.population");
    }

    @Test
    void whatAFilterOrALimitCutIsNotReadEvenIfItHappensToFit() {
        for (String reason : List.of("content_filter", "length")) {
            chats.add(DIALECT.answer(DIALECT.text("{\"name\":\"Tokyo\",\"population\":37}"), DIALECT.done(reason)));
            AnswerFormatException failure = catchThrowableOfType(
                    AnswerFormatException.class,
                    () -> spark.llm().generate(question().build(), City.class));
            assertThat(failure).hasMessageContaining("was not read");
            assertThat(failure.text()).contains("Tokyo");
        }
    }
}

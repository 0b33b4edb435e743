package ai.primespark.it.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.llm.AnswerFormatException;
import ai.primespark.llm.Description;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResult;
import ai.primespark.llm.LlmRun;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.ToolMethod;
import ai.primespark.llm.ToolResult;
import ai.primespark.llm.Toolbox;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tools and structured output over the real engine and the real backend for the OpenAI protocol. */
class ToolsOverOpenAiTest {

    private static final String PATH = "/v1/chat/completions";
    private static final Dialect DIALECT = Dialect.OPENAI;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    record City(String name, int population) {}

    static final class Weather {
        @ToolMethod("Says what the weather is like in a town.")
        String weather(@Description("without the country") String town) {
            return "rain in " + town;
        }
    }

    @TempDir
    Path data;

    private final Queue<FaultServer.Script> chats = new ConcurrentLinkedQueue<>();
    private FaultServer edge;
    private FaultServer cloud;
    private PrimeSpark spark;

    @BeforeEach
    void start() throws IOException {
        edge = FaultServer.start();
        cloud = FaultServer.start();
        for (FaultServer server : List.of(edge, cloud)) {
            server.onRequest(exchange -> exchange.respond(200, "application/json", DIALECT.lookup(exchange.path())));
            server.onRequest(PATH, exchange -> chats.remove().play(exchange));
        }
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", data))
                .llm(LlmOptions.builder()
                        .backends(
                                ProviderSpec.of("openai").id("edge").with("url", edge.uri()),
                                ProviderSpec.of("openai")
                                        .id("cloud")
                                        .with("zone", Zone.CLOUD)
                                        .with("url", cloud.uri()))
                        .defaultModel("m")
                        .build())
                .build();
    }

    @AfterEach
    void stop() {
        spark.close();
        edge.close();
        cloud.close();
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
            chats.add(answer(DIALECT.text("{\"name\":\"Tokyo\",\"population\":37}"), DIALECT.done(reason)));
            AnswerFormatException failure = catchThrowableOfType(
                    AnswerFormatException.class,
                    () -> spark.llm().generate(question().build(), City.class));
            assertThat(failure).hasMessageContaining("was not read");
            assertThat(failure.text()).contains("Tokyo");
        }
    }

    @Test
    void privacyHoldsForEveryStep() {
        chats.add(asking());
        chats.add(exchange -> exchange.respond(503, "application/json", DIALECT.error("server busy")));
        chats.add(exchange -> exchange.respond(503, "application/json", DIALECT.error("server busy")));

        assertThatThrownBy(() ->
                        spark.llm().run(question().privacy(Privacy.EDGE_ONLY).build(), Toolbox.of(new Weather())))
                .isInstanceOf(LlmException.class);
        assertThat(edge.exchanges(PATH)).hasSize(3);
        assertThat(cloud.exchanges(PATH)).isEmpty();
    }

    @Test
    void closingARunClosesTheConnectionOfTheStepThatIsUnderWay() throws Exception {
        chats.add(asking());
        CountDownLatch second = new CountDownLatch(1);
        chats.add(exchange -> {
            exchange.headers(200, DIALECT.type()).piece(DIALECT.text("Take"));
            second.countDown();
            exchange.awaitClientClosed();
        });
        try (LlmRun<String> run = spark.llm().open(question().build(), Toolbox.of(new Weather()))) {
            var future = run.resultFuture();
            assertThat(second.await(20, TimeUnit.SECONDS)).isTrue();
            run.close();
            assertThat(edge.exchanges(PATH).get(1).clientClosed(PATIENCE)).isTrue();
            assertThat(future).failsWithin(PATIENCE);
            assertThat(run.transcript().steps().get(0).results())
                    .extracting(ToolResult::content)
                    .containsExactly("rain in Bonn");
        }
    }

    @Test
    void theFinalAnswerStreams() {
        chats.add(asking());
        chats.add(exchange -> exchange.headers(200, DIALECT.type())
                .byteByByte(DIALECT.text("Täk") + DIALECT.text("e ☂") + DIALECT.done("stop"))
                .end());
        StringBuilder shown = new StringBuilder();
        try (LlmRun<String> run = spark.llm().open(question().build(), Toolbox.of(new Weather()))) {
            for (LlmEvent event : run) {
                if (event instanceof LlmEvent.Text text) {
                    shown.append(text.text()).append('|');
                }
            }
        }
        assertThat(shown).hasToString("Täk|e ☂|");
    }

    private static FaultServer.Script saying(String text) {
        return answer(DIALECT.text(text), DIALECT.done("stop"));
    }

    private static FaultServer.Script asking() {
        return answer(DIALECT.toolCall("weather", "{\"town\":\"Bonn\"}"), DIALECT.done("tool_calls"));
    }

    private static FaultServer.Script answer(String... pieces) {
        return exchange -> {
            exchange.headers(200, DIALECT.type());
            for (String piece : pieces) {
                exchange.piece(piece);
            }
            exchange.end();
        };
    }

    private static LlmRequest.Builder question() {
        return LlmRequest.prompt("Do I need an umbrella?");
    }
}

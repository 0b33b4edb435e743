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
import ai.primespark.llm.Failover;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResult;
import ai.primespark.llm.LlmRun;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.ToolFunction;
import ai.primespark.llm.ToolMethod;
import ai.primespark.llm.ToolResult;
import ai.primespark.llm.Toolbox;
import ai.primespark.llm.Usage;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tools and structured output over the real engine and the real Ollama backend, and servers on raw sockets. */
class ToolsOverOllamaTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    record Town(@Description("without the country") String name) {}

    sealed interface Advice permits Take, Leave {}

    record Take(String what, LocalDate on) implements Advice {}

    record Leave(Optional<String> why) implements Advice {}

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
            server.onRequest("/api/tags", exchange -> exchange.respond(200, "application/json", """
                    {"models":[{"name":"m:latest","model":"m:latest","digest":"d","size":1,
                     "capabilities":["completion","tools"]}]}"""));
            server.onRequest("/api/chat", exchange -> chats.remove().play(exchange));
        }
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", data))
                .llm(LlmOptions.builder()
                        .backends(
                                ProviderSpec.of("ollama").id("edge").with("url", edge.uri()),
                                ProviderSpec.of("ollama")
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

    @Test
    void privacyHoldsForEveryStep() {
        chats.add(asking("{\"function\":{\"name\":\"weather\",\"arguments\":{\"town\":\"Bonn\"}}}"));
        chats.add(exchange -> exchange.respond(503, "application/json", "{\"error\":\"server busy\"}"));
        chats.add(exchange -> exchange.respond(503, "application/json", "{\"error\":\"server busy\"}"));

        assertThatThrownBy(() ->
                        spark.llm().run(question().privacy(Privacy.EDGE_ONLY).build(), Toolbox.of(new Weather())))
                .isInstanceOf(LlmException.class);
        assertThat(cloud.exchanges("/api/chat")).isEmpty();
    }

    @Test
    void closingARunClosesTheConnectionOfTheStepThatIsUnderWay() throws Exception {
        chats.add(asking("{\"function\":{\"name\":\"weather\",\"arguments\":{\"town\":\"Bonn\"}}}"));
        CountDownLatch second = new CountDownLatch(1);
        chats.add(exchange -> {
            exchange.headers(200, "application/x-ndjson").piece(content("Take"));
            second.countDown();
            exchange.awaitClientClosed();
        });
        try (LlmRun<String> run = spark.llm().open(question().build(), Toolbox.of(new Weather()))) {
            var future = run.resultFuture();
            assertThat(second.await(20, TimeUnit.SECONDS)).isTrue();
            run.close();
            assertThat(edge.exchanges("/api/chat").get(1).clientClosed(PATIENCE))
                    .isTrue();
            assertThat(future).failsWithin(PATIENCE);
            assertThat(run.transcript().steps().get(0).results())
                    .extracting(ToolResult::content)
                    .containsExactly("rain in Bonn");
        }
    }

    @Test
    void theFinalAnswerStreams() {
        chats.add(asking("{\"function\":{\"name\":\"weather\",\"arguments\":{\"town\":\"Bonn\"}}}"));
        chats.add(exchange -> exchange.headers(200, "application/x-ndjson")
                .byteByByte(content("Täk") + content("e ☂") + DONE)
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

    private static final String DONE =
            "{\"model\":\"m\",\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":10,\"eval_count\":5}\n";

    private static String content(String text) {
        return "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"" + text + "\"},\"done\":false}\n";
    }

    private static FaultServer.Script saying(String text) {
        return exchange -> exchange.headers(200, "application/x-ndjson")
                .piece(content(text))
                .piece(DONE)
                .end();
    }

    private static FaultServer.Script asking(String call) {
        return exchange -> exchange.headers(200, "application/x-ndjson")
                .piece("{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[" + call
                        + "]},\"done\":false}\n")
                .piece(DONE)
                .end();
    }

    private static LlmRequest.Builder question() {
        return LlmRequest.prompt("Do I need an umbrella?");
    }
}

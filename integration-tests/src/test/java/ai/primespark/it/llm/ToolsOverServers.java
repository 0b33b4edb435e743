package ai.primespark.it.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.llm.Description;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmRun;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.ToolMethod;
import ai.primespark.llm.ToolResult;
import ai.primespark.llm.Toolbox;
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

/** Runs over the real engine and a real backend, with a server at the edge and one in the cloud; what holds in each protocol. */
abstract class ToolsOverServers {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    static final class Weather {
        @ToolMethod("Says what the weather is like in a town.")
        String weather(@Description("without the country") String town) {
            return "rain in " + town;
        }
    }

    @TempDir
    Path data;

    final Queue<FaultServer.Script> chats = new ConcurrentLinkedQueue<>();
    FaultServer edge;
    FaultServer cloud;
    PrimeSpark spark;

    private final Dialect dialect;
    private final String path;

    ToolsOverServers(Dialect dialect, String path) {
        this.dialect = dialect;
        this.path = path;
    }

    @BeforeEach
    void start() throws IOException {
        edge = FaultServer.start();
        cloud = FaultServer.start();
        for (FaultServer server : List.of(edge, cloud)) {
            server.onRequest(exchange -> exchange.respond(200, "application/json", dialect.lookup(exchange.path())));
            server.onRequest(path, exchange -> chats.remove().play(exchange));
        }
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", data))
                .llm(LlmOptions.builder()
                        .backends(
                                ProviderSpec.of(dialect.provider()).id("edge").with("url", edge.uri()),
                                ProviderSpec.of(dialect.provider())
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
    void privacyHoldsForEveryStep() {
        chats.add(asking());
        chats.add(exchange -> exchange.respond(503, "application/json", dialect.error("server busy")));
        chats.add(exchange -> exchange.respond(503, "application/json", dialect.error("server busy")));

        assertThatThrownBy(() ->
                        spark.llm().run(question().privacy(Privacy.EDGE_ONLY).build(), Toolbox.of(new Weather())))
                .isInstanceOf(LlmException.class);
        assertThat(edge.exchanges(path)).hasSize(3);
        assertThat(cloud.exchanges(path)).isEmpty();
    }

    @Test
    void closingARunClosesTheConnectionOfTheStepThatIsUnderWay() throws Exception {
        chats.add(asking());
        CountDownLatch second = new CountDownLatch(1);
        chats.add(exchange -> {
            exchange.headers(200, dialect.type()).piece(dialect.text("Take"));
            second.countDown();
            exchange.awaitClientClosed();
        });
        try (LlmRun<String> run = spark.llm().open(question().build(), Toolbox.of(new Weather()))) {
            var future = run.resultFuture();
            assertThat(second.await(20, TimeUnit.SECONDS)).isTrue();
            run.close();
            assertThat(edge.exchanges(path).get(1).clientClosed(PATIENCE)).isTrue();
            assertThat(future).failsWithin(PATIENCE);
            assertThat(run.transcript().steps().get(0).results())
                    .extracting(ToolResult::content)
                    .containsExactly("rain in Bonn");
        }
    }

    @Test
    void theFinalAnswerStreams() {
        chats.add(asking());
        chats.add(exchange -> exchange.headers(200, dialect.type())
                .byteByByte(dialect.text("Täk") + dialect.text("e ☂") + dialect.done("stop"))
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

    FaultServer.Script saying(String text) {
        return dialect.answer(dialect.text(text), dialect.done("stop"));
    }

    FaultServer.Script asking() {
        return dialect.answer(dialect.toolCall("weather", "{\"town\":\"Bonn\"}"), dialect.done(dialect.calling()));
    }

    static LlmRequest.Builder question() {
        return LlmRequest.prompt("Do I need an umbrella?");
    }
}

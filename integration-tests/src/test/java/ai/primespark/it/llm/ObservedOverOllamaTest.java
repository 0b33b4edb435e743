package ai.primespark.it.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvent.ModelChanged.Change;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.ModelManager;
import ai.primespark.testkit.FaultServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Meters, observations and events of the whole instance over the real Ollama backend and a server on a raw socket. */
class ObservedOverOllamaTest {

    private static final String ANSWER =
            "{\"model\":\"m:latest\",\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"done\":false}\n"
                    + "{\"model\":\"m:latest\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"
                    + "\"done_reason\":\"stop\",\"prompt_eval_count\":11,\"eval_count\":3}\n";

    @TempDir
    Path data;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ObservationRegistry observations = ObservationRegistry.create();
    private final List<Observation.Context> stopped = new CopyOnWriteArrayList<>();
    private FaultServer server;
    private PrimeSpark spark;

    @BeforeEach
    void start() throws IOException {
        server = FaultServer.start();
        server.onRequest("/api/tags", exchange -> exchange.respond(200, "application/json", """
                {"models":[{"name":"m:latest","model":"m:latest","digest":"d","size":1,
                 "capabilities":["completion"]}]}"""));
        server.onRequest(
                "/api/chat",
                exchange -> exchange.headers(200, "application/x-ndjson")
                        .piece(ANSWER)
                        .end());
        server.onRequest(
                "/api/generate",
                exchange -> exchange.respond(
                        200, "application/json", "{\"model\":\"m\",\"done\":true,\"done_reason\":\"load\"}"));
        server.onRequest(
                "/api/pull",
                exchange -> exchange.headers(200, "application/x-ndjson")
                        .piece("{\"status\":\"success\"}\n")
                        .end());
        observations.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                stopped.add(context);
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", data))
                .llm(LlmOptions.builder()
                        .backends(ProviderSpec.of("ollama").id("edge").with("url", server.uri()))
                        .defaultModel("m")
                        .build())
                .meterRegistry(meters)
                .observationRegistry(observations)
                .build();
    }

    @AfterEach
    void stop() {
        spark.close();
        server.close();
    }

    @Test
    void tokensAreCountedAndObservedAsTheServerCountsThem() {
        spark.llm().generate(LlmRequest.prompt("x").build());

        assertThat(tokens("prompt")).isEqualTo(11);
        assertThat(tokens("answer")).isEqualTo(3);
        assertThat(meters.get("spark.llm.first.token")
                        .tags("backend", "edge", "model", "m")
                        .timer()
                        .count())
                .isOne();
        assertThat(stopped)
                .extracting(Observation.Context::getName)
                .containsExactly("spark.llm.attempt", "spark.llm.call");
        Observation.Context attempt = stopped.get(0);
        assertThat(low(attempt, "gen_ai.provider.name")).isEqualTo("ollama");
        assertThat(low(attempt, "gen_ai.request.model")).isEqualTo("m");
        assertThat(high(attempt, "gen_ai.response.model")).isEqualTo("m:latest");
        assertThat(high(attempt, "gen_ai.usage.input_tokens")).isEqualTo("11");
        assertThat(high(attempt, "gen_ai.usage.output_tokens")).isEqualTo("3");
        assertThat(server.exchanges("/api/chat").get(0).header("traceparent"))
                .as("nothing of the application's traces goes to the server")
                .isEmpty();
    }

    private double tokens(String direction) {
        return meters.get("spark.llm.tokens")
                .tags("backend", "edge", "model", "m", "direction", direction)
                .counter()
                .count();
    }

    private static String low(Observation.Context context, String key) {
        return context.getLowCardinalityKeyValue(key).getValue();
    }

    private static String high(Observation.Context context, String key) {
        return context.getHighCardinalityKeyValue(key).getValue();
    }

    @Test
    void closingTheInstanceStopsWhatNobodyReads() {
        var unused = spark.llm().open(LlmRequest.prompt("x").build());
        spark.close();

        assertThat(stopped)
                .singleElement()
                .satisfies(call -> assertThat(low(call, "spark.outcome")).isEqualTo("cancelled"));
    }

    @Test
    void listenersHearWhatIsDoneToModels() {
        List<SparkEvent.ModelChanged> heard = new CopyOnWriteArrayList<>();
        var unused = spark.events().subscribe(SparkEvent.ModelChanged.class, heard::add);
        ModelManager models = spark.llm().modelManager("edge").orElseThrow();
        models.pull("m2", progress -> {});
        models.warmUp("m", Duration.ofMinutes(1));

        await().until(() -> heard.size() == 2);
        assertThat(heard)
                .extracting(SparkEvent.ModelChanged::backend, SparkEvent.ModelChanged::model)
                .containsExactly(tuple("edge", "m2"), tuple("edge", "m"));
        assertThat(heard).extracting(SparkEvent.ModelChanged::change).containsExactly(Change.PULLED, Change.LOADED);
    }
}

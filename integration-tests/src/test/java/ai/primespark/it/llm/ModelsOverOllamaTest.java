package ai.primespark.it.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.llm.BackendModels;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.ModelManager;
import ai.primespark.testkit.FaultServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an application can do with a server's models, from the facade to the socket. */
class ModelsOverOllamaTest {

    @TempDir
    Path data;

    private FaultServer server;
    private PrimeSpark spark;

    @BeforeEach
    void start() throws IOException {
        server = FaultServer.start();
        server.onRequest(exchange -> exchange.respond(200, "application/json", Dialect.OLLAMA.lookup(exchange.path())));
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", data))
                .llm(LlmOptions.builder()
                        .backends(
                                ProviderSpec.of("ollama").id("pi").with("url", server.uri()),
                                ProviderSpec.of("recall").id("recall").with("in-memory", true))
                        .build())
                .build();
    }

    @AfterEach
    void stop() {
        spark.close();
        server.close();
    }

    @Test
    void modelsAreListedWithWhatIsLoadedAndWhatIsSomebodyElses() {
        // a first answer on a busy machine may take longer than the two seconds that models() waits
        BackendModels pi = await().atMost(Duration.ofSeconds(30))
                .until(() -> spark.llm().models().get(0), BackendModels::reachable);
        assertThat(pi.models())
                .extracting(ModelInfo::name, ModelInfo::loaded, ModelInfo::remote)
                .containsExactly(
                        tuple("m:latest", true, false),
                        tuple("stub:latest", false, true),
                        tuple("big:120b-cloud", false, true));
    }

    @Test
    void aModelIsPulledWithProgressShownWarmedUpAndUnloaded() {
        server.onRequest(
                "/api/pull",
                exchange -> exchange.headers(200, Dialect.OLLAMA.type())
                        .piece("{\"status\":\"pulling manifest\"}\n")
                        .piece(
                                "{\"status\":\"pulling dde5\",\"digest\":\"sha256:dd\",\"total\":100,\"completed\":60}\n")
                        .piece("{\"status\":\"success\"}\n")
                        .end());
        server.onRequest(
                "/api/show",
                exchange -> exchange.respond(200, "application/json", "{\"capabilities\":[\"completion\",\"tools\"]}"));
        server.onRequest(
                "/api/generate",
                exchange -> exchange.respond(
                        200, "application/json", "{\"model\":\"m\",\"done\":true,\"done_reason\":\"load\"}"));
        ModelManager models = spark.llm().modelManager("pi").orElseThrow();

        List<ModelManager.Progress> steps = new ArrayList<>();
        models.pull("m", steps::add);
        assertThat(steps)
                .contains(new ModelManager.Progress("pulling dde5", 60, 100))
                .last()
                .isEqualTo(new ModelManager.Progress("success", 0, 0));

        assertThat(models.show("m").capabilities()).containsExactly("completion", "tools");
        assertThat(models.show("m").loaded()).isTrue();

        models.warmUp("m", Duration.ofMinutes(30));
        models.unload("m");
        assertThat(server.exchanges("/api/generate"))
                .extracting(exchange -> exchange.body().replaceAll(".*\"keep_alive\":(-?\\d+).*", "$1"))
                .containsExactly("1800", "0");
    }

    @Test
    void whatHasNoModelsHasNoManagerAndAnUnknownBackendIsRefused() {
        assertThat(spark.llm().modelManager("recall")).isEmpty();
        assertThatThrownBy(() -> spark.llm().modelManager("pie"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[pi, recall]");
    }
}

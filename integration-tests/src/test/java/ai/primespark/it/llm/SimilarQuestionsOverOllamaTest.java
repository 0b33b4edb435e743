package ai.primespark.it.llm;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.llm.LlmOptions;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.SemanticCacheUse;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Similar questions over the real engine and the real Ollama backend, and servers on raw sockets. */
@Timeout(60)
class SimilarQuestionsOverOllamaTest {

    private static final String ASKED = "What is the height of the Eiffel Tower?";
    private static final String ALIKE = "How tall is the Eiffel Tower?";
    private static final String ALIKE_IN_2D =
            "{\"model\":\"e\",\"embeddings\":[[0.6,0.8],[0.66,0.7513]],\"prompt_eval_count\":20}";

    @TempDir
    Path data;

    private FaultServer edge;
    private FaultServer cloud;

    @BeforeEach
    void start() throws IOException {
        edge = FaultServer.start();
        cloud = FaultServer.start();
        for (FaultServer server : List.of(edge, cloud)) {
            answers(server);
        }
    }

    @AfterEach
    void stop() {
        edge.close();
        cloud.close();
    }

    private static void answers(FaultServer server) {
        server.onRequest(
                "/api/tags",
                exchange ->
                        exchange.respond(200, "application/json", "{\"models\":[{\"name\":\"m\"},{\"name\":\"e\"}]}"));
        server.onRequest(
                "/api/chat",
                exchange -> exchange.headers(200, "application/x-ndjson")
                        .piece(
                                "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"330 m\"},\"done\":false}\n")
                        .piece(
                                "{\"model\":\"m\",\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n")
                        .end());
    }

    private static void embeds(FaultServer server) {
        server.onRequest("/api/embed", exchange -> exchange.respond(200, "application/json", ALIKE_IN_2D));
    }

    private static void breaks(FaultServer server) {
        server.onRequest("/api/chat", exchange -> exchange.respond(500, "application/json", "{\"error\":\"broken\"}"));
    }

    private PrimeSpark spark(SemanticCacheUse use) {
        return PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", data))
                .llm(LlmOptions.builder()
                        .backends(
                                ProviderSpec.of("ollama").id("edge").with("url", edge.uri()),
                                ProviderSpec.of("ollama")
                                        .id("cloud")
                                        .with("zone", Zone.CLOUD)
                                        .with("url", cloud.uri()))
                        .defaultModel("m")
                        .retries(0)
                        .semanticCache(true)
                        .semanticCacheUse(use)
                        .semanticCacheModel("e")
                        .build())
                .build();
    }

    private static LlmResponse ask(PrimeSpark spark, String question, Privacy privacy) {
        return spark.llm().generate(LlmRequest.prompt(question).privacy(privacy).build());
    }

    @Test
    void bothQuestionsAreEmbeddedInOneRequestWhenTheyMayBeAlike() {
        embeds(edge);
        try (PrimeSpark spark = spark(SemanticCacheUse.ALWAYS)) {
            ask(spark, ASKED, Privacy.ANY);
            assertThat(edge.exchanges("/api/embed")).isEmpty();

            LlmResponse again = ask(spark, ALIKE, Privacy.ANY);
            assertThat(again.text()).isEqualTo("330 m");
            assertThat(again.similarity()).isPresent();
            assertThat(edge.exchanges("/api/embed"))
                    .singleElement()
                    .extracting(FaultExchange::body)
                    .asString()
                    .contains("\"model\":\"e\"", ALIKE, ASKED);
            assertThat(edge.exchanges("/api/chat")).hasSize(1);
        }
    }

    @Test
    void whenNoModelAnswersTheEdgesEmbeddingModelFindsTheAnswer() {
        embeds(edge);
        try (PrimeSpark spark = spark(SemanticCacheUse.OFFLINE)) {
            ask(spark, ASKED, Privacy.ANY);
            breaks(edge);
            breaks(cloud);

            LlmResponse again = ask(spark, ALIKE, Privacy.ANY);
            assertThat(again.text()).isEqualTo("330 m");
            assertThat(again.similarity().orElseThrow()).isBetween(0.95, 1.0);
            assertThat(again.trace().attempts()).hasSize(2);
        }
    }

    @Test
    void aPromptThatMustStayOnTheEdgeIsNotSentToTheCloudToBeCompared() {
        embeds(cloud); // the edge has no embedding model: 404
        try (PrimeSpark spark = spark(SemanticCacheUse.ALWAYS)) {
            ask(spark, ASKED, Privacy.EDGE_ONLY);
            assertThat(ask(spark, ALIKE, Privacy.EDGE_ONLY).cached()).isFalse();
            assertThat(edge.exchanges("/api/embed")).hasSize(1);
            assertThat(cloud.exchanges("/api/embed")).isEmpty();
            assertThat(cloud.exchanges("/api/chat")).isEmpty();

            assertThat(ask(spark, ALIKE, Privacy.ANY).cached())
                    .isFalse(); // what was asked in private is not known here
            assertThat(ask(spark, ASKED, Privacy.ANY).similarity())
                    .as("what was answered at the edge is compared there, too")
                    .isEmpty();
            assertThat(cloud.exchanges("/api/embed")).isEmpty();
        }
    }
}

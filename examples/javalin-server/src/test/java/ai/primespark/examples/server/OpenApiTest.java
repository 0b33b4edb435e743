package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenApiTest {

    private static final Path PAGE = Path.of("..", "..", "docs", "api.md");
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    @TempDir
    static Path directory;

    private static FramedServer server;
    private static JsonNode document;

    @BeforeAll
    static void start() {
        server = FramedServer.closed(directory, "");
        document = TestServer.json(server.get("/openapi.json"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void theDocumentIsOneByTheOfficialSchema() throws IOException {
        try (InputStream schema = OpenApiTest.class.getResourceAsStream("/openapi/openapi-3.1-schema.json")) {
            String text = new String(schema.readAllBytes(), StandardCharsets.UTF_8);

            assertThat(SCHEMAS.getSchema(text).validate(document)).isEmpty();
            assertThat(SCHEMAS.getSchema(text).validate(TestServer.json("{\"openapi\": \"3.1.1\", \"pathes\": {}}")))
                    .isNotEmpty();
        }
    }

    @Test
    void everySchemaInItIsOneByJsonSchemasOwn() {
        Schema meta = SCHEMAS.getSchema("{\"$ref\": \"https://json-schema.org/draft/2020-12/schema\"}");
        List<JsonNode> schemas = document.findValues("schema");
        document.at("/components/schemas").forEach(schemas::add);

        assertThat(schemas)
                .hasSizeGreaterThan(100)
                .allSatisfy(schema -> assertThat(meta.validate(schema)).isEmpty());
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        assertThat(document.findValuesAsText("$ref"))
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(
                                document.at(reference.substring(1)).isMissingNode())
                        .as(reference)
                        .isFalse());
    }

    @Test
    void everyCallHasItsNameItsAnswersAndItsRights() {
        Set<String> names = new HashSet<>();
        operations().forEach((call, operation) -> {
            assertThat(names.add(operation.get("operationId").asText()))
                    .as(call)
                    .isTrue();
            assertThat(operation.get("summary").asText()).as(call).isNotBlank();
            assertThat(Stream.of("200", "201", "202", "204").anyMatch(operation.get("responses")::has))
                    .as(call)
                    .isTrue();
            boolean open = operation.get("description").asText().startsWith("Open");
            assertThat(operation.has("security")).as(call).isEqualTo(!open);
            assertThat(operation.get("responses").has("401")).as(call).isEqualTo(!open || call.contains("/auth/"));
        });
        assertThat(names).hasSizeGreaterThan(40);
    }

    @Test
    void whatIsNotOpenIsClosed() {
        operations().forEach((call, operation) -> {
            String[] parts = call.split(" ", 2);
            String path = parts[1].replaceAll("\\{[^}]*}", "x");
            HttpResponse<String> answer = server.send(parts[0], path, "", "");
            if (operation.has("security")) {
                assertThat(answer.statusCode()).as(call).isEqualTo(401);
                assertThat(answer.headers().firstValue("WWW-Authenticate"))
                        .as(call)
                        .hasValue("Bearer");
            } else {
                assertThat(answer.statusCode()).as(call).isNotEqualTo(500);
            }
        });
    }

    /** So that the examples are not only well-formed: each is sent to the server. */
    @Test
    void everyExampleIsTakenAndAnsweredAsDescribed() {
        server.ollama.answers(FakeOllama.tokens("Hello", " world"));
        String token = server.adminToken();
        List<String> sent = new ArrayList<>();
        operations().forEach((call, operation) -> {
            JsonNode example = operation.at("/requestBody/content/application~1json/example");
            if (!example.isMissingNode() && !call.contains("/auth/")) {
                String[] parts = call.split(" ", 2);
                HttpResponse<String> answer = server.send(parts[0], parts[1], example.toString(), token);
                assertThat(answer.statusCode()).as(call + " " + answer.body()).isNotIn(400, 415, 500);
                JsonNode described =
                        operation.at("/responses/" + answer.statusCode() + "/content/application~1json/schema");
                if (!described.isMissingNode() && answer.body().startsWith("{")) {
                    assertThat(errors(described, TestServer.json(answer)))
                            .as(call)
                            .isEmpty();
                }
                sent.add(call);
            }
        });
        assertThat(sent)
                .contains(
                        "POST /api/llm/generate",
                        "POST /api/memory/set",
                        "POST /api/tasks/submit",
                        "POST /v1/chat/completions");
    }

    @Test
    void whatReadersAskForIsAnsweredAsDescribed() {
        String token = server.adminToken();
        operations().forEach((call, operation) -> {
            boolean stream =
                    operation.at("/responses/200/content/text~1event-stream").isObject();
            if (call.startsWith("GET ") && !call.contains("{") && !stream) {
                HttpResponse<String> answer = server.get(call.substring(4), token);
                JsonNode described =
                        operation.at("/responses/" + answer.statusCode() + "/content/application~1json/schema");
                if (!described.isMissingNode()) {
                    assertThat(errors(described, TestServer.json(answer)))
                            .as(call)
                            .isEmpty();
                }
            }
        });
    }

    /** By a schema of the document, with all those that it refers to. */
    private static List<String> errors(JsonNode schema, JsonNode value) {
        String whole = "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"components\": "
                + document.get("components") + ", \"allOf\": [" + schema + "]}";
        return SCHEMAS.getSchema(whole).validate(value).stream()
                .map(Error::toString)
                .toList();
    }

    @Test
    void theReferenceInTheDocumentsSaysWhatTheCodeSays() throws IOException {
        String page = Files.readString(PAGE);
        int cut = page.indexOf(ApiReference.MARK);
        assertThat(cut).isPositive();
        String expected = page.substring(0, cut) + ApiReference.render(document);
        if (Boolean.getBoolean("spark.docs.update")) {
            Files.writeString(PAGE, expected);
        }
        assertThat(PAGE)
                .as("run: mvn -pl examples/javalin-server -am verify -Dspark.docs.update=true")
                .content()
                .isEqualTo(expected);
    }

    private static Map<String, JsonNode> operations() {
        return document.get("paths").properties().stream()
                .flatMap(path -> path.getValue().properties().stream()
                        .map(call -> Map.entry(
                                call.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey(),
                                call.getValue())))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}

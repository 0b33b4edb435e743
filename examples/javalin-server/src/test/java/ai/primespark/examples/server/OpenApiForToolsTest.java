package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document as the parser of Swagger's own tools and of most code generators reads it. */
class OpenApiForToolsTest {

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

    private static SwaggerParseResult read(JsonNode any) {
        ParseOptions options = new ParseOptions();
        options.setResolve(true);
        return new OpenAPIV3Parser().readContents(any.toString(), null, options);
    }

    @Test
    void theParserHasNothingToSay() {
        assertThat(read(document).getMessages()).isEmpty();
    }

    @Test
    void theParserFindsEveryCallAndEverySchema() {
        OpenAPI read = read(document).getOpenAPI();

        assertThat(read.getPaths().keySet())
                .containsExactlyInAnyOrderElementsOf(document.get("paths").properties().stream()
                        .map(java.util.Map.Entry::getKey)
                        .toList());
        assertThat(read.getComponents().getSchemas()).hasSameSizeAs(document.at("/components/schemas"));
        assertThat(read.getComponents().getSecuritySchemes()).containsOnlyKeys("bearer");
        read.getPaths()
                .forEach((path, item) -> item.readOperations().forEach(call -> {
                    assertThat(call.getOperationId()).as(path).isNotBlank();
                    assertThat(call.getResponses()).as(path).isNotEmpty();
                }));
    }

    @Test
    void theParserWouldSaySo() {
        ObjectNode wrong = document.deepCopy();
        wrong.remove("info");
        ((ObjectNode) wrong.at("/paths/~1health/get")).remove("responses");

        assertThat(read(wrong).getMessages()).isNotEmpty();
    }
}

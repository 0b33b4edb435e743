package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.examples.server.AttackedServer.Who;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * API9:2023, improper inventory management: what is served is described, and what is described is served.
 *
 * @see <a href="https://owasp.org/API-Security/editions/2023/en/0xa9-improper-inventory-management/">OWASP</a>
 */
class Api09InventoryTest {

    /** What shows the API to people is not part of it. */
    private static final String PAGES = "(GET|HEAD) (/|/ui/.*|/docs|/docs/.*|/openapi\\.json|/dashboard\\.json)";

    @TempDir
    static Path directory;

    private static AttackedServer server;
    private static Calls calls;
    private static Map<String, JsonNode> described;

    @BeforeAll
    static void start() {
        server = new AttackedServer(directory);
        calls = Calls.of(server.framed);
        described = new TreeMap<>();
        TestServer.json(server.framed.get("/openapi.json"))
                .get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(call -> described.put(
                                call.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(), call.getValue())));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void whatIsServedIsDescribed() {
        Set<String> served = calls.all().stream()
                .map(Calls.Call::name)
                .filter(name -> !name.matches(PAGES))
                .filter(name -> !name.startsWith("HEAD ")
                        || described.containsKey(name)) // where there is a GET there is a HEAD
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(served).isEqualTo(described.keySet());
    }

    @Test
    void aHeadThatIsNotDescribedHasADescribedGet() {
        assertThat(calls.all().stream()
                        .map(Calls.Call::name)
                        .filter(name ->
                                name.startsWith("HEAD ") && !name.matches(PAGES) && !described.containsKey(name)))
                .isNotEmpty()
                .allMatch(name -> described.containsKey("GET" + name.substring(4)));
    }

    static Stream<String> descriptions() {
        return described.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("descriptions")
    void whatIsDescribedIsServed(String call) throws Exception {
        Calls.Call served = calls.all().stream()
                .filter(each -> each.name().equals(call))
                .findFirst()
                .orElseThrow();
        HttpResponse<InputStream> answer = HttpClient.newHttpClient()
                .send(
                        server.framed
                                .request(served.path())
                                .header(
                                        "Authorization",
                                        "Bearer "
                                                + (call.contains("logout")
                                                        ? server.newToken(Who.ADMIN)
                                                        : server.token(Who.ADMIN)))
                                .method(served.method(), BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            assertThat(answer.statusCode()).isNotIn(405, 500, 501);
            String type = answer.headers().firstValue("Content-Type").orElse("");
            if (answer.statusCode() == 404 && type.startsWith("application/problem")) {
                JsonNode problem =
                        TestServer.json(new String(body.readAllBytes(), StandardCharsets.UTF_8)); // nothing after HEAD
                assertThat(problem.path("detail").asText()).doesNotContain("there is nothing at this path");
            }
        }
    }

    @Test
    void whoMayCallIsDescribedAsItIsDeclared() {
        for (Calls.Call call : calls.all()) {
            JsonNode description = described.get(call.name());
            if (description != null) {
                assertThat(description.has("security"))
                        .as(call.name())
                        .isEqualTo(call.route().access() != Access.OPEN);
                call.route()
                        .permission()
                        .ifPresent(permission -> assertThat(
                                        description.get("description").asText())
                                .as(call.name())
                                .contains("`" + permission + "`"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/auth/users",
                "/api/v2/auth/users",
                "/v2/chat/completions",
                "/api/internal/users",
                "/api/admin",
                "/api/test",
                "/beta/api/auth/users",
                "/api/auth/users/all",
                "/api/auth/sessions",
                "/api/memory/dump",
                "/api/system/shutdown",
                "/api/system/env",
                "/v1/files",
                "/v1/fine_tuning/jobs",
                "/api/generate",
                "/api/tags"
            })
    void thereAreNoOtherVersionsAndNoForgottenCorners(String path) {
        for (String method : java.util.List.of("GET", "POST")) {
            assertThat(server.send(Who.ADMIN, method, path, "{}").statusCode())
                    .as(method)
                    .isIn(404, 405);
        }
    }

    @Test
    void theDocumentNamesTheVersionThatRuns() {
        JsonNode document = TestServer.json(server.framed.get("/openapi.json"));

        assertThat(document.at("/info/version").asText())
                .isEqualTo(server.framed.spark.info().version());
        assertThat(TestServer.json(server.framed.get("/health")).get("version").asText())
                .isEqualTo(document.at("/info/version").asText());
    }
}

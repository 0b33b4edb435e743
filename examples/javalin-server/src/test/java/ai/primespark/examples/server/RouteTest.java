package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.auth.Permission;
import ai.primespark.auth.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the declarations of the API promise to filters and to the OpenAPI document. */
class RouteTest {

    private static final List<String> OPEN =
            List.of("GET /health", "GET /health/live", "GET /health/ready", "OPTIONS /api/memory/uploads");

    private static final List<String> FOR_ADMINS = List.of(
            "POST /api/llm/models/pull",
            "POST /api/tasks/dead/{id}/replay",
            "POST /api/power/mode/{mode}",
            "POST /api/vpn/up",
            "POST /api/vpn/down");

    private static final List<String> FOR_USERS = List.of(
            "GET /api/health/detailed",
            "POST /api/llm/generate",
            "POST /api/llm/generate/stream",
            "POST /api/llm/chat",
            "POST /api/llm/embed",
            "GET /api/llm/models",
            "POST /api/memory/set",
            "POST /api/memory/get",
            "POST /api/memory/delete",
            "DELETE /api/memory/{key}",
            "GET /api/memory/keys",
            "POST /api/memory/persist",
            "POST /api/memory/prefetch",
            "GET /api/memory/stats",
            "GET /api/memory/objects",
            "PUT /api/memory/objects/{name}",
            "GET /api/memory/objects/{name}",
            "HEAD /api/memory/objects/{name}",
            "DELETE /api/memory/objects/{name}",
            "POST /api/memory/uploads",
            "HEAD /api/memory/uploads/{id}",
            "PATCH /api/memory/uploads/{id}",
            "DELETE /api/memory/uploads/{id}",
            "POST /api/tasks/submit",
            "GET /api/tasks/{id}",
            "DELETE /api/tasks/{id}",
            "GET /api/tasks",
            "GET /api/tasks/dead",
            "GET /api/agents/status",
            "GET /api/power/status",
            "GET /api/vpn/status",
            "GET /api/routing/stats",
            "GET /api/system/info",
            "GET /api/events");

    @TempDir
    static Path directory;

    private static List<Route> routes() {
        try (TestServer server = new TestServer(directory)) {
            Duration heartbeat = Duration.ofSeconds(15);
            return SparkServer.routes(
                    server.spark, new EventRoutes(server.spark.events(), heartbeat), ServerSettings.defaults());
        }
    }

    private static String call(Route route) {
        return route.method().name() + " " + route.template();
    }

    private static List<String> calls(List<Route> routes, Access access) {
        return routes.stream()
                .filter(route -> route.access() == access)
                .map(RouteTest::call)
                .toList();
    }

    private static boolean userMay(Permission permission) {
        return Role.USER.permissions().stream().anyMatch(each -> each.implies(permission));
    }

    @Test
    void eachCallSaysWhoMayMakeIt() {
        List<Route> routes = routes();

        assertThat(calls(routes, Access.OPEN)).containsExactlyInAnyOrderElementsOf(OPEN);
        assertThat(calls(routes, Access.USER)).containsExactlyInAnyOrderElementsOf(FOR_USERS);
        assertThat(calls(routes, Access.ADMIN)).containsExactlyInAnyOrderElementsOf(FOR_ADMINS);
        assertThat(routes).allSatisfy(route -> {
            assertThat(route.permission().isEmpty()).as(call(route)).isEqualTo(route.access() == Access.OPEN);
            route.permission()
                    .ifPresent(permission ->
                            assertThat(userMay(permission)).as(call(route)).isEqualTo(route.access() == Access.USER));
        });
    }

    @Test
    void eachCallIsDescribed() {
        List<Route> routes = routes();

        assertThat(routes).extracting(RouteTest::call).doesNotHaveDuplicates();
        assertThat(routes).allSatisfy(route -> {
            assertThat(route.summary()).as(call(route)).matches("[A-Z].*\\.");
            assertThat(route.answers()).as(call(route)).isNotEmpty();
            assertThat(route.answers().get(0).status()).as(call(route)).isBetween(200, 299);
            List<String> inPath = Pattern.compile("\\{(\\w+)}")
                    .matcher(route.template())
                    .results()
                    .map(match -> match.group(1))
                    .toList();
            assertThat(route.parameters().stream()
                            .filter(parameter -> parameter.in() == Route.In.PATH)
                            .map(parameter -> parameter.field().name()))
                    .as(call(route))
                    .isEqualTo(inPath);
            assertThat(names(route)).as(call(route)).doesNotHaveDuplicates();
        });
    }

    private static List<String> names(Route route) {
        var fields = new java.util.ArrayList<>(
                route.parameters().stream().map(each -> each.field().name()).toList());
        route.body().ifPresent(body -> body.fields().forEach(field -> fields.add(field.name())));
        return fields;
    }

    @Test
    void aRouteThatSaysNothingIsForThoseWhoMayDoEverything() {
        Route route = Route.get("/forgotten").to(ctx -> {});

        assertThat(route.access()).isEqualTo(Access.ADMIN);
        assertThat(route.permission()).contains(Permission.ALL);
        assertThat(userMay(Permission.ALL)).isFalse();
    }

    @Test
    void tagsGroupWhatBelongsTogether() {
        assertThat(
                        Arrays.asList("/health", "/api/memory/objects/<name>", "/api/events", "/.well-known/jwks.json")
                                .stream()
                                .map(path -> Route.get(path).to(ctx -> {}).tag()))
                .containsExactly("health", "memory", "events", "auth");
    }
}

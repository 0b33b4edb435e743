package ai.primespark.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.HandlerType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The calls that a running server has, each with what it takes when nothing is wrong: what attacks begin with. */
final class Calls {

    private static final Set<HandlerType> FILTERS = Set.of(
            HandlerType.BEFORE,
            HandlerType.BEFORE_MATCHED,
            HandlerType.AFTER_MATCHED,
            HandlerType.AFTER,
            HandlerType.WEBSOCKET_BEFORE_UPGRADE,
            HandlerType.WEBSOCKET_AFTER_UPGRADE);

    /** What goes into a path where any text would do. */
    private static final Map<String, String> IN_PATHS = Map.of(
            "{mode}",
            "auto",
            "{id}",
            "0".repeat(32),
            "{name}",
            "nobody-at-all",
            "<name>",
            "no/such",
            "<key>",
            "no-such-key",
            "<model>",
            "no-such-model",
            "<file>",
            "main.js");

    /** Where the documented examples say nothing. */
    private static final Map<String, String> BODIES = new HashMap<>(Map.of(
            "POST /api/auth/refresh", "{\"refresh_token\": \"x\"}",
            "PUT /api/auth/me/password", "{\"current_password\": \"x\", \"new_password\": \"another long sentence\"}",
            "PATCH /api/auth/users/{name}", "{\"active\": true}",
            "POST /api/llm/models/pull", "{\"model\": \"llama3.2:3b\", \"backend\": \"edge\"}",
            "POST /api/memory/persist", "{\"key\": \"garden/plan\"}",
            "POST /api/memory/prefetch", "{\"key\": \"garden/plan\"}",
            "POST /api/memory/delete", "{\"key\": \"garden/plan\"}"));

    /** A call: what {@code METHOD /path} is declared to be, and a path that leads to it. */
    record Call(String name, String method, String path, Route route) {

        boolean takesJson() {
            return route != null
                    && route.body()
                            .filter(body -> body.type().equals(Route.JSON))
                            .isPresent();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private final JsonNode document;
    private final List<Call> all = new ArrayList<>();

    private Calls(JsonNode document) {
        this.document = document;
    }

    static Calls of(FramedServer server) {
        Calls calls = new Calls(TestServer.json(server.get("/openapi.json")));
        server.server.endpoints().stream()
                .filter(endpoint -> !FILTERS.contains(endpoint.method))
                .forEach(endpoint -> {
                    Route route = endpoint.metadata(Route.class);
                    String name = endpoint.method.name() + " "
                            + endpoint.path.replace('<', '{').replace('>', '}');
                    String path = endpoint.path;
                    for (Map.Entry<String, String> each : IN_PATHS.entrySet()) {
                        path = path.replace(each.getKey(), each.getValue());
                    }
                    calls.all.add(new Call(name, endpoint.method.name(), path, route));
                });
        return calls;
    }

    List<Call> all() {
        return all;
    }

    /** Those that take a JSON object. */
    List<Call> withJson() {
        return all.stream().filter(Call::takesJson).toList();
    }

    /** What a call takes; each time another object. */
    ObjectNode body(Call call) {
        String[] parts = call.name().split(" ", 2);
        JsonNode example = document.path("paths")
                .path(parts[1])
                .path(parts[0].toLowerCase(java.util.Locale.ROOT))
                .at("/requestBody/content/application~1json/example");
        if (example.isObject()) {
            return example.deepCopy();
        }
        String known = BODIES.get(call.name());
        if (known == null) {
            throw new AssertionError("say in Calls what " + call + " takes");
        }
        return (ObjectNode) TestServer.json(known);
    }
}

package ai.primespark.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The OpenAPI 3.1 document of the routes: written from their declarations and the types of their answers, so it says what the code does.
 * Only the examples are written by hand; a test sends them.
 *
 * @see <a href="https://spec.openapis.org/oas/v3.1.1.html">OpenAPI 3.1.1</a>
 */
final class OpenApi {

    private static final String BEARER = "bearer";
    private static final String ABOUT =
            "Memory in tiers, language models routed edge first, tasks for agents, power and VPN of this machine. "
                    + "Log in with `POST /api/auth/login` and send `Authorization: Bearer` with the access token. Failures are problem details "
                    + "(RFC 9457); below `/v1` they have OpenAI's shape.";

    private static final Map<String, Object> PROBLEM = Map.of("$ref", "#/components/schemas/Problem");

    private final Schemas schemas = new Schemas(EventRoutes.VIEWS);
    private final JsonNode examples = examples();
    private final boolean logins;

    private OpenApi(boolean logins) {
        this.logins = logins;
    }

    /** The document, ready to be written as JSON. */
    static Map<String, Object> document(List<Route> routes, String version, boolean logins) {
        return new OpenApi(logins).write(routes, version);
    }

    private Map<String, Object> write(List<Route> routes, String version) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("openapi", "3.1.1");
        document.put(
                "info",
                Map.of(
                        "title",
                        "Prime Spark",
                        "version",
                        version,
                        "description",
                        ABOUT,
                        "license",
                        Map.of("name", "Apache 2.0", "identifier", "Apache-2.0")));
        document.put("servers", List.of(Map.of("url", "/")));
        Map<String, Map<String, Object>> paths = new LinkedHashMap<>();
        for (Route route : routes) {
            paths.computeIfAbsent(route.template(), path -> new LinkedHashMap<>())
                    .put(route.method().name().toLowerCase(Locale.ROOT), operation(route));
        }
        document.put("paths", paths);
        document.put(
                "tags",
                routes.stream()
                        .map(Route::tag)
                        .distinct()
                        .map(tag -> Map.of("name", tag))
                        .toList());
        Map<String, Object> components = new LinkedHashMap<>();
        components.put("schemas", all());
        if (logins) {
            components.put(
                    "securitySchemes",
                    Map.of(
                            BEARER,
                            Map.of(
                                    "type", "http",
                                    "scheme", "bearer",
                                    "bearerFormat", "JWT",
                                    "description", "The access_token of POST /api/auth/login.")));
        }
        document.put("components", components);
        return document;
    }

    private Map<String, Object> all() {
        Map<String, Object> all = new TreeMap<>(schemas.named());
        all.put("Problem", problem());
        return all;
    }

    private Map<String, Object> operation(Route route) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("operationId", id(route));
        operation.put("tags", List.of(route.tag()));
        operation.put("summary", route.summary());
        operation.put("description", who(route));
        if (logins && route.access() != Access.OPEN) {
            operation.put("security", List.of(Map.of(BEARER, List.of())));
        }
        if (!route.parameters().isEmpty()) {
            operation.put(
                    "parameters",
                    route.parameters().stream().map(this::parameter).toList());
        }
        route.body().ifPresent(body -> operation.put("requestBody", body(route, body)));
        operation.put("responses", responses(route));
        return operation;
    }

    private String who(Route route) {
        if (route.access() == Access.OPEN || !logins) {
            return "Open to everybody.";
        }
        String needs = route.permission()
                .map(p -> "; needs the permission `" + p + "`")
                .orElse("");
        return (route.access() == Access.ADMIN ? "For administrators" : "For users") + needs + ".";
    }

    /** {@code DELETE /api/memory/{key}} is deleteMemoryByKey. */
    private static String id(Route route) {
        StringBuilder id = new StringBuilder(route.method().name().toLowerCase(Locale.ROOT));
        for (String segment : route.template().split("/", -1)) {
            if (segment.startsWith("{")) {
                id.append("By").append(camel(segment.substring(1, segment.length() - 1)));
            } else if (!segment.equals("api")) {
                id.append(camel(segment));
            }
        }
        return id.toString();
    }

    private static String camel(String words) {
        StringBuilder camel = new StringBuilder();
        for (String word : words.split("[^A-Za-z0-9]+", -1)) {
            if (!word.isEmpty()) {
                camel.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
            }
        }
        return camel.toString();
    }

    /** A schema of a field, in which a class stands for the schema of its JSON. */
    private Object resolved(Object part) {
        if (part instanceof Type type) {
            return schemas.taken(type);
        }
        if (part instanceof Map<?, ?> map) {
            Map<Object, Object> all = new LinkedHashMap<>();
            map.forEach((name, value) -> all.put(name, resolved(value)));
            return all;
        }
        if (part instanceof List<?> list) {
            return list.stream().map(this::resolved).toList();
        }
        return part;
    }

    private Map<String, Object> parameter(Route.Parameter parameter) {
        Field<?> field = parameter.field();
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("name", field.name());
        described.put("in", parameter.in().name().toLowerCase(Locale.ROOT));
        described.put("description", field.about());
        described.put("required", field.required());
        described.put("schema", resolved(field.schema()));
        return described;
    }

    private Map<String, Object> body(Route route, Route.Content body) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("schema", body.type().equals(Route.JSON) ? fields(route, body.fields()) : Map.of());
        Optional<JsonNode> example = example(route, "request");
        example.ifPresent(value -> content.put("example", value));
        return Map.of("required", true, "content", Map.of(body.type(), content));
    }

    private Map<String, Object> fields(Route route, List<Field<?>> fields) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (Field<?> field : fields) {
            Map<String, Object> schema = new LinkedHashMap<>();
            field.schema().forEach((name, value) -> schema.put(name, resolved(value)));
            schema.put("description", field.about());
            properties.put(field.name(), schema);
        }
        List<String> required =
                fields.stream().filter(Field::required).map(Field::name).toList();
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("type", "object");
        object.put("properties", properties);
        if (!required.isEmpty()) {
            object.put("required", required);
        }
        object.put("additionalProperties", OpenAiErrors.speaks(route.path()));
        return object;
    }

    /** What is declared, and what goes without saying. */
    private Map<String, Object> responses(Route route) {
        Map<Integer, List<Route.Answer>> answers = new TreeMap<>();
        route.answers()
                .forEach(a -> answers.computeIfAbsent(a.status(), status -> new ArrayList<>())
                        .add(a));
        implied(route)
                .forEach((status, about) -> answers.computeIfAbsent(status, s -> new ArrayList<>())
                        .add(new Route.Answer(status, Problem.CONTENT_TYPE, null, about)));
        Map<String, Object> responses = new LinkedHashMap<>();
        answers.forEach((status, all) -> responses.put(String.valueOf(status), response(route, all)));
        return responses;
    }

    private Map<Integer, String> implied(Route route) {
        Map<Integer, String> implied = new TreeMap<>();
        boolean sends = route.body().isPresent();
        if (sends || !route.parameters().isEmpty()) {
            implied.put(400, "`malformed-json`, `invalid-body` or `invalid-parameter`: `errors` names each mistake");
        }
        if (logins && route.access() != Access.OPEN) {
            implied.put(401, "`unauthorized` or `token-…`: log in");
            if (route.permission().isPresent()) {
                implied.put(403, "`forbidden`: the permission is missing");
            }
        }
        if (sends) {
            implied.put(413, "`content-too-large`: over the server's limit");
            implied.put(415, "`unsupported-media-type`");
        }
        implied.put(429, "`rate-limit` or `too-many-at-once`: see Retry-After");
        implied.put(500, "`unexpected`: the log has it under request_id");
        return implied;
    }

    private Map<String, Object> response(Route route, List<Route.Answer> answers) {
        Map<String, Object> content = new LinkedHashMap<>();
        List<String> about = new ArrayList<>();
        for (Route.Answer answer : answers) {
            about.add(answer.about());
            String type = type(route, answer);
            if (!type.isEmpty()) {
                content.computeIfAbsent(type, t -> content(route, answer));
            }
        }
        int status = answers.get(0).status();
        if (status == 400 && OpenAiErrors.speaks(route.path()) && route.path().contains("<")) {
            about.add("`unreadable`: the path is none, which is told before anybody knows whose it is");
            content.put(Problem.CONTENT_TYPE, Map.of("schema", PROBLEM));
        }
        Map<String, Object> response = new LinkedHashMap<>();
        response.put("description", String.join("; ", about));
        if (status == 429 || status == 503) {
            response.put(
                    "headers",
                    Map.of(
                            "Retry-After",
                            Map.of(
                                    "description",
                                    "Seconds to wait, where that is known.",
                                    "schema",
                                    Map.of("type", "integer"))));
        }
        if (!content.isEmpty()) {
            response.put("content", content);
        }
        return response;
    }

    private static String type(Route route, Route.Answer answer) {
        boolean openAi = answer.type().equals(Problem.CONTENT_TYPE) && OpenAiErrors.speaks(route.path());
        return openAi ? Route.JSON : answer.type();
    }

    private Map<String, Object> content(Route route, Route.Answer answer) {
        if (answer.type().equals(Problem.CONTENT_TYPE)) {
            return Map.of(
                    "schema", OpenAiErrors.speaks(route.path()) ? schemas.of(OpenAiErrors.Answer.class) : PROBLEM);
        }
        Map<String, Object> content = new LinkedHashMap<>();
        if (answer.type().equals(Route.EVENTS)) { // OpenAPI 3.1 has no words for what the events are
            content.put("schema", Map.of("type", "string"));
            if (answer.schema() != null) {
                content.put("x-event-data", schemas.of(answer.schema()));
            }
        } else if (answer.schema() != null) {
            content.put("schema", schemas.of(answer.schema()));
            example(route, "answer").ifPresent(value -> content.put("example", value));
        }
        return content;
    }

    private static Map<String, Object> problem() {
        Map<String, Object> text = Map.of("type", "string");
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put(
                "type",
                Map.of("type", "string", "description", "For programs: " + Problem.TYPES + " and a stable name."));
        properties.put("title", text);
        properties.put("status", Map.of("type", "integer"));
        properties.put(
                "detail",
                Map.of("type", "string", "description", "For people: what is wrong, and what to do about it."));
        properties.put("instance", Map.of("type", "string", "description", "The path that was asked for."));
        properties.put("request_id", Map.of("type", "string", "description", "Under which the log has the request."));
        properties.put(
                "errors",
                Map.of(
                        "type", "array",
                        "description", "Each field that breaks a rule.",
                        "items", Map.of("type", "object", "properties", Map.of("field", text, "detail", text))));
        return Map.of(
                "type",
                "object",
                "description",
                "Problem details (RFC 9457).",
                "properties",
                properties,
                "required",
                List.of("type", "title", "status", "detail", "request_id"));
    }

    private Optional<JsonNode> example(Route route, String which) {
        return Optional.ofNullable(
                examples.path(route.method().name() + " " + route.template()).get(which));
    }

    private static JsonNode examples() {
        try (InputStream file = OpenApi.class.getResourceAsStream("/openapi-examples.json")) {
            return Json.MAPPER.readTree(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

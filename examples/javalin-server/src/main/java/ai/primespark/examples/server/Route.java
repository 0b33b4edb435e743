package ai.primespark.examples.server;

import ai.primespark.auth.Permission;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import io.javalin.router.EndpointMetadata;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call of the API, declared once: what serves it, who may make it, what it takes and what it answers. Javalin carries the
 * declaration with the endpoint, so that filters find it by {@link #of(Context)}; the OpenAPI document is written from it.
 *
 * <p>Not declared, because it follows: 400 where there is something to send, 401 and 403 where the route is not open, 413 and
 * 415 where there is a body, and 500.
 *
 * @param method of HTTP
 * @param path as Javalin writes it: {@code {id}} is one segment, {@code <key>} may hold slashes
 * @param access who may call it
 * @param permission what else they need; empty for an open route, and where it is enough to be logged in
 * @param summary one sentence
 * @param parameters in path, query and headers
 * @param body what is sent; empty for nothing
 * @param answers what comes back, by status
 * @param handler serves it
 */
record Route(
        HandlerType method,
        String path,
        Access access,
        Optional<Permission> permission,
        String summary,
        List<Parameter> parameters,
        Optional<Content> body,
        List<Answer> answers,
        Handler handler)
        implements EndpointMetadata {

    static final String JSON = "application/json";
    static final String EVENTS = "text/event-stream";
    static final String BYTES = "application/octet-stream";

    /** Where a parameter stands. */
    enum In {
        PATH,
        QUERY,
        HEADER
    }

    /** A parameter. What is in no declared one is ignored. */
    record Parameter(In in, Field<?> field) {}

    /**
     * What is sent. JSON is an object with these fields and no others, of the size that the server's limit allows; anything else
     * has no fields, is read as a stream, and has no limit but those of the storage.
     *
     * @param type its media type
     * @param fields of a JSON object
     */
    record Content(String type, List<Field<?>> fields) {}

    /**
     * What comes back.
     *
     * @param status of HTTP
     * @param type its media type; empty when there is no content
     * @param schema the Java type whose JSON it is, or of the events that are no text pieces; null where JSON is not what comes
     * @param about one sentence
     */
    record Answer(int status, String type, @Nullable Type schema, String about) {}

    static Builder get(String path) {
        return new Builder(HandlerType.GET, path);
    }

    static Builder post(String path) {
        return new Builder(HandlerType.POST, path);
    }

    static Builder delete(String path) {
        return new Builder(HandlerType.DELETE, path);
    }

    static Builder of(HandlerType method, String path) {
        return new Builder(method, path);
    }

    /**
     * The route that a request has matched.
     *
     * @throws IllegalStateException outside of a handler of a route
     */
    static Route of(Context ctx) {
        return find(ctx).orElseThrow(() -> new IllegalStateException("no declared route serves this request"));
    }

    /** The route that a request has matched; empty for no path of the API, and for what was not declared as a route. */
    static Optional<Route> find(Context ctx) {
        return Optional.ofNullable(ctx.endpoints().matchedHttpEndpoint())
                .map(endpoint -> endpoint.metadata(Route.class));
    }

    /** The first of two routes that match a path wins. */
    void addTo(RoutesConfig routes) {
        routes.addEndpoint(new Endpoint(method, path, handler).withMetadata(this));
    }

    /** The path as OpenAPI writes it. */
    String template() {
        return path.replace('<', '{').replace('>', '}');
    }

    /** What routes that belong together share: {@code llm} for {@code /api/llm/models}. */
    String tag() {
        String[] segments = path.split("/", -1);
        if (segments[1].equals(".well-known")) { // whose keys belong to the logins
            return "auth";
        }
        return segments.length > 2 && segments[1].equals("api") ? segments[2] : segments[1];
    }

    /** Collects a declaration. Not thread-safe. */
    static final class Builder {

        private final HandlerType method;
        private final String path;
        private Access access = Access.ADMIN;
        private @Nullable Permission permission = Permission.ALL;
        private String summary = "";
        private final List<Parameter> parameters = new ArrayList<>();
        private @Nullable Content body;
        private final List<Answer> answers = new ArrayList<>();

        private Builder(HandlerType method, String path) {
            this.method = method;
            this.path = path;
        }

        /** For everybody. Without a word on who may call it, a route is for those who may do everything. */
        Builder open() {
            access = Access.OPEN;
            permission = null;
            return this;
        }

        /** For whoever is logged in. */
        Builder user() {
            access = Access.USER;
            permission = null;
            return this;
        }

        /** For users with a permission {@code area:read} or {@code area:write}. */
        Builder user(String needed) {
            access = Access.USER;
            permission = Permission.parse(needed);
            return this;
        }

        /** For administrators, by a permission that users do not have. */
        Builder admin(String needed) {
            access = Access.ADMIN;
            permission = Permission.parse(needed);
            return this;
        }

        Builder summary(String sentence) {
            summary = sentence;
            return this;
        }

        Builder path(Field<?> field) {
            parameters.add(new Parameter(In.PATH, field.needed()));
            return this;
        }

        Builder query(Field<?>... fields) {
            return parameters(In.QUERY, fields);
        }

        Builder header(Field<?>... fields) {
            return parameters(In.HEADER, fields);
        }

        private Builder parameters(In in, Field<?>... fields) {
            for (Field<?> field : fields) {
                parameters.add(new Parameter(in, field));
            }
            return this;
        }

        Builder json(List<Field<?>> fields) {
            body = new Content(JSON, List.copyOf(fields));
            return this;
        }

        Builder json(Field<?>... fields) {
            return json(List.of(fields));
        }

        /** The body is bytes, which the handler reads as a stream. */
        Builder stream(String type) {
            body = new Content(type, List.of());
            return this;
        }

        Builder answers(int status, Type schema, String about) {
            return answers(status, JSON, schema, about);
        }

        Builder answers(int status, String type, @Nullable Type schema, String about) {
            answers.add(new Answer(status, type, schema, about));
            return this;
        }

        /** Problem details; several types of one status are several problems. */
        Builder problem(int status, String type, String about) {
            return answers(status, Problem.CONTENT_TYPE, null, "`" + type + "`: " + about);
        }

        Route to(Handler handler) {
            return new Route(
                    method,
                    path,
                    access,
                    Optional.ofNullable(permission),
                    summary,
                    List.copyOf(parameters),
                    Optional.ofNullable(body),
                    answers.stream()
                            .sorted(Comparator.comparingInt(Answer::status))
                            .toList(),
                    handler);
        }
    }
}

package ai.primespark.examples.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.javalin.http.ContentTooLargeResponse;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.http.servlet.MaxRequestSize;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a client sent, checked and read by the declaration of its {@link Route}. All mistakes are told at once; a field of the
 * body that the route does not have is one. Not thread-safe.
 */
final class Input {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** One small body can break a rule a hundred thousand times. */
    private static final int MOST_ERRORS = 20;

    private static final int LONGEST_NAME = 100;

    /** What is kept in memory of somebody who has not said who they are, in bytes: a login or a refresh token, and room to spare. */
    private static final long STRANGERS_BODY = 16 << 10;

    private final Map<String, Object> values = new HashMap<>();
    private final List<Map<String, String>> errors = new ArrayList<>();

    private Input() {}

    /**
     * Reads parameters and, if it is JSON, the body.
     *
     * @throws Problem when something is wrong with them
     */
    static Input of(Context ctx) {
        Route route = Route.of(ctx);
        Input input = new Input();
        route.parameters().forEach(parameter -> input.parameter(parameter, ctx));
        input.check("invalid-parameter", "parameters");
        route.body().ifPresent(content -> {
            expect(content.type(), ctx);
            if (content.type().equals(Route.JSON)) {
                input.body(object(ctx), content.fields());
            }
        });
        return input;
    }

    private void parameter(Route.Parameter parameter, Context ctx) {
        Field<?> field = parameter.field();
        String text = switch (parameter.in()) {
            case PATH -> ctx.pathParam(field.name());
            case QUERY -> given(ctx.queryParam(field.name()));
            case HEADER -> ctx.header(field.name());
        };
        read(field, text == null ? null : node(text, field));
    }

    /** Forms and clients send what was left empty as {@code cursor=}: it counts as not given. */
    private static @Nullable String given(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    /** Parameters are texts; what is to be a number or a boolean is looked at as JSON. */
    private static JsonNode node(String text, Field<?> field) {
        if (!"string".equals(field.schema().get("type")) && text.matches("-?[0-9]{1,19}|true|false")) {
            try {
                return JSON.readTree(text);
            } catch (JsonProcessingException e) {
                return TextNode.valueOf(text); // such as 007
            }
        }
        return TextNode.valueOf(text);
    }

    static void expect(String expected, Context ctx) {
        String type = ctx.contentType();
        // bytes may be called anything: what an object is, is its owner's business
        if (!expected.equals(Route.BYTES) && !matches(expected, type)) {
            throw new Problem(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "unsupported-media-type",
                    "send " + expected + ", and say so in the header Content-Type");
        }
    }

    private static boolean matches(String expected, @Nullable String type) {
        return type != null && type.split(";", 2)[0].strip().equalsIgnoreCase(expected);
    }

    /** The JSON object that was sent. */
    static JsonNode object(Context ctx) {
        try {
            JsonNode node = JSON.readTree(bytes(ctx));
            if (node.isObject()) {
                return node;
            }
            throw malformed("the body must be a JSON object");
        } catch (JsonProcessingException e) { // its message quotes the body
            var at = e.getLocation();
            throw malformed("the body is not JSON"
                    + (at == null ? "" : ": see line " + at.getLineNr() + ", column " + at.getColumnNr()));
        } catch (IOException e) {
            throw malformed("the body cannot be read");
        }
    }

    private static byte[] bytes(Context ctx) {
        long most = ctx.appData(MaxRequestSize.INSTANCE.getMaxRequestSizeKey());
        if (Route.of(ctx).access() == Access.OPEN) {
            most = Math.min(STRANGERS_BODY, most);
        }
        if (ctx.req().getContentLengthLong() > most) { // before it comes
            throw new ContentTooLargeResponse();
        }
        return MaxRequestSize.INSTANCE.readBytesWithLimit(ctx.bodyInputStream(), most);
    }

    /**
     * Reads what is left of a body that is refused, unless it is much. A connection that is closed while the client still sends is
     * reset, and with it goes the answer that says why (RFC 9112, section 9.6).
     *
     * @return whether nothing is left
     */
    static boolean discardRest(Context ctx) {
        long most = ctx.appData(MaxRequestSize.INSTANCE.getMaxRequestSizeKey());
        boolean waits = ctx.header("Expect") != null; // for a word before it sends anything
        if (waits || ctx.req().getContentLengthLong() - most > most) {
            return false;
        }
        byte[] buffer = new byte[8_192];
        try {
            InputStream body = ctx.bodyInputStream();
            int read = 0;
            for (long rest = most; rest > 0 && read >= 0; rest -= read) {
                read = body.read(buffer);
            }
            return read < 0;
        } catch (IOException e) { // nobody is there any more
            return false;
        }
    }

    private static Problem malformed(String detail) {
        return new Problem(HttpStatus.BAD_REQUEST, "malformed-json", detail);
    }

    private void body(JsonNode object, List<Field<?>> fields) {
        fields.forEach(field -> read(field, object.get(field.name())));
        object.fieldNames().forEachRemaining(name -> {
            if (!isFull() && fields.stream().noneMatch(field -> field.name().equals(name))) {
                List<String> known = fields.stream().map(Field::name).sorted().toList();
                error(name, "is not a field of this call; the fields are " + known);
            }
        });
        check("invalid-body", "body");
    }

    private void read(Field<?> field, @Nullable JsonNode node) {
        if (node == null || node.isNull()) {
            if (field.required()) {
                error(field.name(), "is required");
            }
            return;
        }
        try {
            field.read(node)
                    .ifPresentOrElse(value -> values.put(field.name(), value), () -> error(field.name(), field.rule()));
        } catch (Field.Wrong e) {
            error(field.name() + e.place(), String.valueOf(e.getMessage()));
        }
    }

    private boolean isFull() {
        return errors.size() >= MOST_ERRORS;
    }

    private void error(String field, String rule) {
        if (!isFull()) {
            String name = field.length() > LONGEST_NAME ? field.substring(0, LONGEST_NAME) + "…" : field;
            errors.add(Map.of("field", name, "detail", rule));
        }
    }

    private void check(String type, String what) {
        if (!errors.isEmpty()) {
            throw Problem.invalid(
                    type,
                    "the " + what + (what.endsWith("s") ? " break" : " breaks") + " the rules listed in errors",
                    errors);
        }
    }

    /** The value of an optional field of the route. */
    <T> Optional<T> get(Field<T> field) {
        @SuppressWarnings("unchecked") // put there by this field's parser: a route has each name once
        T value = (T) values.get(field.name());
        return Optional.ofNullable(value);
    }

    /** The value of a field that the route requires. */
    <T> T need(Field<T> field) {
        return get(field).orElseThrow(() -> new IllegalStateException(field.name() + " is not declared as required"));
    }
}

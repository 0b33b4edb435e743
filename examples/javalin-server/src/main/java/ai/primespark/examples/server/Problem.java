package ai.primespark.examples.server;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A failure as the client sees it: problem details of RFC 9457. */
final class Problem extends RuntimeException {

    static final String CONTENT_TYPE = "application/problem+json";

    /** What every type begins with. */
    static final String TYPES = "urn:primespark:problem:";

    private static final long serialVersionUID = 1L;

    private final HttpStatus status;
    private final String type;
    private final transient Map<String, Object> members = new LinkedHashMap<>();
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    /**
     * A problem.
     *
     * @param type stable name for programs
     * @param detail for people: what is wrong and what to do about it
     */
    Problem(HttpStatus status, String type, String detail) {
        super(detail, null, false, false);
        this.status = status;
        this.type = type;
    }

    static Problem invalid(String type, String detail, List<Map<String, String>> errors) {
        return new Problem(HttpStatus.BAD_REQUEST, type, detail).with("errors", errors);
    }

    /** A rule that only shows when the library is asked. */
    static Problem invalid(String field, String rule) {
        return invalid(
                "invalid-body",
                "the body breaks the rules listed in errors",
                List.of(Map.of("field", field, "detail", rule)));
    }

    /** The same for what stands in path, query or headers. */
    static Problem parameter(String name, String rule) {
        return invalid(
                "invalid-parameter",
                "the parameters break the rules listed in errors",
                List.of(Map.of("field", name, "detail", rule)));
    }

    Problem with(String member, Object value) {
        members.put(member, value);
        return this;
    }

    Problem header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    HttpStatus status() {
        return status;
    }

    /** What RFC 9457 wants in the body. */
    Map<String, Object> body(Context ctx) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", TYPES + type);
        body.put("title", status.getMessage());
        body.put("status", status.getCode());
        body.put("detail", String.valueOf(getMessage()));
        body.put("instance", ctx.req().getRequestURI());
        body.put("request_id", RequestLog.id(ctx));
        body.putAll(members);
        return body;
    }

    /** The same in OpenAI's words. */
    OpenAiErrors.Answer openAi() {
        if (members.get("errors") instanceof List<?> errors && errors.get(0) instanceof Map<?, ?> first) {
            return OpenAiErrors.body(
                    status, type, String.valueOf(first.get("detail")), String.valueOf(first.get("field")));
        }
        return OpenAiErrors.body(status, type, String.valueOf(getMessage()), null);
    }

    /** Answers in the words that the path's clients know. */
    void answer(Context ctx) {
        headers.forEach(ctx::header);
        if (status == HttpStatus.CONTENT_TOO_LARGE && !Input.discardRest(ctx)) {
            ctx.header("Connection", "close"); // else the client would use it again
        }
        ctx.status(status);
        if (OpenAiErrors.speaks(ctx.path())) {
            RequestLog.id(ctx);
            ctx.json(openAi());
        } else {
            ctx.json(body(ctx)).contentType(CONTENT_TYPE);
        }
    }

    /** A time as the header Retry-After has it: whole seconds, none too few. */
    static String seconds(Duration wait) {
        return String.valueOf(Math.max(1, wait.plusMillis(999).toSeconds()));
    }
}

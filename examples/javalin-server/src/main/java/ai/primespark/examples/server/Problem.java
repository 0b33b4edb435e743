package ai.primespark.examples.server;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A failure as the client sees it: problem details of RFC 9457. */
final class Problem extends RuntimeException {

    static final String CONTENT_TYPE = "application/problem+json";

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

    static Problem invalid(List<Map<String, String>> errors) {
        return new Problem(HttpStatus.BAD_REQUEST, "invalid-body", "the body breaks the rules listed in errors")
                .with("errors", errors);
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
        body.put("type", "urn:primespark:problem:" + type);
        body.put("title", status.getMessage());
        body.put("status", status.getCode());
        body.put("detail", String.valueOf(getMessage()));
        body.put("instance", ctx.req().getRequestURI());
        body.put("request_id", RequestLog.id(ctx));
        body.putAll(members);
        return body;
    }

    void answer(Context ctx) {
        headers.forEach(ctx::header);
        ctx.status(status).json(body(ctx)).contentType(CONTENT_TYPE);
    }
}

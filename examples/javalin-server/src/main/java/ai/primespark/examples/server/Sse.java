package ai.primespark.examples.server;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Writes Server-Sent Events (WHATWG HTML, section 9.2). Used by the request's own thread, which learns by the exception of a
 * write that the client has left. JSON has no raw line breaks, so one {@code data} line always does.
 */
final class Sse {

    private final Context ctx;
    private boolean begun;

    Sse(Context ctx) {
        this.ctx = ctx;
    }

    /** Whether the status is out, so that a failure can only be an event. */
    boolean begun() {
        return begun;
    }

    /** An event without a name. */
    void data(Object data) throws IOException {
        write("data: " + Json.text(data) + "\n\n");
    }

    void event(String name, Object data) throws IOException {
        write("event: " + name + "\ndata: " + Json.text(data) + "\n\n");
    }

    /** What clients skip; it keeps proxies from giving up, and shows whether the client is still there. */
    void comment(String text) throws IOException {
        write(": " + text + "\n\n");
    }

    /** Before the first event a failure is an answer of its own; afterwards the status is out, and it is the last event. */
    void fail(Throwable failure) throws IOException {
        Problem problem = Problems.of(failure, ctx);
        if (!begun) {
            throw problem;
        }
        event("error", problem.body(ctx));
    }

    private void write(String frame) throws IOException {
        if (!begun) {
            begun = true;
            ctx.status(HttpStatus.OK).contentType("text/event-stream; charset=utf-8");
            ctx.header("Cache-Control", "no-cache").header("X-Accel-Buffering", "no");
        }
        OutputStream out = ctx.res().getOutputStream();
        out.write(frame.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** What a class of events is called: {@code FailedOver} is {@code failed_over}. */
    static String name(Class<?> type) {
        return type.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }
}

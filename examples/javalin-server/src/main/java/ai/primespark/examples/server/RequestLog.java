package ai.primespark.examples.server;

import io.javalin.http.Context;
import io.javalin.router.Endpoint;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line a request, found again by the id that the client gave or got. Never a query, a body, or a key in a path. */
final class RequestLog {

    private static final Logger LOG = LoggerFactory.getLogger("ai.primespark.examples.server.access");
    private static final String HEADER = "X-Request-Id";
    private static final Pattern GOOD_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private RequestLog() {}

    /** The client's id if it is harmless, else a new one; echoed in the answer. */
    static String id(Context ctx) {
        return ctx.attributeOrCompute(HEADER, c -> {
            String given = c.header(HEADER);
            String id = given != null && GOOD_ID.matcher(given).matches()
                    ? given
                    : UUID.randomUUID().toString();
            c.header(HEADER, id);
            return id;
        });
    }

    static void line(Context ctx, Float millis) {
        Endpoint matched = ctx.endpoints().matchedHttpEndpoint();
        LOG.info(
                "{} {} {} {} ms {}",
                ctx.method(),
                matched == null ? "(no such path)" : matched.path,
                ctx.statusCode(),
                Math.round(millis),
                id(ctx));
    }
}

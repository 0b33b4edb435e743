package ai.primespark.examples.server;

import ai.primespark.auth.AuthPrincipal;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line a request, found again by the id that the client gave or got. Never a query, a body, or a key in a path. In JSON each part is
 * a field of its own, too.
 */
final class RequestLog {

    static final String NO_PATH = "(no such path)";

    private static final Logger LOG = LoggerFactory.getLogger("ai.primespark.examples.server.access");
    private static final String HEADER = "X-Request-Id";
    private static final Set<HandlerType> METHODS = Set.copyOf(HandlerType.commonHttp());
    private static final Pattern GOOD_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private RequestLog() {}

    /** The client's id if it is harmless, else a new one; echoed in the answer. */
    static String id(Context ctx) {
        return ctx.attributeOrCompute(HEADER, c -> {
            String id = id(c.header(HEADER));
            c.header(HEADER, id);
            return id;
        });
    }

    /** The same for what is answered before any route is looked for. */
    static String id(Request request, Response response) {
        String id = id(request.getHeaders().get(HEADER));
        response.getHeaders().put(HEADER, id);
        return id;
    }

    private static String id(@Nullable String given) {
        return given != null && GOOD_ID.matcher(given).matches() ? given : newId();
    }

    /** Unique is enough: nothing is opened by knowing an id, and all requests would wait for one secure source. */
    private static String newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long version4 = random.nextLong() & ~0xF000L | 0x4000L; // RFC 9562, section 5.4
        return new UUID(version4, random.nextLong() >>> 2 | Long.MIN_VALUE).toString();
    }

    /** The declared path that a request matched. */
    static String route(Context ctx) {
        Endpoint matched = ctx.endpoints().matchedHttpEndpoint();
        return matched == null ? NO_PATH : matched.path;
    }

    /** A request's method; anybody can make up others, and each would be a word of its own in logs and meters. */
    static String method(Context ctx) {
        return METHODS.contains(ctx.method()) ? ctx.method().name() : "OTHER";
    }

    static void line(Context ctx, Float millis) {
        if (!LOG.isInfoEnabled()) {
            return;
        }
        String source = ctx.ip();
        String user = Guard.principal(ctx).map(AuthPrincipal::username).orElse("-");
        String method = method(ctx);
        String route = route(ctx);
        int status = ctx.statusCode();
        int ms = Math.round(millis);
        String id = id(ctx);
        LOG.atInfo()
                .addKeyValue("source", source)
                .addKeyValue("user", user)
                .addKeyValue("method", method)
                .addKeyValue("route", route)
                .addKeyValue("status", status)
                .addKeyValue("ms", ms)
                .addKeyValue("request_id", id)
                .log(source + ' ' + user + ' ' + method + ' ' + route + ' ' + status + ' ' + ms + " ms " + id);
    }
}

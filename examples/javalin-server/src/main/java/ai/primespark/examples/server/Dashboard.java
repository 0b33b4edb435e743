package ai.primespark.examples.server;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import io.javalin.http.NotFoundResponse;
import io.javalin.router.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The page for people at {@code /}: files of the class path that call the API like any other client. They hold nothing secret, so everybody
 * gets them. Javalin's own files from a jar cost 30 MB, because it is opened as a file system and stays so.
 */
final class Dashboard {

    /** Where the files are. */
    static final String FOLDER = "/dashboard";

    private static final String HOME = "/index.html";
    private static final Pattern NAME = Pattern.compile("(?:/[a-z0-9-]{1,40}){1,4}\\.([a-z]{2,4})");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "json", "application/manifest+json",
            "svg", "image/svg+xml");

    /** What the page must know before anybody has logged in. */
    record Server(boolean logins) {}

    private record File(byte[] bytes, String type, String tag) {}

    /** As many as there are files. */
    private final Map<String, File> known = new ConcurrentHashMap<>();

    private Dashboard() {}

    static void addTo(RoutesConfig routes, boolean logins) {
        Dashboard dashboard = new Dashboard();
        dashboard.serve(routes, "/", HOME);
        dashboard.serve(routes, "/ui/<file>", null);
        Route.get("/dashboard.json")
                .open()
                .to(ctx -> ctx.header("Cache-Control", "no-store").json(new Server(logins)))
                .addTo(routes);
    }

    private void serve(RoutesConfig routes, String path, @Nullable String file) {
        Route route = Route.get(path).open().to(ctx -> answer(ctx, file == null ? ctx.path() : file));
        route.addTo(routes);
        routes.addEndpoint(new Endpoint(HandlerType.HEAD, path, route.handler()).withMetadata(route));
    }

    /** With a new version come new files under the same names: browsers ask, and are told that nothing has changed. */
    private void answer(Context ctx, String name) {
        File file = find(name).orElseThrow(NotFoundResponse::new);
        ctx.header("Cache-Control", "no-cache").header("ETag", file.tag);
        if (file.tag.equals(ctx.header("If-None-Match"))) {
            ctx.status(HttpStatus.NOT_MODIFIED);
        } else {
            ctx.contentType(file.type).result(file.bytes);
        }
    }

    private Optional<File> find(String name) {
        Matcher parts = NAME.matcher(name);
        return parts.matches() && TYPES.containsKey(parts.group(1))
                ? Optional.ofNullable(known.computeIfAbsent(name, n -> read(n, TYPES.get(parts.group(1)))))
                : Optional.empty();
    }

    private static @Nullable File read(String name, String type) {
        try (InputStream in = Dashboard.class.getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                return null;
            }
            byte[] bytes = in.readAllBytes();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new File(bytes, type, '"' + HexFormat.of().formatHex(digest, 0, 16) + '"');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}

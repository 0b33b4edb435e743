package ai.primespark.examples.server;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The interactive page of the API: Swagger UI from its own jar, so that it works without the Internet. */
final class DocsPage {

    /** Without the character set browsers take the script for windows-1252 and refuse it. */
    private static final String PAGE = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Prime Spark API</title>
            <link rel="stylesheet" href="/docs/swagger-ui.css">
            <link rel="icon" href="/docs/favicon-32x32.png">
            </head>
            <body>
            <div id="swagger-ui"></div>
            <script src="/docs/swagger-ui-bundle.js" charset="utf-8"></script>
            <script src="/docs/start.js"></script>
            </body>
            </html>
            """;

    private static final String START = """
            window.ui = SwaggerUIBundle({
              url: "/openapi.json",
              dom_id: "#swagger-ui",
              deepLinking: true,
              displayRequestDuration: true,
              persistAuthorization: false,
              validatorUrl: null
            });
            """;

    private static final Map<String, String> FILES = Map.of(
            "swagger-ui.css", "text/css; charset=utf-8",
            "swagger-ui-bundle.js", "text/javascript; charset=utf-8",
            "favicon-32x32.png", "image/png");

    private final Supplier<Map<String, Object>> written;
    private volatile @Nullable String document;
    private final String folder = "/META-INF/resources/webjars/swagger-ui/" + version() + "/";

    /** The document is written when it is asked for, because that takes longer than starting should. */
    DocsPage(Supplier<Map<String, Object>> written) {
        this.written = written;
    }

    void addTo(RoutesConfig routes) {
        open(routes, "/openapi.json", ctx -> ctx.result(document()).contentType("application/json"));
        open(routes, "/docs", ctx -> ctx.html(PAGE));
        open(routes, "/docs/start.js", ctx -> ctx.result(START).contentType("text/javascript; charset=utf-8"));
        FILES.forEach((name, type) -> open(routes, "/docs/" + name, ctx -> file(ctx, name, type)));
    }

    private String document() {
        String known = document;
        if (known == null) {
            known = Json.text(written.get());
            document = known;
        }
        return known;
    }

    private static void open(RoutesConfig routes, String path, Handler handler) {
        Route.get(path).open().to(handler).addTo(routes);
    }

    private void file(Context ctx, String name, String type) {
        InputStream file = DocsPage.class.getResourceAsStream(folder + name);
        if (file == null) {
            throw new NotFoundResponse();
        }
        ctx.header("Cache-Control", "public, max-age=86400").result(file).contentType(type);
    }

    /** The jar's path holds its version. */
    private static String version() {
        Properties about = new Properties();
        try (InputStream file =
                DocsPage.class.getResourceAsStream("/META-INF/maven/org.webjars/swagger-ui/pom.properties")) {
            if (file != null) {
                about.load(file);
            }
        } catch (IOException e) {
            // then the files are not found, which is said
        }
        return about.getProperty("version", "missing");
    }
}

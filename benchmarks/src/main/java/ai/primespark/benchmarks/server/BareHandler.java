package ai.primespark.benchmarks.server;

import io.javalin.Javalin;
import java.util.Map;

/**
 * What the framework does by itself: reads JSON, writes JSON as long as an answer of the server's, and asks nobody who is calling. A
 * program of its own, with the server's jar for a class path, so that both run on the same framework.
 */
public final class BareHandler {

    private BareHandler() {}

    /**
     * Serves until it is killed, and prints its port.
     *
     * @param arguments how many characters an answer has
     */
    public static void main(String[] arguments) {
        Map<String, Object> answer = Map.of("response", "x".repeat(Integer.parseInt(arguments[0])));
        Javalin javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.concurrency.useVirtualThreads = Runtime.version().feature() >= 21; // as the server
            config.routes.get("/bare", ctx -> ctx.json(answer));
            config.routes.post("/bare", ctx -> {
                Map<?, ?> asked = ctx.bodyAsClass(Map.class);
                ctx.status(asked.isEmpty() ? 400 : 200).json(answer);
            });
        });
        System.out.println("port " + javalin.start("127.0.0.1", 0).port());
    }
}

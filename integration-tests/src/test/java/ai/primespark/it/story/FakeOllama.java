package ai.primespark.it.story;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/**
 * A server that speaks Ollama's protocol, for a process of its own that a test can kill. Arguments: the model's name, the words of
 * the answer, and after how many of them it falls silent for ever (-1 for never). Prints its port, then a line for each event.
 * All of them have the same model, unless a fourth argument gives its digest. The system property {@code fake.bind} says where it
 * listens, instead of on any port of the loopback.
 */
public final class FakeOllama {

    private static final String PROMPT = "<user>question<assistant>";

    private final String model;
    private final String[] words;
    private final int silentAfter;

    private FakeOllama(String model, String[] words, int silentAfter) {
        this.model = model;
        this.words = words;
        this.silentAfter = silentAfter;
    }

    public static void main(String[] args) throws IOException {
        FakeOllama ollama = new FakeOllama(args[0], args[1].split(" "), Integer.parseInt(args[2]));
        String[] bind = System.getProperty("fake.bind", "127.0.0.1:0").split(":", 2);
        HttpServer server = HttpServer.create(new InetSocketAddress(bind[0], Integer.parseInt(bind[1])), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        String digest = args.length > 3 ? args[3] : "d";
        server.createContext("/api/chat", ollama::chat);
        server.createContext("/api/generate", ollama::complete);
        server.createContext(
                "/api/tags",
                exchange -> ollama.json(
                        exchange,
                        "{\"models\":[{\"name\":\"%s\",\"model\":\"%s\",\"digest\":\"%s\",\"size\":1,\"capabilities\":[\"completion\"]}]}"
                                .formatted(args[0], args[0], digest)));
        server.createContext("/api/ps", exchange -> ollama.json(exchange, "{\"models\":[]}"));
        server.createContext("/api/version", exchange -> {
            System.out.println("asked for its state");
            ollama.json(exchange, "{\"version\":\"0.33.0\"}");
        });
        server.start();
        System.out.println("port " + server.getAddress().getPort());
    }

    private void chat(HttpExchange exchange) throws IOException {
        if (body(exchange).contains("\"_debug_render_only\":true")) {
            json(
                    exchange,
                    "{\"model\":\"%s\",\"message\":{\"role\":\"\",\"content\":\"\"},\"done\":false,\"_debug_info\":{\"rendered_template\":\"%s\"}}"
                            .formatted(model, PROMPT));
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "application/x-ndjson");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            for (int i = 0; i < words.length; i++) {
                if (i == silentAfter) {
                    out.flush();
                    System.out.println("silent");
                    new CountDownLatch(1).await();
                }
                line(
                        out,
                        "{\"model\":\"%s\",\"message\":{\"role\":\"assistant\",\"content\":\"%s \"},\"done\":false}"
                                .formatted(model, words[i]));
            }
            line(
                    out,
                    "{\"model\":\"%s\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":%d}"
                            .formatted(model, words.length));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Says what follows the text in the prompt. */
    private void complete(HttpExchange exchange) throws IOException {
        String body = body(exchange);
        int said = body.indexOf(PROMPT) + PROMPT.length();
        String text = body.substring(said, body.indexOf('"', said));
        System.out.println("completes '" + text + "'");
        exchange.getResponseHeaders().set("Content-Type", "application/x-ndjson");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            for (String word : String.join(" ", words).substring(text.length()).split("(?= )")) {
                line(out, "{\"model\":\"%s\",\"response\":\"%s\",\"done\":false}".formatted(model, word));
            }
            line(out, "{\"model\":\"%s\",\"response\":\"\",\"done\":true,\"done_reason\":\"stop\"}".formatted(model));
        }
    }

    private static String body(HttpExchange exchange) throws IOException {
        return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static void line(OutputStream out, String json) throws IOException {
        out.write((json + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private void json(HttpExchange exchange, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }
}

package ai.primespark.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Speaks as much of Ollama's protocol as the tests need, over real sockets; in a process of its own if a test wants to kill it. */
final class FakeOllama implements AutoCloseable {

    static final String MODEL = "llama3.2:1b";

    /** How a prompt is put to the model. */
    static final String PROMPT = "<user>x<assistant>";

    /** A question to which there is no model. */
    static final String PROBE = "probe";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Completed when an answer could not be written any more, because the caller had hung up. */
    final CompletableFuture<Void> hungUp = new CompletableFuture<>();

    /** What was asked, oldest first. */
    final BlockingQueue<JsonNode> asked = new LinkedBlockingQueue<>();

    /** Ends {@link #silent()}. */
    final CountDownLatch spoken = new CountDownLatch(1);

    private final CountDownLatch closed = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private volatile List<String> rest = List.of();
    private volatile Answer answer = tokens("Hello", " world");

    /** How a chat is answered. */
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    FakeOllama() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        Map<String, Object> model = Map.of(
                "name", MODEL, "model", MODEL, "size", 1321098329L, "digest", "baf6a787fdff", "details", Map.of());
        json("/api/version", Map.of("version", "0.12.3"));
        json("/api/tags", Map.of("models", List.of(model)));
        json("/api/ps", Map.of("models", List.of(model)));
        json(
                "/api/show",
                Map.of("capabilities", List.of("completion", "tools"), "details", Map.of(), "model_info", Map.of()));
        server.createContext("/api/chat", this::chat);
        server.createContext("/api/embed", this::embed);
        server.createContext("/api/pull", this::pull);
        server.createContext("/api/generate", this::complete);
        server.start();
    }

    /** Says the words given and is silent then, except to probes, for which it has no model. Prints its address. */
    public static void main(String[] words) {
        FakeOllama ollama = new FakeOllama();
        ollama.answers(ollama.silentAfter(words));
        System.out.println(ollama.url());
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    void answers(Answer newAnswer) {
        this.answer = newAnswer;
    }

    /** What it says when it is to go on with a text. */
    void goesOn(String... tokens) {
        this.rest = List.of(tokens);
    }

    static Answer tokens(String... tokens) {
        return exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/x-ndjson");
            exchange.sendResponseHeaders(200, 0);
            for (String token : tokens) {
                write(exchange, line(token));
            }
            write(
                    exchange,
                    Map.of(
                            "model",
                            MODEL,
                            "created_at",
                            "2026-01-01T00:00:00Z",
                            "done",
                            true,
                            "done_reason",
                            "stop",
                            "message",
                            Map.of("role", "assistant", "content", ""),
                            "prompt_eval_count",
                            7,
                            "eval_count",
                            tokens.length));
        };
    }

    /** Asks for a tool. */
    static Answer toolCall(String name, Map<String, Object> arguments) {
        return exchange -> {
            exchange.sendResponseHeaders(200, 0);
            Map<String, Object> call = Map.of("function", Map.of("name", name, "arguments", arguments));
            Map<String, Object> message = Map.of("role", "assistant", "content", "", "tool_calls", List.of(call));
            write(exchange, Map.of("model", MODEL, "done", false, "message", message));
            write(
                    exchange,
                    Map.of(
                            "model",
                            MODEL,
                            "done",
                            true,
                            "done_reason",
                            "stop",
                            "message",
                            Map.of("role", "assistant", "content", "")));
        };
    }

    static Answer failure(int status, String... header) {
        return exchange -> {
            if (header.length == 2) {
                exchange.getResponseHeaders().set(header[0], header[1]);
            }
            String error = status == 404 ? "model '" + MODEL + "' not found" : "the fake was told to fail";
            byte[] body = JSON.writeValueAsBytes(Map.of("error", error));
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        };
    }

    /** Goes on until the caller hangs up. */
    Answer endless() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 0);
            babble(exchange);
        };
    }

    /** Says nothing until told to, then goes on until the caller hangs up. */
    Answer silent() {
        return exchange -> {
            await(spoken);
            exchange.sendResponseHeaders(200, 0);
            babble(exchange);
        };
    }

    /** Two tokens with a wait for {@link #spoken} between them. */
    Answer halting() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 0);
            write(exchange, line("before"));
            await(spoken);
            write(exchange, line(" after"));
            write(exchange, Map.of("model", MODEL, "done", true, "done_reason", "stop"));
        };
    }

    /** Some tokens, and then nothing until the server is gone. */
    Answer silentAfter(String... tokens) {
        return exchange -> {
            exchange.sendResponseHeaders(200, 0);
            for (String token : tokens) {
                write(exchange, line(token));
            }
            await(new CountDownLatch(1)); // closing the server breaks the connection, and ends this only then
        };
    }

    /** One token, and then the connection breaks. */
    static Answer broken() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 0);
            write(exchange, line("half an"));
            throw new IOException("on purpose");
        };
    }

    private void babble(HttpExchange exchange) throws IOException {
        try {
            while (closed.getCount() > 0) {
                write(exchange, line("word "));
                closed.await(5, TimeUnit.MILLISECONDS);
            }
        } catch (IOException e) {
            hungUp.complete(null);
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IOException("nobody told the fake to speak");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static Map<String, Object> line(String token) {
        return Map.of(
                "model",
                MODEL,
                "created_at",
                "2026-01-01T00:00:00Z",
                "done",
                false,
                "message",
                Map.of("role", "assistant", "content", token));
    }

    private static void write(HttpExchange exchange, Object line) throws IOException {
        OutputStream out = exchange.getResponseBody();
        out.write((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private void chat(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode request = JSON.readTree(exchange.getRequestBody());
            asked.add(request);
            if (request.at("/messages/0/content").asText().equals(PROBE)) {
                failure(404).to(exchange);
            } else if (request.path("_debug_render_only").asBoolean()) {
                exchange.sendResponseHeaders(200, 0);
                write(
                        exchange,
                        Map.of("model", MODEL, "done", false, "_debug_info", Map.of("rendered_template", PROMPT)));
            } else {
                answer.to(exchange);
            }
        }
    }

    /** Goes on with a text by {@link #rest}. */
    private void complete(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode request = JSON.readTree(exchange.getRequestBody());
            asked.add(request);
            exchange.sendResponseHeaders(200, 0);
            for (String token : rest) {
                write(exchange, Map.of("model", MODEL, "response", token, "done", false));
            }
            write(exchange, Map.of("model", MODEL, "response", "", "done", true, "done_reason", "stop"));
        }
    }

    /** The vector of a text is its length. */
    private void embed(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode request = JSON.readTree(exchange.getRequestBody());
            asked.add(request);
            List<List<Double>> vectors = new ArrayList<>();
            request.get("input")
                    .forEach(text -> vectors.add(List.of((double) text.asText().length(), 1.0)));
            byte[] body = JSON.writeValueAsBytes(
                    Map.of("model", request.get("model"), "embeddings", vectors, "prompt_eval_count", 5));
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Goes on to say that it pulls, until it is told to speak or the caller hangs up; {@code unknown} is no model. */
    private void pull(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode request = JSON.readTree(exchange.getRequestBody());
            asked.add(request);
            exchange.sendResponseHeaders(200, 0);
            write(exchange, Map.of("status", "pulling manifest"));
            if (request.get("model").asText().startsWith("unknown")) {
                write(exchange, Map.of("error", "pull model manifest: file does not exist"));
                return;
            }
            do {
                write(exchange, Map.of("status", "pulling dd", "digest", "sha256:dd", "total", 100, "completed", 60));
            } while (!spoken.await(5, TimeUnit.MILLISECONDS));
            write(exchange, Map.of("status", "success"));
        } catch (IOException e) {
            hungUp.complete(null);
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void json(String path, Object body) {
        server.createContext(path, exchange -> {
            try (exchange) {
                byte[] bytes = JSON.writeValueAsBytes(body);
                exchange.getRequestBody().readAllBytes();
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
    }

    @Override
    public void close() {
        closed.countDown();
        spoken.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}

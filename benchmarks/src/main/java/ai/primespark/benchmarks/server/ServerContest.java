package ai.primespark.benchmarks.server;

import ai.primespark.benchmarks.Directories;
import ai.primespark.benchmarks.Table;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The packaged server over loopback: how many requests it answers beside a bare handler, what it takes when nobody asks, and whether it
 * stays the same when somebody asks all the time.
 */
public final class ServerContest {

    private static final Path JAR = Path.of("examples", "javalin-server", "target", "prime-spark-server.jar");
    private static final String MODEL = "llama3.2:1b";
    private static final String PASSWORD = "a sentence for measuring";
    private static final int CONNECTIONS = 256;
    private static final int ANSWER = 400;
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final int MOST_WARM_UPS = 18;
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("spark.load.seconds", 60));
    private static final Duration SOAK = Duration.ofMinutes(Long.getLong("spark.soak.minutes", 15));
    private static final double MEGABYTE = 1 << 20;
    private static final Pattern PORT = Pattern.compile("listening on http://127\\.0\\.0\\.1:(\\d+)");

    private final Path folder;
    private final Path jar;

    private ServerContest(Path folder, Path jar) {
        this.folder = folder;
        this.jar = jar;
    }

    /** What can be measured by itself. */
    public static List<String> names() {
        return List.of("load", "idle", "soak");
    }

    /**
     * Measures.
     *
     * @param parts some of {@link #names()}; none for all but the soak
     */
    public static void run(List<String> parts) throws Exception {
        Path jar = JAR.toAbsolutePath();
        if (!Files.isRegularFile(jar)) {
            throw new IOException(
                    jar + " is missing; build it: mvn -q -pl examples/javalin-server -am package -DskipTests");
        }
        Path folder = Directories.create();
        try {
            ServerContest contest = new ServerContest(folder, jar);
            for (String part : parts.isEmpty() ? List.of("load", "idle") : parts) {
                switch (part) {
                    case "load" -> contest.load();
                    case "idle" -> contest.idle();
                    default -> contest.soak();
                }
            }
        } finally {
            Directories.delete(folder);
        }
    }

    // --- load

    private void load() throws Exception {
        Load load = Load.best(folder);
        System.out.println("\n### The server beside a bare Javalin handler: " + CONNECTIONS
                + " connections on loopback for " + TIME.toSeconds() + " s each, by " + load.name() + "\n");
        Table table = new Table(
                "Call",
                "Requests/s",
                "p50 ms",
                "p99 ms",
                "Errors",
                "Threads before → after",
                "Live heap MB before → after",
                "Of bare");
        double bare;
        try (MeasuredProcess process = MeasuredProcess.java(
                Files.createDirectories(folder.resolve("bare")),
                Map.of(),
                List.of(
                        "-Xmx256m",
                        "-cp",
                        jar + ":" + ownClasses(),
                        BareHandler.class.getName(),
                        String.valueOf(ANSWER)))) {
            int port = Integer.parseInt(process.await(Pattern.compile("port (\\d+)")));
            Load.Call post = new Load.Call("POST", "/bare", Map.of("Content-Type", "application/json"), generate());
            measure(load, process, port, new Load.Call("GET", "/bare", Map.of(), ""), "bare GET", table, 0);
            bare = measure(load, process, port, post, "bare POST", table, 0);
        }
        double generated;
        try (Fake fake = new Fake();
                MeasuredProcess process = server("loaded", fake.url(), Map.of())) {
            int port = Integer.parseInt(process.await(PORT));
            Client client = new Client(port);
            client.logIn();
            client.post("/api/memory/set", "{\"key\": \"measured\", \"value\": \"" + "x".repeat(ANSWER) + "\"}");
            client.post("/api/llm/generate", generate());
            Map<String, String> headers = client.headers();
            measure(load, process, port, new Load.Call("GET", "/health", Map.of(), ""), "/health", table, bare);
            generated = measure(
                    load,
                    process,
                    port,
                    new Load.Call("POST", "/api/llm/generate", headers, generate()),
                    "cached generate, with login",
                    table,
                    bare);
            measure(
                    load,
                    process,
                    port,
                    new Load.Call("POST", "/api/memory/get", headers, "{\"key\": \"measured\"}"),
                    "memory get, with login",
                    table,
                    bare);
        }
        System.out.println(table);
        System.out.println("\nGoal: cached generate at least half as many as the bare POST: "
                + Table.reached(generated >= bare / 2) + " (" + Table.times(generated / bare) + ")");
    }

    private static String ownClasses() throws Exception {
        return Path.of(BareHandler.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
    }

    private static String generate() {
        return "{\"prompt\": \"How does a heat pump heat a house?\", \"max_tokens\": 100}";
    }

    private static double measure(
            Load load, MeasuredProcess process, int port, Load.Call call, String name, Table table, double bare)
            throws IOException, InterruptedException {
        warmUp(load, port, call);
        MeasuredProcess.Sight before = process.look();
        Load.Result result = load.run(port, call, CONNECTIONS, TIME);
        MeasuredProcess.Sight after = process.look();
        table.row(
                name,
                Table.count(result.perSecond()),
                Table.number(result.p50()),
                Table.number(result.p99()),
                result.errors(),
                before.threads() + " → " + after.threads(),
                Table.number(before.heap() / MEGABYTE) + " → " + Table.number(after.heap() / MEGABYTE),
                bare == 0 ? "" : Table.times(result.perSecond() / bare));
        return result.perSecond();
    }

    /** Until it gets no faster: beside so many connections the compiler has little of two cores. */
    private static void warmUp(Load load, int port, Load.Call call) throws IOException, InterruptedException {
        double before = 0;
        for (int i = 0; i < MOST_WARM_UPS; i++) {
            double now = load.run(port, call, CONNECTIONS, WARM_UP).perSecond();
            if (now < before * 1.05) {
                return;
            }
            before = now;
        }
    }

    // --- idle

    private void idle() throws Exception {
        System.out.println("\n### What the server takes when nobody asks: -Xmx256m, default settings\n");
        Table table = new Table("After", "RSS MB", "Goal", "");
        long start = System.nanoTime();
        try (MeasuredProcess process = server("idle", URI.create("http://127.0.0.1:1"), Map.of())) {
            int port = Integer.parseInt(process.await(PORT));
            System.out.println(
                    "It listens after " + Table.number((System.nanoTime() - start) / 1e9) + " s (goal: 3).\n");
            new Client(port).logIn();
            // memory is given back once no request has needed any for a while
            for (int seconds : List.of(10, 60, 120)) {
                Thread.sleep(Math.max(0, seconds * 1_000L - (System.nanoTime() - start) / 1_000_000));
                double megabytes = process.rss() / MEGABYTE;
                table.row(seconds + " s, one login", Table.number(megabytes), "< 220", Table.reached(megabytes < 220));
            }
        }
        System.out.println(table);
    }

    // --- soak

    private void soak() throws Exception {
        System.out.println("\n### A soak of " + SOAK.toMinutes() + " minutes: all kinds of calls, 16 connections\n");
        Table table = new Table("Minute", "Requests", "Errors", "RSS MB", "Live heap MB", "Threads", "Handles");
        List<MeasuredProcess.Sight> sights = new ArrayList<>();
        long errors = 0;
        try (Fake fake = new Fake();
                MeasuredProcess process = server("soaked", fake.url(), Map.of("JWT_EXPIRATION_HOURS", "2"))) {
            int port = Integer.parseInt(process.await(PORT));
            Client client = new Client(port);
            client.logIn();
            Load load = Load.best(folder);
            for (int minute = 1; minute <= SOAK.toMinutes(); minute++) {
                double requests = 0;
                for (Load.Call call : mixed(client.headers(), minute)) {
                    Load.Result result = load.run(port, call, 16, Duration.ofSeconds(8));
                    requests += result.perSecond() * 8;
                    errors += result.errors();
                }
                MeasuredProcess.Sight sight = process.look();
                sights.add(sight);
                table.row(
                        minute,
                        Table.count(requests),
                        errors,
                        Table.number(sight.rss() / MEGABYTE),
                        Table.number(sight.heap() / MEGABYTE),
                        sight.threads(),
                        sight.handles());
            }
        }
        System.out.println(table);
        System.out.println("\n" + verdict(sights, errors));
    }

    /** What people do, with other keys and questions each minute. */
    private static List<Load.Call> mixed(Map<String, String> headers, int minute) {
        String fresh = "{\"prompt\": \"question " + minute + "\", \"use_cache\": false}";
        return List.of(
                new Load.Call("GET", "/health", Map.of(), ""),
                new Load.Call("POST", "/api/llm/generate", headers, generate()),
                new Load.Call("POST", "/api/llm/generate/stream", headers, fresh),
                new Load.Call(
                        "POST",
                        "/api/memory/set",
                        headers,
                        "{\"key\": \"soak/" + minute + "\", \"value\": " + minute + "}"),
                new Load.Call("POST", "/api/memory/get", headers, "{\"key\": \"soak/" + minute + "\"}"),
                new Load.Call("GET", "/api/health/detailed", headers, ""),
                new Load.Call("GET", "/metrics", Map.of(), ""));
    }

    private static String verdict(List<MeasuredProcess.Sight> sights, long errors) {
        if (sights.size() < 6) {
            return "Too short to say whether anything grows.";
        }
        List<MeasuredProcess.Sight> middle = sights.subList(sights.size() / 3, sights.size() * 2 / 3);
        List<MeasuredProcess.Sight> end = sights.subList(sights.size() * 2 / 3, sights.size());
        double heap = mean(end, MeasuredProcess.Sight::heap) / mean(middle, MeasuredProcess.Sight::heap);
        double handles = mean(end, s -> s.handles()) - mean(middle, s -> s.handles());
        double threads = mean(end, s -> s.threads()) - mean(middle, s -> s.threads());
        boolean flat = heap < 1.05 && handles < 3 && threads < 3 && errors == 0;
        return "From the second third to the last: live heap " + Table.times(heap) + ", handles "
                + Table.number(handles) + " more, threads " + Table.number(threads) + " more, errors " + errors
                + ". Goal, flat: " + Table.reached(flat);
    }

    private static double mean(
            List<MeasuredProcess.Sight> sights, java.util.function.ToDoubleFunction<MeasuredProcess.Sight> what) {
        return sights.stream().mapToDouble(what).average().orElse(Double.NaN);
    }

    // --- what is around it

    /** The packaged server with logins; without the limits that keep one source from doing what is measured. */
    private MeasuredProcess server(String name, URI ollama, Map<String, String> more) throws IOException {
        Path home = Files.createDirectories(folder.resolve(name));
        Map<String, String> environment = new TreeMap<>(Map.of(
                "API_PORT",
                "0",
                "ADMIN_PASSWORD",
                PASSWORD,
                "OLLAMA_EDGE_URL",
                ollama.toString(),
                "OLLAMA_DEFAULT_MODEL",
                MODEL,
                "PRIME_SPARK_SERVER_LIMITS_RATE",
                "0",
                "PRIME_SPARK_SERVER_LIMITS_REQUESTS_PER_SOURCE",
                "0"));
        environment.putAll(more);
        return MeasuredProcess.java(home, environment, List.of("-Xmx256m", "-jar", jar.toString()));
    }

    /** A person with a program. */
    private static final class Client {

        private final HttpClient http = HttpClient.newHttpClient();
        private final int port;
        private String token = "";

        Client(int port) {
            this.port = port;
        }

        void logIn() throws IOException, InterruptedException {
            String answer = post("/api/auth/login", "{\"username\": \"admin\", \"password\": \"" + PASSWORD + "\"}");
            Matcher found = Pattern.compile("\"access_token\":\"([^\"]+)\"").matcher(answer);
            if (!found.find()) {
                throw new IOException("no login: " + answer);
            }
            token = found.group(1);
        }

        Map<String, String> headers() {
            return Map.of("Content-Type", "application/json", "Authorization", "Bearer " + token);
        }

        String post(String path, String json) throws IOException, InterruptedException {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(json));
            if (!token.isEmpty()) {
                request.header("Authorization", "Bearer " + token);
            }
            HttpResponse<String> answer = http.send(request.build(), BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException(path + ": " + answer.statusCode() + " " + answer.body());
            }
            return answer.body();
        }
    }

    /** As much of an Ollama server as one model that answers at once needs. */
    private static final class Fake implements AutoCloseable {

        private final HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);

        Fake() throws IOException {
            String model = "{\"models\":[{\"name\":\"" + MODEL + "\",\"model\":\"" + MODEL
                    + "\",\"size\":1,\"digest\":\"d\",\"details\":{}}]}";
            says("/api/version", "{\"version\":\"0.12.3\"}");
            says("/api/tags", model);
            says("/api/ps", model);
            says("/api/show", "{\"capabilities\":[\"completion\"],\"details\":{},\"model_info\":{}}");
            says(
                    "/api/chat",
                    "{\"model\":\"" + MODEL + "\",\"done\":false,\"message\":{\"role\":\"assistant\",\"content\":\""
                            + "x".repeat(ANSWER) + "\"}}\n{\"model\":\"" + MODEL
                            + "\",\"done\":true,\"done_reason\":\"stop\",\"message\":{\"content\":\"\"}}\n");
            server.setExecutor(Executors.newFixedThreadPool(16));
            server.start();
        }

        private void says(String path, String json) {
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            server.createContext(path, exchange -> {
                try (exchange) {
                    exchange.getRequestBody().readAllBytes();
                    exchange.sendResponseHeaders(200, bytes.length);
                    exchange.getResponseBody().write(bytes);
                }
            });
        }

        URI url() {
            return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}

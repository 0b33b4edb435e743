package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Secret;
import ai.primespark.auth.AuthException;
import ai.primespark.auth.Users;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The server against its own OpenAPI document: thousands of requests, right ones and wrong ones, to every call; each answer has a status,
 * a type and a body that are promised, and none is a failure of the server's. A run is repeated with
 * {@code -Dspark.fuzz.seed=NUMBER}; it is as long as that of {@code -Dspark.exhaustive=true} asks.
 */
class ApiFuzzTest {

    private static final boolean LONG = Boolean.getBoolean("spark.exhaustive");
    private static final long SEED = Long.getLong("spark.fuzz.seed", LONG ? System.nanoTime() : 20_261_126L);
    private static final int REQUESTS = Integer.getInteger("spark.fuzz.requests", LONG ? 100_000 : 4_000);
    private static final int MOST_SHOWN = 20;

    private static final String NAME = "fuzzing-account";
    private static final String PASSWORD = "what the fuzzer never hears";

    @TempDir
    Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<String> failures = new ArrayList<>();
    private int connectionsLost;
    private final Map<String, Map<Integer, Integer>> statuses = new TreeMap<>();
    private AttackedServer server;
    private String token = "";

    @Test
    void everyAnswerIsOneThatTheDocumentPromises() throws Exception {
        try (AttackedServer attacked =
                new AttackedServer(directory, "limits { rate = 0, requests-per-source = 0 }", config -> config)) {
            server = attacked;
            server.framed.ollama.spoken.countDown(); // pulls end
            logIn();
            ApiDocument document = new ApiDocument(TestServer.json(server.framed.get("/openapi.json")));
            ApiFuzzer fuzzer = new ApiFuzzer(document, new Random(SEED), Set.of(NAME, PASSWORD), () -> token);
            for (int i = 0; i < REQUESTS && failures.size() < MOST_SHOWN; i++) {
                send(document, fuzzer);
            }

            assertThat(failures)
                    .as("with -Dspark.fuzz.seed=" + SEED + ": " + String.join("\n", failures))
                    .isEmpty();
            assertThat(connectionsLost).isLessThan(REQUESTS / 100);
            assertThat(server.framed.get("/health/live").statusCode()).isEqualTo(200);
            assertThatMuchWasTried(document);
        }
    }

    private void send(ApiDocument document, ApiFuzzer fuzzer) throws InterruptedException {
        FuzzRequest request = fuzzer.next();
        int status = 0;
        List<String> complaints;
        try {
            HttpResponse<InputStream> answer = answer(request);
            status = answer.statusCode();
            String type = answer.headers()
                    .firstValue("Content-Type")
                    .orElse("")
                    .split(";", 2)[0]
                    .strip();
            byte[] body = read(request, answer);
            complaints = document.complaints(request.call(), status, type, body);
            learn(fuzzer.values(), answer, type, body);
        } catch (IOException e) {
            complaints = List.of("no answer: " + e);
        }
        statuses.computeIfAbsent(request.call().toString(), call -> new TreeMap<>())
                .merge(status, 1, Integer::sum);
        if (!complaints.isEmpty()) {
            failures.add("\n" + request.call() + " " + status + ": " + String.join("; ", complaints) + "\n  "
                    + request.curl(server.framed.port));
        }
        if (status == 401 && request.token().equals(token)
                || request.call().template().matches("/api/auth/(logout|me/password)")) {
            logIn();
        }
    }

    /** A kept connection may be closed just when it is used again (RFC 9112, section 9.5); then the client tries another one. */
    private HttpResponse<InputStream> answer(FuzzRequest request) throws IOException, InterruptedException {
        try {
            return client.send(request.to(server.framed.port), BodyHandlers.ofInputStream());
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("header parser received no bytes")) {
                throw e;
            }
            connectionsLost++;
            return client.send(request.to(server.framed.port), BodyHandlers.ofInputStream());
        }
    }

    private static byte[] read(FuzzRequest request, HttpResponse<InputStream> answer) throws IOException {
        try (InputStream body = answer.body()) {
            boolean endless = request.call().template().equals("/api/events") && answer.statusCode() == 200;
            return endless ? new byte[] {':'} : body.readNBytes(4 << 20);
        }
    }

    private static void learn(FuzzValues values, HttpResponse<?> answer, String type, byte[] body) throws IOException {
        if (type.equals("application/json") && body.length < 100_000) {
            values.learn(Json.MAPPER.readTree(body));
        }
        answer.headers().firstValue("ETag").ifPresent(tag -> values.learn("etag", tag));
        answer.headers()
                .firstValue("Location")
                .ifPresent(place -> values.learn("upload", place.substring(place.lastIndexOf('/') + 1)));
    }

    /** Whatever the requests have done to the account. */
    private void logIn() {
        Users users = server.framed.spark.auth().users();
        try {
            token = newToken();
        } catch (AuthException e) {
            if (users.find(NAME).isEmpty()) {
                users.create(NAME, Secret.of(PASSWORD), Set.of("admin"));
            } else {
                users.setPassword(NAME, Secret.of(PASSWORD));
                users.setRoles(NAME, Set.of("admin"));
                users.setActive(NAME, true);
            }
            token = newToken();
        }
    }

    private String newToken() {
        return server.framed
                .spark
                .auth()
                .login(NAME, Secret.of(PASSWORD), null)
                .accessToken()
                .reveal();
    }

    /** A fuzzer whose requests are all refused at the door shows nothing. */
    private void assertThatMuchWasTried(ApiDocument document) {
        Set<String> tried = new TreeSet<>();
        Set<String> succeeded = new TreeSet<>();
        statuses.forEach((call, counts) -> {
            tried.add(call);
            if (counts.keySet().stream().anyMatch(status -> status >= 200 && status < 400)) {
                succeeded.add(call);
            }
        });
        List<String> all = document.operations().stream()
                .map(ApiDocument.Operation::toString)
                .toList();
        assertThat(tried).containsAll(all);
        assertThat(succeeded.size()).as(statuses.toString()).isGreaterThan(all.size() * 3 / 4);
        int refused = statuses.values().stream()
                .flatMap(counts -> counts.entrySet().stream())
                .filter(count -> count.getKey() >= 400)
                .mapToInt(Map.Entry::getValue)
                .sum();
        assertThat(refused).isGreaterThan(REQUESTS / 5);
    }
}

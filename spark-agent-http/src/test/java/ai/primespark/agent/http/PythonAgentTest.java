package ai.primespark.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.agent.AgentCallbacks.Answer;
import ai.primespark.agent.CancelReason;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.RemoteAgent.Outcome;
import ai.primespark.spi.RemoteAgent.Work;
import ai.primespark.testkit.NeedsPython;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The example in Python, which knows of this code no more than the written contract. */
@NeedsPython
@Timeout(120)
class PythonAgentTest {

    private static final Path PROGRAM = Path.of("..", "examples", "agent-worker", "http-agent.py");

    private Process python;
    private URI url;

    @BeforeEach
    void startTheAgent() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        "python3", PROGRAM.toString(), "--id", "pi", "--port", "0", "--slots", "2")
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("AGENT_SECRET", Rig.SECRET);
        python = builder.start();
        BufferedReader out = new BufferedReader(new InputStreamReader(python.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        assertThat(line).as("what the agent says").contains("http://");
        url = URI.create(line.substring(line.indexOf("http://")));
    }

    @AfterEach
    void stopTheAgent() throws Exception {
        python.destroyForcibly().waitFor();
    }

    @Test
    void shortWorkIsAnswered() throws Exception {
        try (Rig rig = start(Map.of())) {
            assertThat(rig.agent.obstacle(Deadline.in(Duration.ofSeconds(20)))).isEmpty();
            Outcome outcome = rig.agent.execute(
                    new Work("text.count", Rig.bytes("finish what was asked"), "text"), new FakeAttempt("t1", 1));
            assertThat(outcome)
                    .isInstanceOfSatisfying(
                            Outcome.Done.class,
                            done -> assertThat(Json.read(done.result())
                                            .orElseThrow()
                                            .path("words")
                                            .asInt())
                                    .isEqualTo(4));
        }
    }

    @Test
    void whatItDoesNotDoIsRefusedForGood() throws Exception {
        try (Rig rig = start(Map.of())) {
            assertThat(rig.agent.execute(Rig.json("1"), new FakeAttempt("t1", 1)))
                    .isEqualTo(new Outcome.Failed("this agent does not do count (422)", false));
            assertThat(rig.agent.execute(new Work("text.count", Rig.bytes("7"), "json"), new FakeAttempt("t2", 1)))
                    .isEqualTo(new Outcome.Failed("text.count needs a text (422)", false));
        }
    }

    @Test
    void longWorkIsAskedAbout() throws Exception {
        try (Rig rig = start(Map.of())) {
            FakeAttempt attempt = new FakeAttempt("t1", 1);
            assertThat(rig.agent.execute(nap(0.4, 4), attempt)).isInstanceOf(Outcome.Done.class);
            assertThat(attempt.progress).isNotEmpty().isSorted();
        }
    }

    @Test
    void longWorkCallsBack() throws Exception {
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        URI here = URI.create("http://127.0.0.1:" + receiver.getAddress().getPort() + "/callbacks");
        List<Integer> answers = new CopyOnWriteArrayList<>();
        try (Rig rig = start(Map.of("callback-url", here, "poll-interval", "1h"))) {
            receiver.createContext("/callbacks/pi/", exchange -> answers.add(receive(rig, exchange)));
            receiver.start();
            FakeAttempt attempt = new FakeAttempt("t1", 3);
            assertThat(rig.agent.execute(nap(0.2, 4), attempt)).isInstanceOf(Outcome.Done.class);
            assertThat(attempt.progress).contains(0.25, 0.5, 0.75, 1.0);
            assertThat(answers).containsOnly(204);
        } finally {
            receiver.stop(0);
        }
    }

    private static int receive(Rig rig, HttpExchange exchange) throws IOException {
        Map<String, List<String>> headers = new HashMap<>(exchange.getRequestHeaders());
        String path = exchange.getRequestURI().getPath().substring("/callbacks/pi".length());
        Answer answer = rig.agent
                .callbacks()
                .receive(
                        exchange.getRequestMethod(),
                        path,
                        headers,
                        exchange.getRequestBody().readAllBytes());
        exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
        exchange.getResponseBody().write(answer.body());
        exchange.close();
        return answer.status();
    }

    @Test
    void aCancelledNapFreesItsSlot() throws Exception {
        try (Rig rig = start(Map.of())) {
            FakeAttempt first = new FakeAttempt("t1", 1);
            FakeAttempt second = new FakeAttempt("t2", 1);
            CompletableFuture<Outcome> one = beginNap(rig, first);
            CompletableFuture<Outcome> two = beginNap(rig, second);
            await().atMost(Duration.ofSeconds(20)).until(() -> !first.progress.isEmpty() && !second.progress.isEmpty());
            assertThat(rig.agent.execute(nap(0.1, 1), new FakeAttempt("t3", 1)))
                    .isInstanceOfSatisfying(
                            Outcome.NotTaken.class,
                            busy -> assertThat(busy.why()).contains("all slots are taken"));

            first.cancel(CancelReason.USER);

            assertThat(one.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Stopped.class);
            assertThat(rig.agent.execute(nap(0.1, 1), new FakeAttempt("t3", 2))).isInstanceOf(Outcome.Done.class);
            second.cancel(CancelReason.SHUTDOWN);
            assertThat(two.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Stopped.class);
        }
    }

    @Test
    void aRepeatedRequestIsNotDoneTwice() throws Exception {
        try (Rig rig = start(Map.of())) {
            assertThat(rig.agent.execute(nap(0.1, 1), new FakeAttempt("t1", 1))).isInstanceOf(Outcome.Done.class);
            // the nap would take an hour
            assertThat(rig.agent.execute(nap(3600, 1), new FakeAttempt("t1", 2)))
                    .isInstanceOf(Outcome.Done.class);
            assertThat(rig.agent.execute(nap(0.1, 1), new FakeAttempt("t1", 1)))
                    .isEqualTo(new Outcome.Failed("a later attempt is here already (409)", true));
        }
    }

    @Test
    void strangersAreRefused() throws Exception {
        try (Rig stranger = start(Map.of("secret", "another-secret-of-more-than-32-bytes"))) {
            assertThat(stranger.agent.obstacle(Deadline.in(Duration.ofSeconds(20))))
                    .hasValueSatisfying(why -> assertThat(why).contains("refuses our signature"));
            assertThat(stranger.execute(new FakeAttempt("t1", 1))).isInstanceOf(Outcome.NotTaken.class);
        }
        HttpResponse<String> bare = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(url.resolve("/api/health")).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(bare.statusCode()).isEqualTo(401);
    }

    @Test
    void aTokenIsGoodForOneRequestOnly() throws Exception {
        try (Rig rig = start(Map.of())) {
            Tokens tokens = new Tokens(AgentKeys.of(rig.context.settings()).read(), "test-node", "pi", rig.clock());
            String health = tokens.sign("", "GET", "/api/health", new byte[0]);
            assertThat(ask("GET", "/api/health", health)).isEqualTo(200);
            assertThat(ask("GET", "/api/health", health)).as("replayed").isEqualTo(401);
            assertThat(ask("DELETE", "/api/execute/t1", tokens.sign("", "GET", "/api/health", new byte[0])))
                    .as("for another request")
                    .isEqualTo(401);
            rig.clock().advance(Duration.ofMinutes(-5));
            assertThat(ask("GET", "/api/health", tokens.sign("", "GET", "/api/health", new byte[0])))
                    .as("expired")
                    .isEqualTo(401);
        }
    }

    private int ask(String method, String path, String token) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(url.resolve(path))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private Rig start(Map<String, ?> more) throws Exception {
        Map<String, Object> settings = new HashMap<>(Map.of("types", List.of("text.count", "nap", "count")));
        settings.putAll(more);
        return Rig.start(url, settings);
    }

    private static CompletableFuture<Outcome> beginNap(Rig rig, FakeAttempt attempt) {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        rig.context.blocking().execute(() -> {
            try {
                outcome.complete(rig.agent.execute(nap(3600, 36_000), attempt));
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            }
        });
        return outcome;
    }

    private static Work nap(double seconds, int steps) {
        return new Work("nap", Rig.bytes("{\"seconds\":" + seconds + ",\"steps\":" + steps + "}"), "json");
    }
}

package ai.primespark.examples.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.agent.AgentCallbacks;
import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.testkit.NeedsPython;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent in Python as an agent of the queue, with callbacks through an HTTP server of the application's. */
@NeedsPython
@Timeout(180)
class RemoteAgentTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SECRET = "5d0c-this-secret-is-for-tests-only-77af";

    @TempDir
    Path folder;

    private final List<Integer> answers = new CopyOnWriteArrayList<>();
    private Process python;
    private HttpServer server;
    private PrimeSpark spark;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/agent-callbacks/", this::callback);
        server.start();
        spark = PrimeSpark.builder().config(config(startPython())).build();
    }

    @AfterEach
    void stop() throws Exception {
        spark.close();
        server.stop(0);
        python.destroyForcibly().waitFor();
    }

    private String startPython() throws IOException {
        ProcessBuilder builder = new ProcessBuilder("python3", "http-agent.py", "--id", "pi", "--port", "0")
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("AGENT_SECRET", SECRET);
        python = builder.start();
        String line =
                new BufferedReader(new InputStreamReader(python.getInputStream(), StandardCharsets.UTF_8)).readLine();
        return line.substring(line.indexOf("http://"));
    }

    private SparkConfig config(String url) {
        Map<String, Object> agent = new HashMap<>(Map.of("type", "http", "id", "pi", "url", url, "secret", SECRET));
        agent.putAll(Map.of("types", List.of("text.count", "nap"), "slots", 4, "probe-interval", "100 ms"));
        agent.put("silence-timeout", "1 s");
        agent.put("callback-url", "http://127.0.0.1:" + server.getAddress().getPort() + "/agent-callbacks");
        return SparkConfig.empty()
                .with("primespark.data-dir", folder.toString())
                .with("primespark.close-timeout", "3 s")
                .with("primespark.agents.heartbeat", "100 ms")
                .with("primespark.agents.remote", List.of(agent));
    }

    /** What any HTTP server of an application does with callbacks. */
    private void callback(HttpExchange exchange) throws IOException {
        String below = exchange.getRequestURI().getPath().substring("/agent-callbacks/".length());
        byte[] body = exchange.getRequestBody().readNBytes(AgentCallbacks.MAX_BODY + 1);
        AgentCallbacks.Answer answer = spark.agents()
                .callbacks()
                .receive(exchange.getRequestMethod(), below, exchange.getRequestHeaders(), body);
        answers.add(answer.status());
        exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
        exchange.getResponseBody().write(answer.body());
        exchange.close();
    }

    @Test
    void shortWorkIsDone() {
        TaskHandle task = spark.agents()
                .submit(TaskRequest.of("text.count", "finish what was asked").build());
        assertThat(task.result(Map.class, PATIENCE)).contains(Map.of("characters", 21, "words", 4));
        assertThat(task.snapshot().agentId())
                .hasValueSatisfying(id -> assertThat(id).endsWith(".pi"));
    }

    @Test
    void longWorkReportsItsProgressAndIsDone() {
        TaskHandle task = submitNap(1, 5);
        await().atMost(PATIENCE).until(() -> task.snapshot().progress() > 0);
        assertThat(task.result(Map.class, PATIENCE)).contains(Map.of("rested", true));
        assertThat(answers).isNotEmpty().containsOnly(204);
    }

    @Test
    void cancelledWorkStopsInPython() {
        TaskHandle task = submitNap(3600, 36_000);
        await().atMost(PATIENCE).until(() -> task.snapshot().progress() > 0);
        assertThat(task.cancel("not needed any more")).isEqualTo(CancelOutcome.REQUESTED);
        assertThat(task.await(PATIENCE).status()).isEqualTo(TaskStatus.CANCELLED);
        int told = answers.size();
        TaskHandle next = submitNap(0.1, 1);
        assertThat(next.await(PATIENCE).status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(answers.size()).as("callbacks after the cancelled nap's end").isBetween(told, told + 4);
    }

    @Test
    void whatAKilledAgentWasDoingIsDoneByAnother() throws Exception {
        TaskHandle task = submitNap(3600, 36_000);
        await().atMost(PATIENCE).until(() -> task.snapshot().progress() > 0);
        python.destroyForcibly().waitFor();
        spark.agents()
                .local()
                .handle("nap", Map.class, (payload, context) -> "here")
                .start();
        TaskSnapshot done = task.await(PATIENCE);
        assertThat(done.status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(done.errors()).anySatisfy(error -> assertThat(error).contains("agent 'pi'"));
        assertThat(task.result(String.class, PATIENCE)).contains("here");
        await().atMost(PATIENCE)
                .until(() -> spark.agents().agents().stream()
                        .anyMatch(agent -> agent.profile().labels().containsKey("remote")
                                && agent.state() == AgentStatus.State.PAUSED));
    }

    private TaskHandle submitNap(double seconds, int steps) {
        return spark.agents()
                .submit(TaskRequest.of("nap", Map.of("seconds", seconds, "steps", steps))
                        .retry(RetryPolicy.DEFAULT.withBackoff(Duration.ofMillis(50), Duration.ofMillis(100)))
                        .build());
    }
}

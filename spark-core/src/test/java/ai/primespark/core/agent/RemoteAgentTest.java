package ai.primespark.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.agent.AgentCallbacks;
import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.event.SparkEvent;
import ai.primespark.spi.RemoteAgent.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the engine makes of agents that run elsewhere. */
@Timeout(120)
class RemoteAgentTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path dir;

    private final ScriptedRemote remote = new ScriptedRemote();
    private PrimeSpark spark;

    @BeforeEach
    void build() {
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .with("primespark.data-dir", dir)
                        .with("primespark.close-timeout", "2 s")
                        .with("primespark.agents.heartbeat", "50 ms")
                        .with("primespark.agents.lease", "2 s")
                        .with(
                                "primespark.agents.remote",
                                List.of(Map.of(
                                        "type", "scripted",
                                        "id", "pi",
                                        "probe-interval", "50 ms",
                                        "circuit-window", 4,
                                        "circuit-open-time", "300 ms"))))
                .discovery(false)
                .provider(remote)
                .build();
    }

    @AfterEach
    void close() {
        spark.close();
    }

    private TaskHandle submit() {
        return spark.agents()
                .submit(TaskRequest.of("far", Map.of("n", 3))
                        .retry(RetryPolicy.DEFAULT.withBackoff(Duration.ofMillis(10), Duration.ofMillis(20)))
                        .build());
    }

    private AgentStatus.State state() {
        return spark.agents().agents().stream()
                .filter(agent -> agent.profile().id().equals("node.pi"))
                .map(AgentStatus::state)
                .findFirst()
                .orElse(AgentStatus.State.OFFLINE);
    }

    // --- results

    @Test
    void theAgentGetsThePayloadAsItTravelledAndGivesTheResult() {
        remote.script = (work, context) -> new Outcome.Done(bytes("{\"seen\":[1,2]}"));
        TaskHandle task = submit();
        assertThat(task.result(String.class, LONG)).contains("{\"seen\":[1,2]}");
        assertThat(task.result(Map.class, LONG)).contains(Map.of("seen", List.of(1, 2)));
        assertThat(remote.works.get(0).encoding()).isEqualTo("json");
        assertThat(new String(remote.works.get(0).payload(), StandardCharsets.UTF_8))
                .isEqualTo("{\"n\":3}");
        assertThat(task.snapshot().agentId()).contains("node.pi");
    }

    @Test
    void aTextIsAsIfAHandlerHereHadGivenIt() {
        remote.script = (work, context) -> new Outcome.Done(bytes("\"gr\\u00fcn\""));
        assertThat(submit().result(String.class, LONG)).contains("grün");
    }

    @Test
    void noResultIsNoResult() {
        remote.script = (work, context) -> new Outcome.Done(null);
        assertThat(submit().result(String.class, LONG)).isEmpty();
    }

    @Test
    void itsCapabilitiesAreHeeded() {
        TaskHandle task = spark.agents()
                .submit(TaskRequest.of("far", "x")
                        .requires(Requirements.all("camera"))
                        .build());
        assertThat(task.result(String.class, LONG)).contains("1");
        TaskHandle other = spark.agents()
                .submit(TaskRequest.of("far", "x")
                        .requires(Requirements.all("gpu"))
                        .build());
        assertThat(other.await(Duration.ofMillis(300)).status()).isEqualTo(TaskStatus.READY);
    }

    // --- failures

    @Test
    void aFailureThatMayPassIsTriedAgain() {
        remote.script = (work, context) ->
                context.attempt() < 3 ? new Outcome.Failed("no paper", true) : new Outcome.Done(bytes("1"));
        TaskSnapshot done = submit().await(LONG);
        assertThat(done.status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(done.failures()).isEqualTo(2);
        assertThat(done.errors()).allSatisfy(error -> assertThat(error).contains("agent 'pi': no paper"));
    }

    @Test
    void aFailureForGoodIsNotTriedAgain() {
        remote.script = (work, context) -> new Outcome.Failed("no such camera", false);
        TaskSnapshot dead = submit().await(LONG);
        assertThat(dead.status()).isEqualTo(TaskStatus.DEAD);
        assertThat(dead.error()).hasValueSatisfying(error -> assertThat(error).contains("agent 'pi': no such camera"));
        assertThat(remote.attempts).hasValue(1);
    }

    @Test
    void whatItDidNotTakeIsHandedBackAndCountsForNothing() {
        remote.script = (work, context) -> remote.attempts.get() < 4
                ? new Outcome.NotTaken("full", Duration.ofMillis(50), false)
                : new Outcome.Done(bytes("1"));
        TaskSnapshot done = submit().await(LONG);
        assertThat(done.status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(done.failures()).isZero();
        assertThat(done.losses()).isZero();
        assertThat(remote.attempts).hasValue(4);
    }

    @Test
    void anAgentWithoutRoomLeavesItsTasksToOthers() {
        remote.script = (work, context) -> new Outcome.NotTaken("full", Duration.ofHours(1), false);
        TaskHandle task = submit();
        await().atMost(LONG).until(() -> remote.attempts.get() == 1);
        spark.agents()
                .local()
                .handle("far", String.class, (payload, context) -> "near")
                .start();
        assertThat(task.result(String.class, LONG)).contains("near");
        assertThat(remote.attempts).hasValue(1);
    }

    @Test
    void anAgentThatKeepsBreakingGetsNothingForAWhile() {
        Queue<AgentStatus.State> states = new ConcurrentLinkedQueue<>();
        spark.events()
                .subscribe(
                        SparkEvent.AgentChanged.class,
                        change -> states.add(change.status().state()));
        List<Long> begun = new CopyOnWriteArrayList<>();
        remote.script = (work, context) -> {
            begun.add(System.nanoTime());
            return begun.size() <= 4 ? new Outcome.Broken("the connection broke") : new Outcome.Done(bytes("1"));
        };
        TaskHandle task = spark.agents()
                .submit(TaskRequest.of("far", "x")
                        .retry(RetryPolicy.DEFAULT
                                .withMaxFailures(9)
                                .withBackoff(Duration.ofMillis(10), Duration.ofMillis(20)))
                        .build());
        assertThat(task.await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(task.snapshot().failures()).isEqualTo(4);
        assertThat(states).contains(AgentStatus.State.PAUSED);
        assertThat(begun).hasSize(5);
        assertThat(begun.get(4) - begun.get(3))
                .isGreaterThanOrEqualTo(Duration.ofMillis(290).toNanos());
    }

    @Test
    void aPluginThatThrowsFailsTheAttemptOnly() {
        remote.script = (work, context) -> {
            if (remote.attempts.get() == 1) {
                throw new IllegalStateException("a mistake");
            }
            return new Outcome.Done(bytes("1"));
        };
        TaskSnapshot done = submit().await(LONG);
        assertThat(done.status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(done.failures()).isEqualTo(1);
    }

    // --- health

    @Test
    void anAgentThatIsNotWellGetsNothingUntilItIs() {
        remote.obstacle = "it is away"; // before its first probe, or after
        await().atMost(LONG).until(() -> state() == AgentStatus.State.PAUSED);
        TaskHandle task = submit();
        int probes = remote.probes.get();
        await().atMost(LONG).until(() -> remote.probes.get() > probes + 3);
        assertThat(remote.attempts).hasValue(0);
        assertThat(((AgentsEngine) spark.agents()).check().message()).contains("pi=it is away");

        remote.obstacle = null;

        assertThat(task.await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED);
    }

    @Test
    void workGoesOnWhileTheAgentIsNotWell() {
        CountDownLatch go = new CountDownLatch(1);
        remote.script = (work, context) -> {
            go.await();
            return new Outcome.Done(bytes("1"));
        };
        TaskHandle task = submit();
        await().atMost(LONG).until(() -> remote.attempts.get() == 1);
        remote.obstacle = "it is away";
        await().atMost(LONG).until(() -> state() == AgentStatus.State.PAUSED);
        go.countDown();
        TaskSnapshot done = task.await(LONG);
        assertThat(done.status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(done.attempts()).isEqualTo(1);
    }

    @Test
    void anAgentThatIsNotReachedAfterAllIsAskedBeforeItGetsMore() {
        remote.script = (work, context) -> {
            remote.obstacle = "it is away";
            return new Outcome.NotTaken("it cannot be reached", Duration.ofMillis(10), true);
        };
        TaskHandle task = submit();
        await().atMost(LONG).until(() -> remote.attempts.get() == 1 && state() == AgentStatus.State.PAUSED);
        int probes = remote.probes.get();
        await().atMost(LONG).until(() -> remote.probes.get() > probes + 3);
        assertThat(remote.attempts).hasValue(1);
        remote.script = (work, context) -> new Outcome.Done(bytes("1"));
        remote.obstacle = null;
        TaskSnapshot done = task.await(LONG);
        assertThat(done.status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(done.failures()).isZero();
    }

    // --- cancellation and the end

    @Test
    void cancellingReachesTheAgent() {
        CountDownLatch begun = new CountDownLatch(1); // a task that is cancelled sooner never reaches the agent
        CountDownLatch told = new CountDownLatch(1);
        remote.script = (work, context) -> {
            begun.countDown();
            context.onCancel(reason -> told.countDown());
            told.await();
            return new Outcome.Stopped();
        };
        TaskHandle task = submit();
        await().atMost(LONG).until(() -> begun.getCount() == 0);
        assertThat(task.cancel("not needed")).isEqualTo(CancelOutcome.REQUESTED);
        assertThat(task.await(LONG).status()).isEqualTo(TaskStatus.CANCELLED);
        await().atMost(LONG)
                .until(() -> told.getCount() == 0); // on a thread of its own, so that it may come after the end
    }

    @Test
    void closingEndsTheAgentAfterItsWork() {
        assertThat(submit().await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED);
        spark.close();
        assertThat(remote.closed).isTrue();
    }

    @Test
    void callbacksFindTheirAgent() {
        AgentCallbacks callbacks = spark.agents().callbacks();
        assertThat(callbacks).isSameAs(spark.agents().callbacks());
        AgentCallbacks.Answer answer = callbacks.receive("POST", "/pi/t1", Map.of(), new byte[0]);
        assertThat(answer.status()).isEqualTo(418);
        assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains("POST /t1");
        assertThat(callbacks
                        .receive("POST", "/nobody/t1", Map.of(), new byte[0])
                        .status())
                .isEqualTo(404);
        assertThat(callbacks.receive("POST", "", Map.of(), new byte[0]).status())
                .isEqualTo(404);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

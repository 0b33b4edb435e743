package ai.primespark.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.RemoteAgent.Outcome;
import ai.primespark.spi.Settings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Agents that run elsewhere while power goes and comes, and while their circuit is being tried. */
@Timeout(120)
class RemoteEdgesTest extends EngineRig {

    private final ScriptedRemote remote = new ScriptedRemote().named("pi");

    private AgentsEngine withRemote() throws Exception {
        AgentsEngine agents = engine("a");
        agents.remote(
                "pi",
                remote,
                Settings.of(
                        RemoteSettings.ALL,
                        Map.of("probe-interval", "50 ms", "circuit-window", 4, "circuit-open-time", "300 ms")));
        await().until(() -> state(agents) == AgentStatus.State.ACTIVE);
        return agents;
    }

    private static AgentStatus.State state(AgentsEngine agents) {
        return agents.agents().stream()
                .filter(agent -> agent.profile().id().equals("node.pi"))
                .map(AgentStatus::state)
                .findFirst()
                .orElse(AgentStatus.State.OFFLINE);
    }

    private void someProbes() {
        int before = remote.probes.get();
        await().until(() -> remote.probes.get() > before + 4);
    }

    private static TaskHandle submit(AgentsEngine agents) {
        return agents.submit(TaskRequest.of("far", "x")
                .retry(RetryPolicy.DEFAULT
                        .withMaxFailures(100)
                        .withBackoff(Duration.ofMillis(10), Duration.ofMillis(20)))
                .build());
    }

    @Test
    void powerDoesNotStartAnAgentThatIsAway() throws Exception {
        AgentsEngine agents = withRemote();
        power.become(PowerProfile.SHUTDOWN, null, Duration.ofSeconds(20));
        await().until(() -> state(agents) == AgentStatus.State.PAUSED);
        remote.obstacle = "it is away";
        someProbes();

        power.become(PowerProfile.FULL, null, null);

        TaskHandle task = submit(agents);
        someProbes();
        assertThat(remote.attempts).hasValue(0);
        assertThat(state(agents)).isEqualTo(AgentStatus.State.PAUSED);

        remote.obstacle = null;

        assertThat(task.await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED);
    }

    @Test
    void anAgentThatStayedThereBeginsAgainWhenThePowerIsBack() throws Exception {
        AgentsEngine agents = withRemote();
        power.become(PowerProfile.SHUTDOWN, null, Duration.ofSeconds(20));
        await().until(() -> state(agents) == AgentStatus.State.PAUSED);

        power.become(PowerProfile.FULL, null, null);

        assertThat(submit(agents).await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED);
    }

    @Test
    void whileOneTaskIsATrialTheOthersStayInTheQueue() throws Exception {
        AgentsEngine agents = withRemote();
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger trials = new AtomicInteger();
        remote.script = (work, context) -> new Outcome.Broken("the connection broke");
        List<TaskHandle> tasks = Stream.generate(() -> submit(agents)).limit(6).toList();
        await().until(() -> agents.check().message().contains("too often"));
        remote.script = (work, context) -> {
            trials.incrementAndGet();
            go.await();
            return new Outcome.Done("1".getBytes(StandardCharsets.UTF_8));
        };
        await().until(() -> trials.get() > 0 && state(agents) == AgentStatus.State.PAUSED);
        someProbes(); // what was claimed at the same moment is handed back
        int claims = claims(tasks);

        someProbes();

        assertThat(claims(tasks)).isEqualTo(claims);
        assertThat(trials).hasValue(1);
        assertThat(agents.check().message()).contains("trial");

        go.countDown();

        assertThat(tasks)
                .allSatisfy(task -> assertThat(task.await(LONG).status()).isEqualTo(TaskStatus.SUCCEEDED));
    }

    private static int claims(List<TaskHandle> tasks) {
        return tasks.stream()
                .map(TaskHandle::snapshot)
                .mapToInt(TaskSnapshot::attempts)
                .sum();
    }
}

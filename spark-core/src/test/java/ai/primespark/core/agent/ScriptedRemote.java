package ai.primespark.core.agent;

import ai.primespark.agent.AgentCallbacks;
import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.TaskContext;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.RemoteAgent;
import ai.primespark.spi.RemoteAgentProvider;
import ai.primespark.spi.Setting;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An agent that runs elsewhere, as far as the engine can tell: a test says how it is and how attempts end. */
final class ScriptedRemote implements RemoteAgentProvider, RemoteAgent {

    /** How one attempt goes. */
    interface Script {
        Outcome play(Work work, TaskContext context) throws InterruptedException;
    }

    final AtomicInteger probes = new AtomicInteger();
    final AtomicInteger attempts = new AtomicInteger();
    final List<Work> works = new CopyOnWriteArrayList<>();
    volatile @Nullable String obstacle;
    volatile Script script = (work, context) -> new Outcome.Done("1".getBytes(StandardCharsets.UTF_8));
    volatile boolean closed;
    private volatile String id = "";

    /** Without a context. */
    ScriptedRemote named(String name) {
        id = name;
        return this;
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of();
    }

    @Override
    public RemoteAgent create(ProviderContext context) {
        id = context.id();
        return this;
    }

    @Override
    public AgentProfile profile() {
        return AgentProfile.builder("node." + id)
                .slots(2)
                .capabilities("camera")
                .build();
    }

    @Override
    public Set<String> types() {
        return Set.of("far");
    }

    @Override
    public Optional<String> obstacle(Deadline deadline) {
        probes.incrementAndGet();
        return Optional.ofNullable(obstacle);
    }

    @Override
    public Outcome execute(Work work, TaskContext context) throws InterruptedException {
        attempts.incrementAndGet();
        works.add(work);
        return script.play(work, context);
    }

    @Override
    public AgentCallbacks callbacks() {
        return (method, path, headers, body) -> AgentCallbacks.Answer.error(418, method + " " + path);
    }

    @Override
    public void close() {
        closed = true;
    }
}

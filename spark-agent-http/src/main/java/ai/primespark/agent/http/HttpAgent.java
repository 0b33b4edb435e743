package ai.primespark.agent.http;

import ai.primespark.Zone;
import ai.primespark.agent.AgentCallbacks;
import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.TaskContext;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.RemoteAgent;
import ai.primespark.spi.Settings;
import ai.primespark.spi.http.Futures;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** An agent behind HTTP. Thread-safe. */
final class HttpAgent implements RemoteAgent {

    private final ProviderContext context;
    private final Zone zone;
    private final AgentProfile profile;
    private final AgentKeys keys;
    private final Set<String> types;
    private final Map<String, Execution> running = new ConcurrentHashMap<>();
    private volatile long heardNanos = System.nanoTime();
    private volatile @Nullable AgentLink link;
    private volatile AgentCallbacks callbacks = AgentCallbacks.NONE;
    private volatile boolean closed;

    HttpAgent(ProviderContext context, Zone zone, AgentProfile profile, AgentKeys keys) {
        this.context = context;
        this.zone = zone;
        this.profile = profile;
        this.keys = keys;
        this.types = Set.copyOf(context.settings().get(HttpAgentProvider.TYPES));
    }

    /** Reads keys and certificates. */
    @Override
    public void start() throws IOException {
        Settings settings = context.settings();
        Tokens tokens = new Tokens(keys.read(), context.nodeId(), context.id(), context.clock());
        link = new AgentLink(
                new AgentLink.Options(
                        "spark-agent-" + context.id() + "-",
                        settings.get(HttpAgentProvider.URL),
                        zone == Zone.EDGE,
                        settings.get(HttpAgentProvider.CONNECT_TIMEOUT),
                        settings.get(HttpAgentProvider.MAX_ANSWER_BYTES).intValue(),
                        settings.find(HttpAgentProvider.CA_FILE)),
                tokens);
        callbacks = new CallbackReceiver(tokens, running::get);
    }

    @Override
    public AgentProfile profile() {
        return profile;
    }

    @Override
    public Set<String> types() {
        return types;
    }

    @Override
    public AgentCallbacks callbacks() {
        return callbacks;
    }

    @Override
    public Optional<String> obstacle(Deadline deadline) {
        CompletableFuture<AgentLink.Reply> reply =
                link().send("GET", context.settings().get(HttpAgentProvider.HEALTH_PATH), new byte[0], "", Map.of());
        try {
            int status = reply.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)
                    .status();
            if (status == 200) {
                heard();
                return Optional.empty();
            }
            return Optional.of(
                    status == 401 || status == 403
                            ? "it refuses our signature (" + status + "); check secret or keys, and the clocks"
                            : "its health check answers " + status);
        } catch (ExecutionException e) {
            return Optional.of(Problems.of(Futures.bare(e)).words());
        } catch (TimeoutException e) {
            return Optional.of("its health check does not answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("the health check was interrupted");
        } finally {
            reply.cancel(true);
        }
    }

    @Override
    public Outcome execute(Work work, TaskContext attempt) throws InterruptedException {
        if (closed) {
            return new Outcome.NotTaken("the agent is closed", Duration.ZERO, false);
        }
        Execution execution = new Execution(this, link(), context, work, attempt);
        running.put(attempt.taskId(), execution);
        try {
            return execution.run();
        } finally {
            running.remove(attempt.taskId(), execution); // not the one that has taken its place
        }
    }

    /** The agent gave a sign of life. */
    void heard() {
        heardNanos = System.nanoTime();
    }

    long heardNanos() {
        return heardNanos;
    }

    private AgentLink link() {
        return Objects.requireNonNull(link, "the agent was not started");
    }

    /** Ends what runs, as a failure of the agent's. The engine has drained it before. */
    @Override
    public void close() {
        closed = true;
        running.values().forEach(Execution::abandon);
    }

    @Override
    public String toString() {
        return "HttpAgent[" + context.id() + "]";
    }
}

package ai.primespark.core.agent;

import ai.primespark.agent.CancelReason;
import ai.primespark.agent.TaskContext;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.UnrecoverableTaskException;
import ai.primespark.core.runtime.JsonMapping;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Meters;
import ai.primespark.spi.RemoteAgent;
import ai.primespark.spi.RemoteAgent.Outcome;
import ai.primespark.spi.RemoteAgent.Work;
import ai.primespark.spi.Settings;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An agent that runs elsewhere, among the agents of this process. It claims tasks while three things hold: its last probe went well,
 * its circuit is not open, and it is not left alone for a while because it had no room. Attempts that it did not begin are handed
 * back, and count for nothing. Thread-safe.
 */
final class RemoteHost implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteHost.class);

    private final String id;
    private final RemoteAgent remote;
    private final AgentRunner runner;
    private final ExecutorService blocking;
    private final ScheduledExecutorService timer;
    private final Duration probeInterval;
    private final Duration probeTimeout;
    private final RemoteCircuit circuit;
    private final AtomicBoolean probing = new AtomicBoolean();
    private final Object lock = new Object();
    private @Nullable String obstacle = "it has not answered yet"; // guarded by lock
    private long aloneUntil = System.nanoTime(); // guarded by lock
    private @Nullable String told = "nothing yet"; // guarded by lock; why it gets nothing, null while it gets tasks
    private boolean asked; // guarded by lock
    private boolean closed; // guarded by lock
    private @Nullable Future<?> probes; // guarded by lock

    RemoteHost(
            String id,
            RemoteAgent remote,
            AgentRunner runner,
            Settings settings,
            Meters meters,
            ExecutorService blocking,
            ScheduledExecutorService timer) {
        this.id = id;
        this.remote = remote;
        this.runner = runner;
        this.blocking = blocking;
        this.timer = timer;
        this.probeInterval = settings.get(RemoteSettings.PROBE_INTERVAL);
        this.probeTimeout = settings.get(RemoteSettings.PROBE_TIMEOUT);
        this.circuit = new RemoteCircuit(id, settings, this::opened);
        meters.gauge("spark.agents.remote.available", () -> why().isEmpty() ? 1 : 0, "agent", id);
        meters.gauge("spark.agents.remote.circuit", circuit::level, "agent", id);
    }

    /** Takes its types of task, and asks from now on how it is. */
    void begin() {
        for (String type : remote.types()) {
            runner.handle(type, byte[].class, (payload, task) -> attempt(type, payload, task));
        }
        runner.show(); // also one that cannot be reached yet
        synchronized (lock) {
            probes = timer.scheduleWithFixedDelay(this::probe, 0, probeInterval.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    RemoteAgent remote() {
        return remote;
    }

    /** Why it gets no tasks now; empty when it does. */
    Optional<String> why() {
        synchronized (lock) {
            return Optional.ofNullable(why(System.nanoTime()));
        }
    }

    /** The same for people, who need not know that a new one has not been asked yet. */
    Optional<String> complaint() {
        synchronized (lock) {
            return asked ? Optional.ofNullable(why(System.nanoTime())) : Optional.empty();
        }
    }

    private @Nullable String why(long now) {
        if (obstacle != null) {
            return obstacle;
        }
        if (circuit.isOpen()) {
            return "it failed too often; it gets a task again after " + circuit.openTime();
        }
        if (circuit.isOnTrial()) {
            return "it failed too often; one task is a trial";
        }
        return aloneUntil - now > 0 ? "it has no room" : null;
    }

    // --- attempts

    private @Nullable Object attempt(String type, byte[] payload, TaskContext task) throws InterruptedException {
        Attempt attempt = (Attempt) task; // a handler of the engine's own
        RemoteCircuit.Entry entry = circuit.tryEnter();
        if (entry == null || entry.isTrial()) {
            look(); // the others stay in the queue meanwhile
        }
        if (entry == null) {
            throw handBack(attempt);
        }
        try {
            return judge(execute(entry, type, payload, attempt), entry, attempt);
        } finally {
            if (entry.isTrial()) {
                look();
            }
        }
    }

    private Outcome execute(RemoteCircuit.Entry entry, String type, byte[] payload, Attempt attempt)
            throws InterruptedException {
        try {
            return remote.execute(new Work(type, payload, attempt.lease().task().encoding()), attempt);
        } catch (InterruptedException | RuntimeException | Error e) {
            entry.neither();
            throw e;
        }
    }

    private @Nullable Object judge(Outcome outcome, RemoteCircuit.Entry entry, Attempt attempt) {
        if (outcome instanceof Outcome.Done done) {
            entry.succeeded();
            return done.result() == null ? null : result(done.result());
        }
        if (outcome instanceof Outcome.Failed failed) {
            entry.succeeded(); // the agent is well
            throw failed.retryable()
                    ? new TaskException(said(failed.error()), true, null)
                    : new UnrecoverableTaskException(said(failed.error()), null);
        }
        if (outcome instanceof Outcome.NotTaken not) {
            if (not.broken()) {
                entry.failed();
            } else {
                entry.neither();
            }
            leaveAlone(not);
            throw handBack(attempt);
        }
        if (outcome instanceof Outcome.Broken broken) {
            entry.failed();
            look();
            throw new TaskException(said(broken.error()), true, null);
        }
        entry.neither();
        throw new CancellationException();
    }

    private String said(String words) {
        return "agent '" + id + "': " + words;
    }

    /** A JSON text becomes a text, as a handler in this process would give it; everything else stays JSON. */
    private static Object result(byte[] json) {
        if (json[0] != '"') {
            return json;
        }
        try {
            JsonNode node = JsonMapping.mapper().readTree(json);
            return node.isTextual() ? node.textValue() : json;
        } catch (IOException e) {
            return json;
        }
    }

    /** Other agents may take it at once; this one has been told to leave it. */
    private static CancellationException handBack(Attempt attempt) {
        attempt.cancel(CancelReason.SHUTDOWN, 0);
        return new CancellationException();
    }

    private void leaveAlone(Outcome.NotTaken not) {
        synchronized (lock) {
            aloneUntil = System.nanoTime() + Nanos.of(not.pause());
            if (not.broken()) {
                obstacle = not.why();
            }
        }
        look();
        later(not.broken() ? this::probe : this::look, not.pause());
    }

    private void opened() {
        later(this::look, circuit.openTime());
        later(this::look, Duration.ZERO);
    }

    // --- how it is

    private void probe() {
        if (!probing.compareAndSet(false, true)) {
            return;
        }
        try {
            blocking.execute(() -> {
                try {
                    ask();
                } finally {
                    probing.set(false);
                }
            });
        } catch (RejectedExecutionException e) { // no thread is free, or the instance is closing
            probing.set(false);
        }
    }

    private void ask() {
        Optional<String> now;
        try {
            now = remote.obstacle(Deadline.in(probeTimeout));
        } catch (RuntimeException | Error e) { // a plugin's mistake must not end the probes
            LOG.error("Agent '{}' cannot be asked how it is", id, e);
            now = Optional.of("asking it failed: " + e.getClass().getSimpleName());
        }
        synchronized (lock) {
            obstacle = now.orElse(null);
            asked = true;
        }
        look();
    }

    /** Lets it claim, or not, as things are now. */
    private void look() {
        synchronized (lock) {
            if (closed) {
                return;
            }
            String why = why(System.nanoTime());
            if (why != null) {
                runner.suspend(); // also one that power has stopped, or started, meanwhile
            }
            if (why == null && told != null) {
                if (!starts()) {
                    return;
                }
                told = null;
                LOG.info("Agent '{}' is there and gets tasks", id);
            } else if (why != null && told == null) {
                runner.tell("gets no tasks: " + why);
                LOG.warn("Agent '{}' gets no tasks: {}", id, why);
                told = why;
            } else if (why != null && !why.equals(told)) {
                LOG.debug("Agent '{}' gets no tasks: {}", id, why);
                told = why;
            }
        }
    }

    private boolean starts() {
        try {
            runner.start();
            return true;
        } catch (RejectedExecutionException e) { // the next probe tries it once more
            LOG.warn("There is no thread for agent '{}', so it gets no tasks yet", id);
            return false;
        }
    }

    private void later(Runnable what, Duration when) {
        try {
            var unused = timer.schedule(what, Nanos.of(when), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("Agent '{}' is not looked at any more: the instance is closing", id);
        }
    }

    /** Asks and claims nothing more. The agent's runner is drained by the engine, and the agent closed by whoever made it. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            if (probes != null) {
                probes.cancel(false);
            }
        }
    }
}

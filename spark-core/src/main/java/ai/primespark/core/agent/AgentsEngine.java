package ai.primespark.core.agent;

import ai.primespark.agent.Agent;
import ai.primespark.agent.AgentCallbacks;
import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.Agents;
import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.IdempotencyConflictException;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskHandler;
import ai.primespark.agent.TaskPage;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStats;
import ai.primespark.agent.TaskStatus;
import ai.primespark.core.agent.AgentWorld.Rules;
import ai.primespark.core.system.MachineLoad;
import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvents.Subscription;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.power.Power;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Meters;
import ai.primespark.spi.RemoteAgent;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskQueue;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tasks and agents of one instance on a queue. Costs nothing until it is used: no thread, no call. Thread-safe. */
public final class AgentsEngine implements Agents, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AgentsEngine.class);
    private static final int MAX_BATCH = 10_000;
    private static final int MAX_PAGE = 1_000;
    private static final Duration PAUSE_HEEDED = Duration.ofMillis(300); // by agents of other processes

    private final TaskQueue queue;
    private final String nodeId;
    private final InstantSource clock;
    private final Rules rules;
    private final Consumer<SparkEvent> events;
    private final TaskIds ids;
    private final QueueView view;
    private final QueueTrouble trouble;
    private final Pulse pulse;
    private final Sweeper sweeper;
    private final TaskWatch watch;
    private final AgentWorld world;
    private final AgentRunner local;
    private final Map<String, AgentRunner> agents = new ConcurrentHashMap<>();
    private final RemoteAgents remotes = new RemoteAgents();
    private final ScheduledExecutorService scheduler;
    private final ExecutorService blocking;
    private final Meters.Counter submitted;
    private final Subscription obedience;
    private final @Nullable AutoCloseable cancellations;
    private volatile @Nullable TaskStats counted; // when health was checked last; null while the queue does not answer
    private volatile boolean closed;

    /**
     * Makes an engine; claims nothing.
     *
     * @param settings values of {@link AgentSettings#ALL}
     * @param queue created and started; closed by whoever made it
     * @param around what it works with
     * @throws IllegalArgumentException when settings do not fit together
     */
    public AgentsEngine(Settings settings, TaskQueue queue, Surroundings around) {
        this.queue = queue;
        this.nodeId = around.nodeId();
        this.scheduler = around.scheduler();
        this.blocking = around.blocking();
        this.clock = around.clock();
        this.rules = Rules.of(settings, around.closeTimeout().multipliedBy(6).dividedBy(10));
        this.events = around.events();
        this.ids = new TaskIds(clock);
        this.trouble = new QueueTrouble(around.meters());
        this.view = new QueueView(queue, rules.timeout(), this::pokeAll);
        this.pulse = new Pulse(around.blocking());
        this.sweeper = new Sweeper(queue, around.blocking(), rules.timeout(), rules.lease(), trouble);
        this.watch = new TaskWatch(this::snapshot, queue::subscribe, around.blocking(), around.scheduler());
        this.submitted = around.meters().counter("spark.agents.submitted");
        for (TaskStatus status : TaskStatus.values()) {
            around.meters()
                    .gauge(
                            "spark.agents.tasks",
                            () -> counted(status),
                            "status",
                            status.name().toLowerCase(Locale.ROOT));
        }
        this.world = new AgentWorld(
                queue,
                view,
                rules,
                around.blocking(),
                clock,
                around.meters(),
                around.power(),
                new MachineLoad(),
                this::ownStatus,
                pulse,
                trouble,
                this::changed,
                this::failed);
        this.local = new AgentRunner(AgentSettings.profile(settings, nodeId), world);
        agents.put(local.id(), local);
        this.obedience = around.power().onChange(decision -> obeyPower());
        this.cancellations = queue.traits().shared() ? queue.subscribe(this::heard) : null;
    }

    /**
     * What an engine works with.
     *
     * @param nodeId this machine's name, the submitter of tasks that name none
     * @param clock the wall clock
     * @param blocking where handlers run
     * @param scheduler a timer
     * @param meters where to count
     * @param events told what happens
     * @param power how the machine stands for electricity
     * @param closeTimeout how long closing the whole instance may take
     */
    public record Surroundings(
            String nodeId,
            InstantSource clock,
            ExecutorService blocking,
            ScheduledExecutorService scheduler,
            Meters meters,
            Consumer<SparkEvent> events,
            Power power,
            Duration closeTimeout) {}

    /** Gives the agent of this process a handler of the engine's own; one of the application's replaces it. */
    public void builtin(String type, TaskHandler<JsonNode, Object> handler) {
        local.builtin(type, JsonNode.class, (payload, task) -> handler.handle((JsonNode) payload, task));
    }

    // --- tasks

    @Override
    public TaskHandle submit(TaskRequest task) {
        return submitAll(List.of(task)).get(0);
    }

    @Override
    public List<TaskHandle> submitAll(List<TaskRequest> tasks) {
        requireOpen();
        if (tasks.size() > MAX_BATCH) {
            throw new IllegalArgumentException("a batch has at most " + MAX_BATCH + " tasks, not " + tasks.size());
        }
        if (tasks.isEmpty()) {
            return List.of();
        }
        List<TaskEnvelope> envelopes = new ArrayList<>(tasks.size());
        Set<TaskLane> lanes = new HashSet<>();
        for (TaskRequest task : tasks) {
            TaskEnvelope envelope = envelope(task);
            lanes.add(envelope.lane());
            envelopes.add(envelope);
        }
        lanes.forEach(view::submitted);
        sweeper.begin();
        List<TaskQueue.Submitted> answers = queue.submit(envelopes, deadline());
        List<TaskHandle> handles = new ArrayList<>(answers.size());
        for (TaskQueue.Submitted answer : answers) {
            if (answer.outcome() == TaskQueue.Submitted.Outcome.CONFLICT) {
                throw new IdempotencyConflictException(answer.taskId());
            }
            handles.add(new Handle(answer.taskId(), this));
        }
        lanes.forEach(view::submitted);
        envelopes.forEach(this::schedule);
        submitted.add(handles.size());
        return handles;
    }

    private TaskEnvelope envelope(TaskRequest task) {
        TaskCodec.Encoded encoded = TaskCodec.encode("a payload", task.payload());
        if (encoded.body().length > queue.traits().maxPayloadBytes()) {
            throw new TaskException(
                    "a payload of type '" + task.type() + "' has " + encoded.body().length
                            + " bytes, and the queue takes " + queue.traits().maxPayloadBytes()
                            + " at most (max-payload); store it in memory objects and submit its name",
                    false,
                    null);
        }
        TaskRequest request = task.withPayload(encoded.body());
        return new TaskEnvelope(
                ids.next(),
                request.submitter().isEmpty() ? request.withSubmitter(nodeId) : request,
                encoded.encoding());
    }

    /** A task may be due before the queue is looked after again. */
    private void schedule(TaskEnvelope envelope) {
        TaskRequest request = envelope.request();
        if (request.notBefore().isPresent() || request.deadline().isPresent()) {
            Instant now = clock.instant();
            request.notBefore().ifPresent(at -> sweeper.within(Duration.between(now, at)));
            request.deadline().ifPresent(at -> sweeper.within(Duration.between(now, at)));
        }
    }

    @Override
    public Optional<TaskHandle> find(String taskId) {
        return snapshot(taskId).map(task -> new Handle(task.id(), this));
    }

    @Override
    public TaskPage list(TaskFilter filter, @Nullable String cursor, int limit) {
        requireOpen();
        if (limit < 1 || limit > MAX_PAGE) {
            throw new IllegalArgumentException("a page has 1 to " + MAX_PAGE + " tasks, not " + limit);
        }
        return queue.list(Objects.requireNonNull(filter, "filter"), cursor, limit, deadline());
    }

    @Override
    public int replayDead(TaskFilter filter) {
        requireOpen();
        sweeper.begin();
        return queue.replay(Objects.requireNonNull(filter, "filter"), deadline());
    }

    @Override
    public int purgeDead(TaskFilter filter) {
        requireOpen();
        return queue.purge(Objects.requireNonNull(filter, "filter"), deadline());
    }

    @Override
    public TaskStats stats() {
        requireOpen();
        return queue.stats(deadline());
    }

    @Override
    public Subscription onEvent(Consumer<TaskEvent> listener) {
        requireOpen();
        return watch.listen(Objects.requireNonNull(listener, "listener"));
    }

    // --- for handles

    TaskQueue queue() {
        return queue;
    }

    TaskWatch watch() {
        requireOpen();
        return watch;
    }

    Optional<TaskSnapshot> snapshot(String taskId) {
        requireOpen();
        return queue.find(taskId, deadline()).map(this::explained);
    }

    /** What the queue cannot know: that the agents of this process would not have the time to finish it on battery. */
    private TaskSnapshot explained(TaskSnapshot task) {
        if (task.status() != TaskStatus.READY || task.parkedReason().isPresent()) {
            return task;
        }
        Optional<String> reason = Optional.empty();
        for (AgentRunner agent : agents.values()) {
            if (agent.state() == AgentRunner.State.ACTIVE
                    && agent.handlers().types().contains(task.type())) {
                Optional<String> tooLong = agent.claims().terms().tooLong(task.type());
                if (tooLong.isEmpty()) {
                    return task;
                }
                reason = tooLong;
            }
        }
        return reason.map(words -> task.toBuilder().parkedReason(words).build()).orElse(task);
    }

    Optional<byte[]> result(String taskId) {
        requireOpen();
        return queue.result(taskId, deadline());
    }

    CancelOutcome cancel(String taskId, String reason) {
        requireOpen();
        CancelOutcome outcome = queue.cancel(taskId, reason, deadline());
        if (outcome == CancelOutcome.REQUESTED) {
            agents.values().forEach(agent -> agent.keeper().nudge());
        }
        return outcome;
    }

    private void heard(TaskEvent event) {
        if (event.kind() == TaskEvent.Kind.CANCELLING) {
            agents.values().stream()
                    .filter(agent -> agent.slots().holds(event.taskId()))
                    .forEach(agent -> agent.keeper().nudge());
        }
    }

    private Deadline deadline() {
        return Deadline.in(rules.timeout());
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("Prime Spark is closed");
        }
    }

    // --- agents

    @Override
    public List<AgentStatus> agents() {
        requireOpen();
        return queue.agents(deadline());
    }

    @Override
    public Agent local() {
        return local;
    }

    @Override
    public Agent register(AgentProfile profile) {
        requireOpen();
        AgentRunner agent = new AgentRunner(profile, world);
        AgentRunner there = agents.putIfAbsent(profile.id(), agent);
        if (there != null) {
            throw new IllegalStateException(
                    "this process has an agent '" + profile.id() + "' already; give each an id of its own");
        }
        return agent;
    }

    /**
     * Takes an agent that runs elsewhere among those of this process.
     *
     * @param id its configured id
     * @param remote created and started; closed by whoever made it, after this engine
     * @param settings values of {@link RemoteSettings#ALL}
     * @throws IllegalStateException when this process has an agent of that name
     */
    public void remote(String id, RemoteAgent remote, Settings settings) {
        AgentRunner runner = (AgentRunner) register(remote.profile());
        remotes.add(id, new RemoteHost(id, remote, runner, settings, world.meters(), blocking, scheduler));
    }

    @Override
    public AgentCallbacks callbacks() {
        return remotes;
    }

    private List<AgentStatus> ownStatus() {
        return agents.values().stream()
                .filter(agent -> agent.state() != AgentRunner.State.CLOSED)
                .map(AgentRunner::status)
                .toList();
    }

    private void obeyPower() {
        for (AgentRunner agent : agents.values()) {
            try {
                agent.obeyPower();
            } catch (RuntimeException e) { // the others must obey all the same
                LOG.error("Agent {} could not follow a change of power", agent.id(), e);
            }
        }
    }

    private void pokeAll() {
        if (agents != null) { // the view is made before them
            agents.values().forEach(AgentRunner::poke);
        }
    }

    private void changed(AgentWorld.Change change) {
        if (change.status().state() == AgentStatus.State.OFFLINE) {
            agents.remove(change.status().profile().id());
        } else {
            sweeper.begin();
        }
        events.accept(new SparkEvent.AgentChanged(clock.instant(), change.status(), change.reason()));
    }

    private void failed(Attempt attempt, TaskCompletion.Failure failure) {
        Duration pause = failure.retryIn();
        if (pause != null) {
            sweeper.within(pause);
        } else {
            TaskRequest request = attempt.request();
            events.accept(new SparkEvent.TaskDied(
                    clock.instant(), attempt.taskId(), request.type(), request.submitter(), failure.error()));
        }
    }

    // --- pauses

    @Override
    public void pause(TaskScope scope) {
        setPaused(scope, true);
    }

    @Override
    public void resume(TaskScope scope) {
        setPaused(scope, false);
    }

    private void setPaused(TaskScope scope, boolean paused) {
        requireOpen();
        queue.setPaused(Objects.requireNonNull(scope, "scope"), paused, deadline());
        view.paused(queue.paused(deadline()));
        agents.values().forEach(agent -> agent.keeper().announce());
    }

    @Override
    public Set<TaskScope> paused() {
        requireOpen();
        return Set.copyOf(queue.paused(deadline()));
    }

    @Override
    public boolean drain(TaskScope scope, Duration timeout) {
        Deadline until = Deadline.in(timeout);
        pause(scope);
        agents.values().forEach(agent -> agent.claims().barrier());
        Deadline heeded = Deadline.in(queue.traits().shared() ? PAUSE_HEEDED : Duration.ZERO);
        Duration rest = Duration.ofMillis(5);
        while (true) {
            boolean sure = heeded.isOver(); // before the look, which then sees all that was claimed
            if (!isRunning(scope) && sure) {
                return true;
            }
            if (until.isOver()) {
                return false;
            }
            LockSupport.parkNanos(Math.min(rest.toNanos(), Math.max(1, until.remainingNanos())));
            if (Thread.currentThread().isInterrupted()) {
                throw new TaskException(
                        "interrupted while draining; what is paused stays paused, drain again or resume", true, null);
            }
            rest = rest.multipliedBy(2).compareTo(PAUSE_HEEDED) > 0 ? PAUSE_HEEDED : rest.multipliedBy(2);
        }
    }

    private boolean isRunning(TaskScope scope) {
        TaskFilter filter = TaskFilter.ALL.withStatus(TaskStatus.RUNNING);
        if (scope instanceof TaskScope.OfType only) {
            filter = filter.withType(only.type());
        }
        String cursor = null;
        do {
            TaskPage page = queue.list(filter, cursor, MAX_PAGE, deadline());
            if (page.tasks().stream().anyMatch(task -> isIn(scope, task))) {
                return true;
            }
            cursor = page.next();
        } while (cursor != null);
        return false;
    }

    private static boolean isIn(TaskScope scope, TaskSnapshot task) {
        if (scope instanceof TaskScope.UpTo upTo) {
            return task.priority().compareTo(upTo.highest()) <= 0;
        }
        if (scope instanceof TaskScope.OnAgent on) {
            return task.agentId().filter(on.agentId()::equals).isPresent();
        }
        return true; // all of them, or all of the type that was asked for
    }

    // --- health and end

    /** The health of this part. */
    public HealthResult check() {
        Map<String, Double> metrics = new HashMap<>();
        int abandoned = agents.values().stream()
                .mapToInt(agent -> agent.slots().abandoned())
                .sum();
        metrics.put("agents", (double) agents.size());
        metrics.put("abandoned_handlers", (double) abandoned);
        TaskStats stats;
        try {
            stats = queue.stats(deadline());
            counted = stats;
            trouble.answered();
        } catch (QueueUnavailableException e) {
            counted = null;
            if (!closed) {
                trouble.failed("tell how many tasks there are", e);
            }
            return new HealthResult(
                    HealthStatus.UNHEALTHY, "the task queue does not answer: " + e.getMessage(), metrics);
        }
        for (TaskStatus status : TaskStatus.values()) {
            metrics.put("tasks_" + status.name().toLowerCase(Locale.ROOT), (double) stats.count(status));
        }
        metrics.put("tasks_parked", (double) stats.parked());
        if (abandoned > 0) {
            return new HealthResult(
                    HealthStatus.DEGRADED,
                    abandoned + " handlers ignore that they were told to stop; see the log for their tasks",
                    metrics);
        }
        Map<String, String> obstacles = remotes.obstacles();
        if (!obstacles.isEmpty()) {
            return new HealthResult(HealthStatus.DEGRADED, "agents that get no tasks: " + obstacles, metrics);
        }
        if (stats.parked() > 0) {
            return new HealthResult( // paused or waiting for mains is as it should be
                    HealthStatus.HEALTHY,
                    stats.parked() + " tasks wait because nobody may or can run them; their snapshots say why",
                    metrics);
        }
        return new HealthResult(HealthStatus.HEALTHY, "the task queue answers", metrics);
    }

    /** A meter must not wait for a queue, so it tells what the health check was told. */
    private double counted(TaskStatus status) {
        TaskStats stats = counted;
        return stats == null ? Double.NaN : stats.count(status);
    }

    /** The health of each agent that runs elsewhere, by its id. */
    public Map<String, HealthResult> partsHealth() {
        return remotes.health();
    }

    /**
     * Waits until every agent of this process has ended or handed back its work, as each does by itself when the power is about to
     * go. Once the power profile is another one, nothing is waited for: the agents go on.
     *
     * @param deadline by when
     * @throws TimeoutException when some of it is neither done nor handed back
     */
    public void drain(Deadline deadline) throws TimeoutException {
        for (AgentRunner agent : agents.values()) {
            Duration left = deadline.remaining();
            if (!left.isZero()) {
                agent.drainForPower(left); // waits for the one that is under way
            }
            if (agent.unfinished() > 0 && agent.isPowerGoing()) {
                throw new TimeoutException("agent " + agent.id() + " still holds "
                        + agent.slots().running() + " tasks; they go back to the queue when their leases end");
            }
        }
    }

    /** Drains and closes all agents, together, within their share of the instance's time limit. The queue stays open. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        remotes.close();
        List<Thread> closing = new ArrayList<>();
        for (AgentRunner agent : new HashSet<>(agents.values())) {
            Thread thread = new Thread(() -> agent.close(rules.closeBudget()), "spark-close-agent-" + agent.id());
            thread.setDaemon(true);
            thread.start();
            closing.add(thread);
        }
        Deadline until = Deadline.in(rules.closeBudget().plus(Duration.ofSeconds(1)));
        for (Thread thread : closing) {
            try {
                thread.join(Math.max(1, until.remaining().toMillis()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        closed = true;
        obedience.close();
        sweeper.close();
        pulse.close();
        watch.close();
        end(cancellations);
    }

    private static void end(@Nullable AutoCloseable subscription) {
        if (subscription != null) {
            try {
                subscription.close();
            } catch (Exception e) {
                throw new TaskException("the subscription to the task queue did not end cleanly", false, e);
            }
        }
    }
}

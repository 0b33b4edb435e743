package ai.primespark.agent.redis;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.QueueFullException;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskPage;
import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStats;
import ai.primespark.agent.TaskStatus;
import ai.primespark.health.HealthIndicator;
import ai.primespark.health.HealthResult;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A queue on Redis: a hash for each task, a sorted set for each line that tasks stand in, and a script for each change of state.
 * All times are the server's. See the README for the layout of the keys.
 */
final class RedisTaskQueue implements TaskQueue {

    private static final int LEASE_VALUES = 7; // as claim.lua answers
    private static final Logger LOG = LoggerFactory.getLogger(RedisTaskQueue.class);
    private static final Duration NEWER_PAUSE = Duration.ofSeconds(30);
    private static final Duration FIRST_CONNECTION = Duration.ofSeconds(1);
    private static final int MOST_IN_BATCH = 10_000;
    private static final int PAGE = 500;
    private static final int MOST_PAGES = 20;
    private static final int MOST_OUTPUT = 64 << 10;
    private static final int MOST_REMEMBERED = 4_096;
    private static final int FIRST_LANE = 11; // in the answer of stats.lua

    private final QueueConfig config;
    private final String instance = UUID.randomUUID().toString();
    private final Map<TaskLane, String> laneIds = new ConcurrentHashMap<>();
    private final Map<String, TaskLane> lanesById = new ConcurrentHashMap<>();
    private final Locator locator;
    private final QueueLink link;
    private final QueueNews news;
    private final WakeUps wakeUps;
    private final Caretaker caretaker;
    private final Endings endings;
    private final AtomicLong emitted = new AtomicLong();
    private final AtomicBoolean heardBefore = new AtomicBoolean();
    private volatile boolean closed;

    RedisTaskQueue(QueueConfig config, ProviderContext context) {
        this.config = config;
        this.locator = new Locator(config.servers(), config.key(""));
        this.link = new QueueLink(config, context, locator, this::connected, this::moved);
        this.news = new QueueNews(config, context, locator, instance, this::listening, this::noted);
        this.wakeUps = new WakeUps(config, context, locator, link, instance);
        this.caretaker = new Caretaker(config, context, link, instance, news::steadyFor);
        this.endings = new Endings(link);
    }

    /**
     * Waits a second at most for the first connection, so that a server that must not be used is refused here and not later.
     *
     * @throws IllegalStateException when the server must not be used as configured
     */
    @Override
    public void start() {
        link.start();
        news.start();
        try {
            CompletableFuture.allOf(link.firstAttempt(), news.firstAttempt())
                    .get(FIRST_CONNECTION.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Preflight.Refused refused) {
                throw new IllegalStateException(refused.getMessage(), refused);
            }
        } catch (TimeoutException e) {
            // it is tried on; nothing needs it now
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether it answers, the engine sees; what it would lose, only the server's settings say. */
    @Override
    public Optional<HealthIndicator> health() {
        return Optional.of(() ->
                link.concern().isEmpty() ? HealthResult.healthy("no concerns") : HealthResult.degraded(link.concern()));
    }

    /** For tests. */
    QueueLink link() {
        return link;
    }

    /** For tests. */
    boolean isListening() {
        return !news.steadyFor().isNegative();
    }

    private void connected() {
        caretaker.plan(Duration.ZERO);
    }

    /** A planned failover of a cluster, or a slot that moves, leaves the other connections where they were. */
    private void moved() {
        news.renew();
        wakeUps.renew();
    }

    /** Notes may have been missed; and if this connection was broken, the blocking one may be, without a sign of it. */
    private void listening() {
        if (heardBefore.getAndSet(true)) {
            wakeUps.renew();
        }
        wakeUps.wakeAll();
        caretaker.plan(Duration.ZERO);
    }

    /** A note of the queue: a letter, and what it says. */
    private void noted(String note) {
        switch (note.charAt(0)) {
            case 'L' -> wakeUps.laneCame(note.substring(1));
            case 'D' -> caretaker.due(Duration.ofNanos(Long.parseLong(note.substring(1)) * 1_000 + 1_000_000));
            case 'B' -> caretaker.leasesBegan();
            case 'W' -> wakeUps.wakeAll();
            default -> { // of a newer program
            }
        }
    }

    @Override
    public Traits traits() {
        return new Traits(config.durable(), true, config.maxPayload());
    }

    private String laneId(TaskLane lane) {
        String id = laneIds.get(lane);
        if (id == null) {
            id = Envelopes.laneId(lane);
            remember(lane, id);
        }
        return id;
    }

    private void remember(TaskLane lane, String id) {
        if (laneIds.size() > MOST_REMEMBERED) {
            laneIds.clear();
            lanesById.clear();
        }
        laneIds.put(lane, id);
        lanesById.put(id, lane);
    }

    // --- submitting

    @Override
    public List<Submitted> submit(List<TaskEnvelope> batch, Deadline deadline) {
        if (batch.isEmpty()) {
            return List.of();
        }
        if (batch.size() > MOST_IN_BATCH) {
            throw new IllegalArgumentException("a batch has at most " + MOST_IN_BATCH + " tasks, not " + batch.size()
                    + ": it would hold up everybody else's operations in the server");
        }
        List<Object> answers = callSubmit(submission(batch), deadline);
        if (answers.size() == 2 && "FULL".equals(Args.string(answers.get(0)))) {
            throw new QueueFullException("task queue '" + config.id() + "' has " + Args.string(answers.get(1))
                    + " tasks under way, and max-tasks is " + config.maxTasks() + "; try again later, or raise it");
        }
        List<Submitted> submitted = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            String answer = Args.string(answers.get(i));
            submitted.add(
                    switch (answer.charAt(0)) {
                        case 'N' -> new Submitted(batch.get(i).id(), Submitted.Outcome.CREATED);
                        case 'S' -> new Submitted(answer.substring(1), Submitted.Outcome.EXISTING);
                        default -> new Submitted(answer.substring(1), Submitted.Outcome.CONFLICT);
                    });
        }
        return submitted;
    }

    private List<Object> callSubmit(Args args, Deadline deadline) {
        try {
            return link.call(QueueScript.SUBMIT, args, link.soon(deadline));
        } catch (QueueUnavailableException e) {
            if (e.getCause() != null && QueueErrors.isFull(e.getCause())) {
                QueueFullException full = new QueueFullException(config.name()
                        + ": the server's memory is full (maxmemory), so no task of the batch was taken; raise maxmemory, or if a"
                        + " cache is beside the queue, let it make room by maxmemory-policy volatile-lru");
                full.addSuppressed(e);
                throw full;
            }
            throw e;
        }
    }

    private Args submission(List<TaskEnvelope> batch) {
        Map<TaskLane, Integer> lanes = new HashMap<>();
        Args laneArgs = new Args();
        Args taskArgs = new Args();
        for (TaskEnvelope task : batch) {
            TaskLane lane = task.lane();
            Integer number = lanes.get(lane);
            if (number == null) {
                number = lanes.size() + 1;
                lanes.put(lane, number);
                laneArgs.text(laneId(lane)).text(Envelopes.laneText(lane));
            }
            write(taskArgs, task, number);
        }
        Args all = new Args().number(config.maxTasks()).number(lanes.size());
        laneArgs.values().forEach(all::raw);
        all.number(batch.size());
        taskArgs.values().forEach(all::raw);
        return all;
    }

    private void write(Args args, TaskEnvelope task, int lane) {
        var request = task.request();
        checkSize("the payload of task " + task.id(), task.payload());
        String key = request.idempotencyKey().orElse("");
        args.text(task.id())
                .number(lane)
                .raw(Envelopes.encode(task))
                .number(request.notBefore().map(Args::toMicros).orElse(0L))
                .number(request.deadline().map(Args::toMicros).orElse(0L))
                .micros(request.retention())
                .number(request.retry().maxLosses())
                .text(key.isEmpty() ? "" : Envelopes.digest(Args.bytes(key)))
                .text(key.isEmpty() ? "" : Envelopes.digest(Args.bytes(request.type()), new byte[1], task.payload()))
                .text(request.submitter())
                .text(request.type())
                .text(request.priority().name())
                .text(String.join(" ", request.after()));
    }

    private void checkSize(String what, byte @Nullable [] bytes) {
        if (bytes != null && bytes.length > config.maxPayload()) {
            throw new TaskException(
                    what + " has " + bytes.length + " bytes, and max-payload of task queue '"
                            + config.id() + "' is " + config.maxPayload()
                            + "; put it into the memory's objects and hand over its name",
                    false,
                    null);
        }
    }

    // --- working

    @Override
    public List<TaskLease> claim(TaskClaim claim, Deadline deadline) {
        if (closed) {
            throw new QueueUnavailableException(config.name() + " is closed", null);
        }
        if (claim.lanes().isEmpty()) {
            return List.of();
        }
        Args args = new Args()
                .text(claim.requestId())
                .text(claim.agentId())
                .text(instance)
                .micros(claim.life())
                .number(claim.max())
                .number(claim.lanes().size());
        Set<String> ids = new HashSet<>();
        for (TaskLane lane : claim.lanes()) {
            String id = laneId(lane);
            ids.add(id);
            args.text(id).number(lane.priority().headStart().toMillis() * 1_000).text(lane.type());
        }
        args.number(claim.limits().size());
        claim.limits()
                .forEach((type, limit) -> args.text(type)
                        .number(limit.maxRunning())
                        .text(
                                Double.isInfinite(limit.startsPerSecond())
                                        ? "0"
                                        : Double.toString(limit.startsPerSecond())));
        wakeUps.claims(ids);
        List<Object> answer = link.call(QueueScript.CLAIM, args, deadline);
        List<TaskLease> leases = new ArrayList<>(answer.size() / LEASE_VALUES);
        for (int i = 0; i + LEASE_VALUES <= answer.size(); i += LEASE_VALUES) {
            TaskLease.Ref ref =
                    new TaskLease.Ref(Args.string(answer.get(i)), claim.agentId(), Args.toLong(answer.get(i + 1)));
            try {
                leases.add(lease(ref, answer, i));
            } catch (IllegalStateException e) {
                refuse(ref, e);
            }
        }
        return leases;
    }

    /** A task that cannot be read must not hold up those that came with it. What is newer than this program is left to others. */
    private void refuse(TaskLease.Ref ref, IllegalStateException why) {
        LOG.warn("{}: {}", config.name(), why.getMessage());
        String text = String.valueOf(why.getMessage());
        Args args = lease(new Args(), ref);
        if (why instanceof Envelopes.Newer) {
            args.text("W").text("NOT_UNDERSTOOD").text(text).micros(NEWER_PAUSE);
        } else {
            args.text("D").text("DAMAGED").text(text).text("");
        }
        var unused = link.send(QueueScript.COMPLETE, args); // if that fails, the lease runs out
    }

    @SuppressWarnings("NullAway") // does not see in class files that an array of a record may be null
    private static TaskLease lease(TaskLease.Ref ref, List<Object> answer, int from) {
        byte[] saved = (byte[]) answer.get(from + 6);
        return new TaskLease(
                ref,
                Envelopes.decode(ref.taskId(), (byte[]) answer.get(from + 5)),
                (int) Args.toLong(answer.get(from + 2)),
                (int) Args.toLong(answer.get(from + 3)),
                (int) Args.toLong(answer.get(from + 4)),
                saved.length == 0 ? null : saved);
    }

    @Override
    public Set<TaskLane> lanes(Deadline deadline) {
        wakeUps.lanesAreRead();
        Set<TaskLane> lanes = new HashSet<>();
        for (Object text : command(deadline, CommandType.HVALS, "lanes")) {
            lanes.add(Envelopes.lane(Args.string(text)));
        }
        return Set.copyOf(lanes);
    }

    @Override
    public boolean awaitWork(Set<TaskLane> known, Duration max) throws InterruptedException {
        if (closed) {
            throw new QueueUnavailableException(config.name() + " is closed", null);
        }
        Set<String> ids = new HashSet<>();
        known.forEach(lane -> ids.add(laneId(lane)));
        return wakeUps.await(ids, max);
    }

    @Override
    public List<Beat> beat(List<TaskLease.Progress> leases, Duration life, Deadline deadline) {
        if (leases.isEmpty()) {
            return List.of();
        }
        Args args = new Args().micros(life);
        for (TaskLease.Progress each : leases) {
            boolean nothing = each.fraction() == 0 && each.note().isEmpty();
            lease(args, each.ref()).text(nothing ? "" : each.fraction() + " " + each.note());
        }
        List<Beat> beats = new ArrayList<>(leases.size());
        for (Object answer : link.call(QueueScript.BEAT, args, deadline)) {
            String text = Args.string(answer);
            beats.add(new Beat(!text.isEmpty(), text.length() < 2 ? null : CancelReason.valueOf(text.substring(1))));
        }
        return beats;
    }

    private static Args lease(Args args, TaskLease.Ref ref) {
        return args.text(ref.taskId()).text(ref.agentId()).number(ref.fence());
    }

    @Override
    public boolean save(TaskLease.Ref lease, byte[] checkpoint, Deadline deadline) {
        checkSize("the checkpoint of task " + lease.taskId(), checkpoint);
        Args args = lease(new Args(), lease).text("C").raw(checkpoint);
        return Args.toLong(link.call(QueueScript.SAVE, args, deadline).get(0)) == 1;
    }

    @Override
    public boolean emit(TaskLease.Ref lease, String piece, Deadline deadline) {
        byte[] bytes = Args.bytes(piece);
        if (bytes.length > MOST_OUTPUT) {
            throw new IllegalArgumentException(
                    "a piece of output has at most " + MOST_OUTPUT + " bytes, not " + bytes.length + "; send several");
        }
        Args args = lease(new Args(), lease).text("O").raw(bytes).number(emitted.incrementAndGet());
        return Args.toLong(
                        link.call(QueueScript.SAVE, args, link.soon(deadline)).get(0))
                == 1;
    }

    @Override
    public boolean complete(TaskLease.Ref lease, TaskCompletion completion, Deadline deadline) {
        return completeAll(List.of(new Ending(lease, completion)), deadline).get(0);
    }

    @Override
    public List<Boolean> completeAll(List<Ending> ends, Deadline deadline) {
        if (ends.isEmpty()) {
            return List.of();
        }
        for (Ending each : ends) {
            if (each.completion() instanceof TaskCompletion.Success success) {
                checkSize("the result of task " + each.lease().taskId(), success.result());
            } else if (each.completion() instanceof TaskCompletion.Release release) {
                checkSize("the checkpoint of task " + each.lease().taskId(), release.checkpoint());
            }
        }
        List<Object> answers = link.await(deadline, connection -> {
            List<CompletableFuture<Boolean>> each = endings.add(ends);
            return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
                    .thenApply(done ->
                            each.stream().<Object>map(CompletableFuture::join).toList());
        });
        return answers.stream().map(Boolean.class::cast).toList();
    }

    @Override
    public void heartbeat(AgentStatus agent, Duration life, Deadline deadline) {
        var unused = link.call(
                QueueScript.HEARTBEAT,
                new Args().text(agent.profile().id()).micros(life).raw(Statuses.encode(agent)),
                deadline);
    }

    /** Does what is due, which this queue also does by itself: whoever asks need not come again soon. */
    @Override
    public Duration sweep(Deadline deadline) {
        Duration pause = caretaker.sweep(deadline);
        return pause.compareTo(Caretaker.BACKUP) < 0 ? Caretaker.BACKUP : pause;
    }

    // --- asking

    @Override
    public CancelOutcome cancel(String taskId, String reason, Deadline deadline) {
        boolean[] sent = {false};
        List<Object> answer = link.await(link.soon(deadline), connection -> {
            boolean again = sent[0];
            sent[0] = true;
            return link.send(
                    QueueScript.CANCEL,
                    new Args().text(taskId).text(Endings.shorten(reason)).flag(again));
        });
        return switch (Args.string(answer.get(0)).charAt(0)) {
            case 'C' -> CancelOutcome.CANCELLED;
            case 'Q' -> CancelOutcome.REQUESTED;
            case 'L' -> CancelOutcome.TOO_LATE;
            default -> CancelOutcome.UNKNOWN;
        };
    }

    /** A command on one of the queue's keys. */
    private List<Object> command(Deadline deadline, CommandType type, String key, String... words) {
        return link.await(link.soon(deadline), connection -> {
            CommandArgs<byte[], byte[]> args = new CommandArgs<>(ByteArrayCodec.INSTANCE).addKey(config.key(key));
            for (String word : words) {
                args.add(word);
            }
            return QueueLink.dispatch(connection, type, args);
        });
    }

    @Override
    public Optional<TaskSnapshot> find(String taskId, Deadline deadline) {
        List<Object> row = command(deadline, CommandType.HMGET, "t:" + taskId, Rows.FIELDS);
        return Optional.ofNullable(Rows.read(taskId, row, 0, parked(row, 0, new Parking[1], deadline)));
    }

    /** Why a task waits, if it is ready; agents and pauses are asked for when the first one is. */
    private @Nullable String parked(List<Object> row, int from, Parking[] parking, Deadline deadline) {
        String laneId = Rows.readyLane(row, from);
        if (laneId == null) {
            return null;
        }
        TaskLane lane = lanesById.get(laneId);
        if (lane == null) {
            Object text = command(deadline, CommandType.HGET, "lanes", laneId).stream()
                    .findFirst()
                    .orElse(null);
            if (text == null) {
                return null; // it has been taken meanwhile
            }
            lane = Envelopes.lane(Args.string(text));
            remember(lane, laneId);
        }
        if (parking[0] == null) {
            parking[0] = parking(deadline);
        }
        return parking[0].reason(lane).orElse(null);
    }

    private Parking parking(Deadline deadline) {
        return new Parking(agents(deadline), paused(deadline));
    }

    @Override
    public Optional<byte[]> result(String taskId, Deadline deadline) {
        List<Object> row = command(deadline, CommandType.HMGET, "t:" + taskId, "s", "r");
        return row.get(0) != null && Args.string(row.get(0)).equals("D")
                ? Optional.ofNullable((byte[]) row.get(1))
                : Optional.empty();
    }

    @Override
    public TaskPage list(TaskFilter filter, @Nullable String cursor, int limit, Deadline deadline) {
        if (limit < 1) {
            throw new IllegalArgumentException("a page has at least one task: " + limit);
        }
        if (filter.id().isPresent()) {
            return new TaskPage(
                    cursor != null
                            ? List.of()
                            : find(filter.id().get(), deadline).filter(filter::matches).stream()
                                    .toList(),
                    null);
        }
        List<TaskSnapshot> tasks = new ArrayList<>();
        String next = cursor;
        Parking[] parking = new Parking[1];
        for (int page = 0; page < MOST_PAGES; page++) {
            List<Object> answer = link.call(
                    QueueScript.LIST,
                    new Args()
                            .text(filter.statuses().equals(Set.of(TaskStatus.DEAD)) ? "d" : "i")
                            .text(next == null ? "+" : "(" + next)
                            .number(limit - tasks.size())
                            .number(PAGE)
                            .text(Rows.codes(filter.statuses()))
                            .text(filter.type().orElse(""))
                            .text(filter.submitter().orElse("")),
                    link.soon(deadline));
            for (int i = 1; i < answer.size(); i += Rows.FIELDS.length + 1) {
                String parked = parked(answer, i + 1, parking, deadline);
                tasks.add(Objects.requireNonNull(Rows.read(Args.string(answer.get(i)), answer, i + 1, parked)));
            }
            String last = Args.string(answer.get(0));
            next = last.isEmpty() ? null : last;
            if (next == null || tasks.size() >= limit || deadline.isOver()) {
                break;
            }
        }
        return new TaskPage(tasks, next);
    }

    @Override
    public int replay(TaskFilter filter, Deadline deadline) {
        return revive(filter, "R", deadline);
    }

    @Override
    public int purge(TaskFilter filter, Deadline deadline) {
        return revive(filter, "P", deadline);
    }

    private int revive(TaskFilter filter, String how, Deadline deadline) {
        if (!filter.statuses().contains(TaskStatus.DEAD)) {
            return 0;
        }
        TaskFilter dead = filter.withStatus(TaskStatus.DEAD);
        int count = 0;
        String cursor = null;
        do {
            TaskPage page = list(dead, cursor, PAGE, deadline);
            for (TaskSnapshot task : page.tasks()) {
                Args args = new Args().text(task.id()).text(how);
                if (how.equals("R")) {
                    List<Object> row = command(deadline, CommandType.GET, "e:" + task.id());
                    if (row.isEmpty() || row.get(0) == null) {
                        continue; // forgotten meanwhile, or its payload is lost
                    }
                    TaskLane lane;
                    try {
                        lane = Envelopes.decode(task.id(), (byte[]) row.get(0)).lane();
                    } catch (IllegalStateException e) {
                        LOG.warn("{}: {}, so it stays dead", config.name(), e.getMessage());
                        continue;
                    }
                    args.text(laneId(lane)).text(Envelopes.laneText(lane));
                }
                count += (int) Args.toLong(
                        link.call(QueueScript.REVIVE, args, deadline).get(0));
                if (deadline.isOver()) {
                    return count;
                }
            }
            cursor = page.next();
        } while (cursor != null);
        return count;
    }

    @Override
    public List<AgentStatus> agents(Deadline deadline) {
        List<Object> answer = command(deadline, CommandType.HGETALL, "a");
        long now = serverTime(deadline);
        List<AgentStatus> agents = new ArrayList<>();
        for (int i = 0; i + 1 < answer.size(); i += 2) {
            byte[] value = (byte[]) answer.get(i + 1);
            int first = indexOf(value, 0);
            int second = indexOf(value, first + 1);
            long heard = Long.parseLong(new String(value, 0, first, StandardCharsets.US_ASCII));
            long life = Long.parseLong(new String(value, first + 1, second - first - 1, StandardCharsets.US_ASCII));
            byte[] status = java.util.Arrays.copyOfRange(value, second + 1, value.length);
            agents.add(Statuses.decode(Args.string(answer.get(i)), status, Args.instant(heard), heard + life < now));
        }
        agents.sort(java.util.Comparator.comparing(agent -> agent.profile().id()));
        return List.copyOf(agents);
    }

    private static int indexOf(byte[] value, int from) {
        int at = from;
        while (value[at] != ' ') {
            at++;
        }
        return at;
    }

    private long serverTime(Deadline deadline) {
        List<Object> time = link.await(
                link.soon(deadline),
                connection ->
                        QueueLink.dispatch(connection, CommandType.TIME, new CommandArgs<>(ByteArrayCodec.INSTANCE)));
        return Args.toLong(time.get(0)) * 1_000_000 + Args.toLong(time.get(1));
    }

    @Override
    public void setPaused(TaskScope scope, boolean paused, Deadline deadline) {
        var unused = link.call(
                QueueScript.PAUSE, new Args().text(Statuses.text(scope)).flag(paused), link.soon(deadline));
    }

    @Override
    public Set<TaskScope> paused(Deadline deadline) {
        Set<TaskScope> scopes = new HashSet<>();
        for (Object text : command(deadline, CommandType.SMEMBERS, "p")) {
            scopes.add(Statuses.scope(Args.string(text)));
        }
        return Set.copyOf(scopes);
    }

    @Override
    public TaskStats stats(Deadline deadline) {
        List<Object> n = link.call(QueueScript.STATS, new Args(), link.soon(deadline));
        Map<TaskStatus, Long> byStatus = new EnumMap<>(TaskStatus.class);
        for (int i = 0; i < Rows.STATUSES.size(); i++) {
            byStatus.put(Rows.STATUSES.get(i), Args.toLong(n.get(i)));
        }
        long parked = 0;
        Parking parking = n.size() > FIRST_LANE ? parking(deadline) : null;
        for (int i = FIRST_LANE; parking != null && i + 1 < n.size(); i += 2) {
            String lane = Args.string(n.get(i));
            if (!lane.isEmpty() && parking.reason(Envelopes.lane(lane)).isPresent()) {
                parked += Args.toLong(n.get(i + 1));
            }
        }
        return new TaskStats(byStatus, parked, Args.toLong(n.get(8)), Args.toLong(n.get(9)), Args.toLong(n.get(10)));
    }

    @Override
    public AutoCloseable subscribe(Consumer<TaskEvent> listener) {
        if (closed) {
            throw new QueueUnavailableException(config.name() + " is closed", null);
        }
        return news.subscribe(listener);
    }

    @Override
    public void close() {
        closed = true;
        caretaker.close();
        wakeUps.close();
        news.close();
        link.close();
        locator.close();
    }

    @Override
    public String toString() {
        return "RedisTaskQueue[" + config.name() + "]";
    }
}

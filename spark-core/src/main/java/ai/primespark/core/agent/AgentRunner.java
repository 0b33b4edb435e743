package ai.primespark.core.agent;

import ai.primespark.agent.Agent;
import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.DrainReport;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskHandler;
import ai.primespark.agent.TaskRequest;
import ai.primespark.power.PowerDecision;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskQueue;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent: its state, and what its parts are told. {@link Scout} waits for work while there are free slots, {@link Claims} takes it
 * under leases into the backlog, {@link Slots} run what is there and claim again by themselves as long as there is more, and
 * {@link Keeper} looks after leases and limits. A drain stops the claims first, then the handlers.
 */
final class AgentRunner implements Agent, AttemptHost {

    private static final Logger LOG = LoggerFactory.getLogger(AgentRunner.class);

    /** How long an outcome may wait to be handed in with others. */
    static final long STALE_NANOS = Duration.ofMillis(20).toNanos();

    private final AgentProfile profile;
    private final AgentWorld world;
    private final Handlers handlers = new Handlers();
    private final Pace pace = new Pace();
    private final Claims claims;
    private final Keeper keeper;
    private final Drains drains;
    private final Slots slots;
    private final Scout scout;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile State state = State.IDLE;
    private volatile PowerProfile power;
    private boolean scouting; // guarded by lock
    private boolean offline; // guarded by lock; stopped by power, and goes on when that is back
    private boolean suspended; // guarded by lock; whatever the power is
    private final Object powering = new Object(); // one change of power at a time

    /** What the agent does. */
    enum State {
        IDLE,
        ACTIVE,
        DRAINING,
        CLOSED
    }

    AgentRunner(AgentProfile profile, AgentWorld world) {
        this.profile = profile;
        this.world = world;
        this.power = world.power().profile();
        this.claims = new Claims(this, world);
        this.slots = new Slots(this, world);
        this.scout = new Scout(this, world);
        this.keeper = new Keeper(this, world);
        this.drains = new Drains(this);
        world.meters().gauge("spark.agents.running", () -> slots.busy(), "agent", profile.id());
        world.meters().gauge("spark.agents.slots", () -> slots.allowed(), "agent", profile.id());
        world.meters().gauge("spark.agents.abandoned", () -> slots.abandoned(), "agent", profile.id());
    }

    // --- the user's view

    @Override
    public AgentStatus status() {
        return new AgentStatus(
                profile,
                switch (state) {
                    case IDLE -> AgentStatus.State.PAUSED;
                    case ACTIVE ->
                        Terms.pausesAll(world.view().pausedAsKnown(), profile.id())
                                ? AgentStatus.State.PAUSED
                                : AgentStatus.State.ACTIVE;
                    case DRAINING -> AgentStatus.State.DRAINING;
                    case CLOSED -> AgentStatus.State.OFFLINE;
                },
                slots.busy(),
                world.load().get(),
                power,
                world.clock().instant(),
                handlers.types());
    }

    @Override
    public <T, R> Agent handle(String type, Class<T> payload, TaskHandler<T, R> handler) {
        Objects.requireNonNull(payload, "payload");
        Objects.requireNonNull(handler, "handler");
        var unused = TaskRequest.of(type, "").build(); // the type's own rule
        @SuppressWarnings("unchecked") // payloads are read as T, and results are only written
        TaskHandler<Object, Object> any = (TaskHandler<Object, Object>) handler;
        add(List.of(entry(type, payload, any, false)));
        return this;
    }

    @Override
    public Agent handlers(Object methods) {
        Objects.requireNonNull(methods, "methods");
        add(AnnotatedHandlers.of(methods).stream()
                .map(found -> entry(found.type(), found.payload(), found.handler(), false))
                .toList());
        return this;
    }

    /** Adds what the engine has built in, for types that have no handler of the application's. */
    void builtin(String type, Type payload, TaskHandler<Object, Object> handler) {
        add(List.of(entry(type, payload, handler, true)));
    }

    private Handlers.Entry entry(String type, Type payload, TaskHandler<Object, Object> handler, boolean builtin) {
        return new Handlers.Entry(type, payload, handler, builtin, new Outcomes(world.meters(), type));
    }

    private void add(List<Handlers.Entry> entries) {
        if (state == State.CLOSED) {
            throw closed();
        }
        handlers.add(entries);
        world.view().changed();
        keeper.announce();
        poke();
    }

    private IllegalStateException closed() {
        return new IllegalStateException("agent " + profile.id() + " is closed; register another one");
    }

    @Override
    public void start() {
        if (!begin()) {
            throw closed();
        }
    }

    /**
     * Begins to claim, with the threads that it takes; false when the agent is closed.
     *
     * @throws RejectedExecutionException when there is none; nothing has changed, and the next start tries again
     */
    private boolean begin() {
        lock.lock();
        try {
            if (state == State.CLOSED) {
                return false;
            }
            world.pulse().add(keeper);
            if (!scouting) {
                world.executor().execute(scout);
                scouting = true;
            }
            if (state == State.ACTIVE) {
                return true;
            }
            state = State.ACTIVE;
            offline = false;
            suspended = false;
        } finally {
            lock.unlock();
        }
        keeper.announce();
        world.view().changed();
        poke();
        tell("started");
        obeyPower();
        return true;
    }

    /** Is among the agents from now on, though it claims nothing before it is started. */
    void show() {
        world.pulse().add(keeper);
        keeper.announce();
    }

    @Override
    public DrainReport drain(Duration budget, CancelReason reason) {
        if (reason != CancelReason.POWER && reason != CancelReason.SHUTDOWN) {
            throw new IllegalArgumentException("an agent drains for POWER or SHUTDOWN, not " + reason);
        }
        if (budget.isNegative() || budget.isZero()) {
            throw new IllegalArgumentException("a budget must be positive: " + budget);
        }
        return drains.run(budget, reason);
    }

    @Override
    public void close() {
        close(world.rules().closeBudget());
    }

    void close(Duration budget) {
        if (state == State.CLOSED) {
            return;
        }
        stayOffline();
        if (state != State.IDLE || unfinished() > 0) { // outcomes are dropped once it is closed
            var unused = drains.run(budget, CancelReason.SHUTDOWN);
        }
        stayOffline(); // also after a drain for power that was under way
        boolean first;
        lock.lock();
        try {
            first = state != State.CLOSED;
            state = State.CLOSED;
        } finally {
            lock.unlock();
        }
        if (first) {
            poke();
            world.pulse().remove(keeper);
            keeper.leave();
            tell("closed");
        }
    }

    // --- state

    String id() {
        return profile.id();
    }

    AgentProfile profile() {
        return profile;
    }

    Handlers handlers() {
        return handlers;
    }

    Pace pace() {
        return pace;
    }

    Claims claims() {
        return claims;
    }

    Keeper keeper() {
        return keeper;
    }

    Slots slots() {
        return slots;
    }

    State state() {
        return state;
    }

    PowerProfile power() {
        return power;
    }

    AgentWorld.Rules rules() {
        return world.rules();
    }

    /**
     * Claims nothing from now on; false when it did not before.
     *
     * @param forPower whether it is to begin again by itself when the power is back
     */
    boolean beginDrain(boolean forPower) {
        lock.lock();
        try {
            if (state != State.ACTIVE || forPower && !isPowerGoing()) { // it may be back by now
                return false;
            }
            state = State.DRAINING;
            offline = forPower;
        } finally {
            lock.unlock();
        }
        poke();
        return true;
    }

    /** Claims nothing until it is started by whoever asked for this; the power does not start it. */
    void suspend() {
        lock.lock();
        try {
            suspended = true;
        } finally {
            lock.unlock();
        }
        move(State.ACTIVE, State.IDLE);
    }

    /** Moves on from a state; false when it was another one. */
    boolean move(State from, State to) {
        lock.lock();
        try {
            if (state != from) {
                return false;
            }
            state = to;
        } finally {
            lock.unlock();
        }
        poke();
        return true;
    }

    void tell(String reason) {
        world.changed().accept(new AgentWorld.Change(status(), reason));
    }

    // --- power

    /** The machine's power profile may be another one. */
    void obeyPower() {
        synchronized (powering) { // the event and the pulse may come together
            PowerProfile before = power;
            PowerProfile now = world.power().profile();
            power = now;
            if (before != now) {
                world.view().changed();
                keeper.announce();
            }
            if (state == State.ACTIVE) {
                obey(now);
            } else if (now != PowerProfile.SHUTDOWN && isOffline()) {
                comeBack();
            }
            if (before != now) {
                slots.staff(); // there may be more of them for what is held
                poke();
            }
        }
    }

    private void obey(PowerProfile now) {
        if (now == PowerProfile.SHUTDOWN) {
            Duration budget = world.power()
                    .status()
                    .lastDecision()
                    .flatMap(PowerDecision::drainBudget)
                    .filter(time -> !time.isZero() && !time.isNegative())
                    .orElse(world.rules().closeBudget());
            execute(() -> drainForPower(budget));
        } else if (now != PowerProfile.FULL) {
            if (now == PowerProfile.CRITICAL) {
                keeper.handBackInterruptible(); // first: it waits for nothing
            }
            claims.releaseRefused();
        }
    }

    /**
     * Drains because the power is about to go, unless it is back already. The agent begins again by itself when it is, and the drain
     * is called off if it is still under way.
     */
    void drainForPower(Duration budget) {
        var unused = drains.runForPower(budget);
    }

    boolean isPowerGoing() {
        return world.power().profile() == PowerProfile.SHUTDOWN;
    }

    /** Begins again, also in the middle of the drain, which is called off thereby. */
    private void comeBack() {
        try {
            var unused = begin();
        } catch (RejectedExecutionException e) {
            LOG.warn("Agent {} has no thread to begin again; the next heartbeat tries it once more", profile.id());
        }
    }

    /** Whether there is something about the power that it has not followed. */
    boolean missesPower() {
        PowerProfile now = world.power().profile();
        return power != now || state != State.ACTIVE && now != PowerProfile.SHUTDOWN && isOffline();
    }

    /** Whether it is only power that it waits for. */
    private boolean isOffline() {
        lock.lock();
        try {
            return offline && !suspended && state != State.CLOSED;
        } finally {
            lock.unlock();
        }
    }

    /** Whatever becomes of the power, it does not start the agent. */
    private void stayOffline() {
        lock.lock();
        try {
            offline = false;
        } finally {
            lock.unlock();
        }
    }

    // --- work

    /** Attempts that are held or on their way here, and those whose outcome the queue may not have yet. */
    int unfinished() {
        return slots.running() + claims.asking() + keeper.completing();
    }

    /** A slot has ended an attempt. */
    void ended(Attempt attempt) {
        if (claims.ended(attempt)) {
            poke();
        }
    }

    /** Something changed that may let the agent claim. */
    void poke() {
        scout.poke();
    }

    /** A slot is free or gone. */
    void freed() {
        scout.nudge();
    }

    /** Waits until nothing is held and every outcome handed in, a drain is called off, or the time is over. */
    void awaitIdle(Deadline until) throws InterruptedException {
        scout.awaitIdle(until);
    }

    void began(Attempt attempt) {
        attempt.request().maxRuntime().ifPresent(longest -> world.pulse().within(Nanos.of(longest)));
    }

    void pulseWithin(long nanos) {
        world.pulse().within(nanos);
    }

    /** An attempt ended; drains report it. */
    void drained(TaskCompletion completion) {
        drains.count(completion);
    }

    /** Hands in outcomes. */
    void complete(List<Attempt> attempts, List<TaskQueue.Ending> endings) {
        keeper.complete(attempts, new ArrayList<>(endings));
    }

    // --- for attempts

    @Override
    public TaskQueue queue() {
        return world.queue();
    }

    @Override
    public Deadline deadline() {
        return Deadline.in(world.rules().timeout());
    }

    @Override
    public void execute(Runnable action) {
        try {
            world.executor().execute(action);
        } catch (RejectedExecutionException e) {
            LOG.warn(
                    "Agent {} has no thread left for a cancellation; its handler is interrupted all the same",
                    profile.id());
        }
    }

    @Override
    public void unavailable(String what, QueueUnavailableException failure) {
        world.trouble().failed(what + " a task", failure);
    }
}

package ai.primespark.core.agent;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Meters;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes work for one agent: from the lanes that its terms allow, not more than it has slots for, except where attempts take
 * microseconds. What was claimed waits in the backlog until a slot takes it.
 */
final class Claims {

    private static final long PLAN_LIFE = Duration.ofSeconds(1).toNanos();
    private static final Duration LONGEST_REST = Duration.ofSeconds(30);

    private final AgentRunner agent;
    private final AgentWorld world;
    private final ReentrantLock claiming = new ReentrantLock();
    private final Deference deference; // guarded by claiming
    private final Queue<Attempt> backlog = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger asking = new AtomicInteger();
    private final String requestPrefix;
    private final Meters.Counter claimed;
    private long requests; // guarded by claiming
    private @Nullable TaskClaim unanswered; // guarded by claiming; its leases may be held
    private long firstSent; // guarded by claiming; when the unanswered one was sent for the first time
    private volatile @Nullable Attempt lastChance;
    private volatile Plan plan = new Plan(Set.of(), 0, -1);

    /**
     * Where to claim from.
     *
     * @param lanes that the terms allow
     * @param until when to plan anew, by {@link System#nanoTime()}
     * @param version of the view
     */
    record Plan(Set<TaskLane> lanes, long until, long version) {

        /** How long the queue may be left to wake the scout. */
        Duration rest() {
            long left = until - System.nanoTime();
            return left <= 0 ? Duration.ofMillis(1) : Duration.ofNanos(Math.min(left, LONGEST_REST.toNanos()));
        }
    }

    Claims(AgentRunner agent, AgentWorld world) {
        this.agent = agent;
        this.world = world;
        this.deference = new Deference(agent.profile(), world.rules().patience().toNanos());
        this.requestPrefix =
                agent.id() + "-" + Long.toString(ThreadLocalRandom.current().nextLong(Long.MAX_VALUE), 36) + "-";
        this.claimed = world.meters().counter("spark.agents.claimed", "agent", agent.id());
    }

    // --- the backlog

    int waiting() {
        return waiting.get();
    }

    @Nullable
    Attempt poll() {
        Attempt next = backlog.poll();
        if (next != null) {
            waiting.decrementAndGet();
        }
        return next;
    }

    /** A look at what waits. */
    Iterable<Attempt> held() {
        return backlog;
    }

    /** Hands back what the terms do not allow any more. */
    void releaseRefused() {
        Terms terms = terms();
        int unused = release(attempt -> terms.refusal(attempt.lane()).isPresent(), CancelReason.POWER);
    }

    /** Hands back what has waited for so long that its slot must be busy with something slow. */
    void releaseStale(long now) {
        if (waiting.get() > 0 && agent.slots().allowed() <= agent.slots().running() - waiting.get()) {
            int unused =
                    release(attempt -> now - attempt.claimed() > 5 * AgentRunner.STALE_NANOS, CancelReason.SHUTDOWN);
        }
    }

    /**
     * Hands back all that waits, and waits for nothing. A claim on its way hands back what it gets by itself; one whose answer never
     * came is asked for once more, on another thread.
     */
    void releaseAll(CancelReason reason) {
        int unusedCount = release(attempt -> true, reason);
        asking.incrementAndGet();
        try {
            world.executor().execute(this::recall);
        } catch (RejectedExecutionException e) { // no thread is free: its leases run out
            asking.decrementAndGet();
        }
    }

    private void recall() {
        claiming.lock(); // a claim on its way is answered first
        try {
            if (unanswered != null) {
                int unusedCount = ask(plan, 1);
            }
        } catch (QueueUnavailableException e) {
            world.trouble().failed("give tasks to agents", e);
        } finally {
            claiming.unlock();
            asking.decrementAndGet();
        }
    }

    /** Claims on their way; what they get is not in the backlog yet. */
    int asking() {
        return asking.get();
    }

    /** Returns when every claim that was on its way is answered. */
    void barrier() {
        claiming.lock();
        try {
            waiting.get(); // nothing is to be done
        } finally {
            claiming.unlock();
        }
    }

    private int release(Predicate<Attempt> which, CancelReason reason) {
        List<Attempt> attempts = new ArrayList<>();
        for (Attempt attempt : List.copyOf(backlog)) {
            if (which.test(attempt) && backlog.remove(attempt)) {
                attempts.add(attempt);
            }
        }
        handBack(attempts, reason); // before it counts as waiting no more, so that a drain overlooks nothing
        attempts.forEach(attempt -> waiting.decrementAndGet());
        return attempts.size();
    }

    private void handBack(List<Attempt> attempts, CancelReason reason) {
        List<Attempt> settled = attempts.stream().filter(Attempt::settle).toList();
        if (!settled.isEmpty()) {
            agent.keeper()
                    .completeSoon(
                            settled,
                            settled.stream()
                                    .map(attempt -> new TaskQueue.Ending(
                                            attempt.lease().ref(), new TaskCompletion.Release(reason)))
                                    .toList());
        }
    }

    // --- claims

    /**
     * Asks the queue.
     *
     * @param max how many slots are free for it
     * @param scouting whether this is for free slots in general, so that a better agent may be first
     * @return how many came
     * @throws QueueUnavailableException when it cannot be reached
     */
    int claim(int max, boolean scouting) {
        int most = max;
        if (scouting && !agent.pace().isBlink() && isThereAnother()) {
            hesitate();
            most = Math.min(1, agent.slots().free()); // one at a time, so that a burst is shared
        }
        if (scouting) {
            most = Math.min(most, agent.slots().free()); // slots may have become fewer meanwhile
        }
        if (most <= 0) {
            return 0;
        }
        claiming.lock();
        try {
            if (!scouting && waiting.get() > 0) {
                return waiting.get(); // somebody else has claimed meanwhile
            }
            int got = ask(plan(), most);
            if (got == 0 && scouting) {
                Plan before = plan;
                var unused = world.view().lanes(true);
                Plan after = plan();
                got = after.lanes().equals(before.lanes()) ? 0 : ask(after, most);
            }
            return got;
        } finally {
            claiming.unlock();
        }
    }

    private int ask(Plan from, int max) {
        asking.incrementAndGet(); // before the state is looked at, so that a drain knows of it
        try {
            return askQueue(from, max);
        } finally {
            asking.decrementAndGet();
        }
    }

    private int askQueue(Plan from, int max) {
        boolean wantsNone =
                agent.state() != AgentRunner.State.ACTIVE || from.lanes().isEmpty() || isAlone();
        if (unanswered == null && wantsNone) {
            return 0;
        }
        int most = Math.max(max, agent.pace().batch());
        TaskClaim claim = unanswered;
        if (claim == null) {
            claim = new TaskClaim(
                    requestPrefix + requests++,
                    agent.id(),
                    from.lanes(),
                    most,
                    world.rules().lease(),
                    world.rules().limits());
        }
        boolean repeated = unanswered != null;
        long sent = repeated ? firstSent : System.nanoTime(); // what is repeated finds the leases that were given then
        firstSent = sent;
        unanswered = claim; // until it is answered
        List<TaskLease> leases = world.queue().claim(claim, agent.deadline());
        unanswered = null;
        world.trouble().answered();
        if (!leases.isEmpty()) {
            Predicate<TaskLane> refused = refused(from, sent, repeated);
            take(leases, sent, refused);
            deference.claimed(from.lanes(), sent);
            if (world.view().version() != from.version()) { // also in the moment before they were in the backlog
                releaseRefused();
            }
            if (agent.state() != AgentRunner.State.ACTIVE) { // it drains meanwhile
                int unusedCount = release(attempt -> true, CancelReason.SHUTDOWN);
            }
        }
        return leases.size();
    }

    /** Which lanes the terms do not allow any more, should they have changed since the claim was planned. */
    private Predicate<TaskLane> refused(Plan from, long sent, boolean repeated) {
        boolean late = System.nanoTime() - sent > QueueView.PAUSES_LIFE;
        if (late) { // whoever paused meanwhile relies on it by now
            try {
                var unused = world.view().paused();
            } catch (QueueUnavailableException e) {
                world.trouble().failed("tell what is paused", e);
            }
        }
        if (!late && !repeated && world.view().version() == from.version()) {
            return lane -> false;
        }
        Terms terms = terms();
        return lane -> terms.refusal(lane).isPresent();
    }

    private void take(List<TaskLease> leases, long sent, Predicate<TaskLane> refused) {
        claimed.add(leases.size());
        long validUntil = sent + world.rules().lease().toNanos();
        List<Attempt> unwanted = new ArrayList<>();
        List<Attempt> late = new ArrayList<>();
        boolean drains = agent.state() != AgentRunner.State.ACTIVE;
        for (TaskLease lease : leases) {
            Optional<Handlers.Entry> handler =
                    agent.handlers().find(lease.task().request().type());
            if (handler.isPresent()) {
                Attempt attempt = new Attempt(lease, handler.get(), agent, sent, validUntil);
                if (refused.test(attempt.lane())) {
                    unwanted.add(attempt); // never where a slot would take it
                } else if (drains || isLastChance(lease) && isAlone()) {
                    late.add(attempt);
                } else {
                    lastChance = isLastChance(lease) ? attempt : lastChance;
                    waiting.incrementAndGet();
                    backlog.add(attempt);
                }
            }
        }
        handBack(unwanted, CancelReason.POWER);
        handBack(late, CancelReason.SHUTDOWN);
    }

    private static boolean isLastChance(TaskLease lease) {
        int left = lease.task().request().retry().maxLosses() - lease.losses();
        return lease.losses() > 0 && left <= 1;
    }

    /**
     * Whether the agent has a task that is dead if its lease is lost once more. It takes nothing else then, least of all another
     * such task: what ends its agents would have others found guilty that happened to be beside it each time.
     */
    boolean isAlone() {
        Attempt attempt = lastChance;
        return attempt != null && !attempt.isSettled();
    }

    /** An attempt is over; true if more can be taken now. */
    boolean ended(Attempt attempt) {
        if (attempt != lastChance) {
            return false;
        }
        lastChance = null;
        return true;
    }

    // --- plans

    /** Where to claim from now. */
    Plan plan() {
        QueueView view = world.view();
        var unusedLanes = view.lanes(false);
        var unusedPauses = view.paused();
        Plan known = plan;
        if (known.version() == view.version() && known.until() - System.nanoTime() > 0) {
            return known;
        }
        claiming.lock();
        try {
            long version = view.version();
            Terms terms = terms();
            Set<TaskLane> all = view.lanes(false);
            deference.keep(all);
            long now = System.nanoTime();
            long until = now + (terms.runtimeLeft().isPresent() ? PLAN_LIFE : LONGEST_REST.toNanos());
            Set<TaskLane> lanes = new HashSet<>();
            List<AgentStatus> others = null;
            for (TaskLane lane : all) {
                if (terms.refusal(lane).isEmpty()) {
                    long left = 0;
                    if (!lane.preferred().isEmpty()) {
                        others = others == null ? view.agents(world.own().get()) : others;
                        left = deference.left(lane, others, now);
                        until = Math.min(until, now + (left > 0 ? Math.min(left, PLAN_LIFE) : PLAN_LIFE));
                    }
                    if (left <= 0) {
                        lanes.add(lane);
                    }
                }
            }
            Plan made = new Plan(Set.copyOf(lanes), until, version);
            plan = made;
            return made;
        } finally {
            claiming.unlock();
        }
    }

    /** On which terms the agent takes work now, as far as is known without asking the queue. */
    Terms terms() {
        Optional<Duration> left = agent.power() == PowerProfile.FULL
                ? Optional.empty()
                : world.power()
                        .status()
                        .timeRemaining()
                        .map(time -> time.minus(world.rules().runtimeMargin()));
        return new Terms(
                agent.profile(),
                agent.handlers().types(),
                agent.power(),
                left,
                agent.handlers()::usual,
                world.view().pausedAsKnown());
    }

    // --- bids

    private boolean isThereAnother() {
        for (AgentStatus other : world.view().agents(world.own().get())) {
            if (!other.profile().id().equals(agent.id()) && other.isAvailable()) {
                return true;
            }
        }
        return false;
    }

    private void hesitate() {
        double share = BidDelay.share(
                (double) agent.slots().running() / Math.max(1, agent.slots().allowed()),
                world.load().get(),
                agent.power());
        long nanos = (long) (share * world.rules().bidDelay().toNanos());
        Deadline until = Deadline.in(Duration.ofNanos(nanos));
        while (nanos > 0 && !until.isOver() && agent.state() == AgentRunner.State.ACTIVE) {
            LockSupport.parkNanos(until.remainingNanos());
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
        }
    }
}

package ai.primespark.core.agent;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskException;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskParking;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after what an agent holds: extends leases, all in one call; tells handlers to stop when their time is over, the lease is lost
 * or somebody cancels; has the last word for those that do not; and hands in outcomes until the queue has them.
 */
final class Keeper implements Pulse.Beating {

    private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);
    private static final long FIRST_PAUSE = Duration.ofMillis(20).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofSeconds(1).toNanos();
    private static final long SOONEST = Duration.ofMillis(5).toNanos();
    private static final Duration PARTING = Duration.ofMillis(500);

    /** A change of the machine's load that others are to know, because they leave work to it or take it. */
    private static final double NOTABLE_LOAD = 0.25;

    private final AgentRunner agent;
    private final AgentWorld world;
    private final Set<Attempt> completing = ConcurrentHashMap.newKeySet(); // whose outcome the queue does not have yet
    private volatile boolean announcing = true;
    private long nextBeat = System.nanoTime(); // used by the pulse only
    private volatile boolean nudged;
    private final AtomicBoolean talking = new AtomicBoolean();
    private final ReentrantLock telling = new ReentrantLock();
    private @Nullable AgentStatus told; // used by the talk only; what the queue knows
    private long toldAt; // used by the talk only

    Keeper(AgentRunner agent, AgentWorld world) {
        this.agent = agent;
        this.world = world;
    }

    /** The agent's state changed: others are to know soon. */
    void announce() {
        announcing = true;
        world.pulse().within(0);
    }

    /** Somebody asked for the end of a task that may be this agent's. */
    void nudge() {
        nudged = true;
        world.pulse().within(0);
    }

    @Override
    public long beat(long now) {
        long due = Math.max(SOONEST, nextBeat - now);
        for (Slot slot : agent.slots().all()) {
            if (slot.isStale(now)) {
                slot.flush();
            }
            Attempt attempt = slot.current();
            if (attempt != null && !attempt.isSettled()) {
                due = Math.min(due, lookSafely(slot, attempt, now));
            }
        }
        agent.claims().releaseStale(now);
        if (nudged || announcing || nextBeat - now <= 0) {
            nextBeat = now + agent.rules().heartbeat().toNanos();
            if (agent.missesPower()) { // a change whose event was lost
                agent.obeyPower();
            } else if (agent.power() == PowerProfile.CRITICAL) { // what was between the backlog and its slot
                handBackInterruptible();
            }
            talk();
            due = Math.min(due, agent.rules().heartbeat().toNanos());
        }
        return Math.max(SOONEST, due);
    }

    // --- limits

    /** One attempt that cannot be looked after must not keep the others' leases from being extended. */
    private long lookSafely(Slot slot, Attempt attempt, long now) {
        try {
            return look(slot, attempt, now);
        } catch (RuntimeException e) {
            LOG.error("Looking after task {} failed", attempt.taskId(), e);
            return Long.MAX_VALUE;
        }
    }

    /** Looks after one attempt; returns how long until that is needed again. */
    private long look(Slot slot, Attempt attempt, long now) {
        long due = Long.MAX_VALUE;
        long begun = attempt.begun();
        if (attempt.cancelled().isEmpty()) {
            Optional<Duration> longest = attempt.request().maxRuntime();
            if (longest.isPresent() && begun != 0) {
                long left = begun + Nanos.of(longest.get()) - now;
                due = checked(attempt, CancelReason.TIMEOUT, left, due);
            }
            if (!world.queue().traits().shared() && attempt.deadline().isPresent()) { // the clock is the queue's, too
                long left = Nanos.of(Duration.between(
                        world.clock().instant(), attempt.deadline().get()));
                due = checked(attempt, CancelReason.DEADLINE, left, due);
            }
            long left = attempt.validUntil() - agent.rules().leaseMarginNanos() - now;
            due = checked(attempt, CancelReason.LEASE_LOST, left, due);
        }
        Optional<CancelReason> reason = attempt.cancelled();
        if (reason.isPresent() && begun != 0) {
            long left = attempt.cancelledAt() + agent.rules().grace().toNanos() - now;
            if (left <= 0 && agent.state() != AgentRunner.State.DRAINING) {
                takeOver(slot, attempt, reason.get());
            } else {
                due = Math.min(due, Math.max(SOONEST, left));
            }
        }
        return due;
    }

    private static long checked(Attempt attempt, CancelReason reason, long left, long due) {
        if (left <= 0) {
            attempt.cancel(reason, 0);
            return due;
        }
        return Math.min(due, left);
    }

    /** The handler did not stop: its task's outcome is recorded without it, and its slot goes to another thread. */
    private boolean takeOver(Slot slot, Attempt attempt, CancelReason reason) {
        if (!attempt.settle()) {
            return false;
        }
        agent.slots().abandon(slot, attempt); // before the second interrupt, which often ends the handler
        attempt.interruptAgain();
        LOG.warn(
                "Task {} of type {} does not stop for {}; agent {} goes on without its thread",
                attempt.taskId(),
                attempt.request().type(),
                reason,
                agent.id());
        TaskCompletion outcome =
                Verdicts.stopped(reason, attempt, ThreadLocalRandom.current().nextDouble());
        if (outcome == null) {
            attempt.handler().outcomes().lost();
        } else {
            completeSoon(
                    List.of(attempt),
                    new ArrayList<>(List.of(new TaskQueue.Ending(attempt.lease().ref(), outcome))));
        }
        return true;
    }

    /** The end of a drain: has the last word for every handler that still runs. */
    int takeOver(CancelReason reason) {
        int taken = 0;
        for (Slot slot : agent.slots().all()) {
            Attempt attempt = slot.current();
            if (attempt != null && takeOver(slot, attempt, attempt.cancelled().orElse(reason))) {
                taken++;
            }
        }
        return taken;
    }

    /** Little power is left: what can be interrupted is handed back. */
    void handBackInterruptible() {
        for (Slot slot : agent.slots().all()) {
            Attempt attempt = slot.current();
            if (attempt != null
                    && attempt.request().power().interruptible()
                    && !TaskParking.isAllowed(attempt.lane(), PowerProfile.CRITICAL)) {
                attempt.cancel(CancelReason.POWER, 0);
            }
        }
    }

    // --- beats

    /**
     * Talks with the queue on another thread: while it is silent, limits and leases are looked at, those of the process's other
     * agents, too. One talk at a time; what is wished for meanwhile is said after it.
     */
    private void talk() {
        if (!talking.compareAndSet(false, true)) {
            return;
        }
        boolean announced = announcing;
        boolean telling = !nudged || announced;
        nudged = false;
        if (telling) {
            announcing = false; // before the state is read
        }
        try {
            world.executor().execute(() -> talk(telling, announced));
        } catch (RejectedExecutionException e) { // no thread is free: leases are extended all the same
            talk(telling, announced);
        }
    }

    private void talk(boolean telling, boolean announced) {
        try {
            sendBeats(System.nanoTime());
            if (telling) {
                tellStatus(announced);
            }
        } catch (RuntimeException | Error e) { // the next talk may go well
            LOG.error("Agent {} failed to talk with the queue", agent.id(), e);
        } finally {
            talking.set(false);
            if (nudged || announcing) {
                world.pulse().within(0);
            }
        }
    }

    private void sendBeats(long now) {
        List<Attempt> held = new ArrayList<>();
        for (Slot slot : agent.slots().all()) {
            Attempt attempt = slot.current();
            if (attempt != null && !attempt.isSettled() && !isGivenUp(attempt)) {
                held.add(attempt);
            }
        }
        agent.claims().held().forEach(held::add);
        held.addAll(completing);
        if (held.isEmpty()) {
            return;
        }
        List<TaskLease.Progress> leases = held.stream().map(Attempt::progress).toList();
        try {
            List<TaskQueue.Beat> answers =
                    world.queue().beat(leases, agent.rules().lease(), beatDeadline(held, now));
            world.trouble().answered();
            for (int i = 0; i < held.size(); i++) {
                heed(held.get(i), answers.get(i), now);
            }
        } catch (QueueUnavailableException e) { // the leases last for a while; look() knows for how long
            world.trouble().failed("extend leases", e);
        }
    }

    /** Its outcome will not be handed in, so another agent is to have the task as soon as the lease ends. */
    private static boolean isGivenUp(Attempt attempt) {
        return attempt.cancelled().filter(CancelReason.LEASE_LOST::equals).isPresent();
    }

    private void heed(Attempt attempt, TaskQueue.Beat answer, long sent) {
        CancelReason cancel = answer.cancel();
        if (!answer.held()) {
            attempt.cancel(CancelReason.LEASE_LOST, 0); // harmless when it has ended meanwhile
            return;
        }
        attempt.extend(sent + agent.rules().lease().toNanos());
        if (cancel != null) {
            attempt.cancel(cancel, 0);
        }
    }

    /** Soon enough to look at the leases again before the first of them is lost. */
    private Deadline beatDeadline(List<Attempt> held, long now) {
        long first = Long.MAX_VALUE;
        for (Attempt attempt : held) {
            first = Math.min(first, attempt.validUntil() - agent.rules().leaseMarginNanos() - now);
        }
        return agent.deadline().orIn(Duration.ofNanos(Math.max(SOONEST * 10, first)));
    }

    private void tellStatus(boolean announced) {
        telling.lock(); // or what was true before the agent left could arrive after that it has
        try {
            tellStatusAlone(announced);
        } finally {
            telling.unlock();
        }
    }

    private void tellStatusAlone(boolean announced) {
        AgentStatus status = agent.status();
        long now = System.nanoTime();
        if (!announced && isKnown(status, now)) {
            return;
        }
        told = null; // unless the queue answers
        try {
            world.queue().heartbeat(status, agent.rules().lease(), agent.deadline());
            told = status;
            toldAt = now;
        } catch (QueueUnavailableException e) {
            world.trouble().failed("hear of agents", e);
        }
    }

    /** An agent that has nothing to do need not say so every time: three times a lease, after which it would count as gone. */
    private boolean isKnown(AgentStatus status, long now) {
        AgentStatus before = told;
        long next = now - toldAt + agent.rules().heartbeat().toNanos();
        return before != null
                && before.running() == 0
                && status.running() == 0
                && Math.abs(status.load() - before.load()) < NOTABLE_LOAD
                && next <= agent.rules().lease().toNanos() / 3;
    }

    /** Tells that the agent is gone, as far as the queue can be reached. */
    void leave() {
        boolean alone = waitToTell();
        try {
            world.queue().heartbeat(agent.status(), agent.rules().lease(), Deadline.in(PARTING));
        } catch (QueueUnavailableException e) {
            LOG.debug("Agent {} could not say that it leaves", agent.id(), e);
        } finally {
            if (alone) {
                telling.unlock();
            }
        }
    }

    private boolean waitToTell() {
        try {
            return telling.tryLock(PARTING.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return telling.tryLock();
        }
    }

    // --- outcomes

    /** Hands in outcomes; tries again while the queue is away and the leases may hold. */
    void complete(List<Attempt> attempts, List<TaskQueue.Ending> endings) {
        if (world.pulse().isMine()) { // while the queue is away this lasts, and leases must be looked after meanwhile
            completeSoon(attempts, endings);
        } else {
            handIn(attempts, endings);
        }
    }

    /** The same, on another thread: whoever asks for it has no time to wait for the queue. */
    void completeSoon(List<Attempt> attempts, List<TaskQueue.Ending> endings) {
        completing.addAll(attempts);
        try {
            world.executor().execute(() -> handIn(attempts, endings));
        } catch (RejectedExecutionException e) { // no thread is free: better late than never
            handIn(attempts, endings);
        }
    }

    /** How many outcomes the queue may not have yet that others hand in. */
    int completing() {
        return completing.size();
    }

    private void handIn(List<Attempt> attempts, List<TaskQueue.Ending> endings) {
        long pause = FIRST_PAUSE;
        try {
            while (true) {
                try {
                    List<Boolean> accepted = world.queue().completeAll(endings, agent.deadline());
                    world.trouble().answered();
                    for (int i = 0; i < accepted.size(); i++) {
                        count(attempts.get(i), endings.get(i).completion(), accepted.get(i));
                    }
                    return;
                } catch (QueueUnavailableException e) {
                    world.trouble().failed("take the outcome of a task", e);
                    completing.addAll(attempts);
                    if (isHopeless(attempts)) {
                        attempts.forEach(attempt -> attempt.handler().outcomes().lost());
                        return;
                    }
                    LockSupport.parkNanos(pause);
                    pause = Math.min(LONGEST_PAUSE, pause * 2);
                } catch (TaskException e) { // it takes the lease to be held, and does not want this outcome
                    if (e.retryable() || !replaceRefused(attempts, endings, e)) {
                        throw e;
                    }
                    return;
                }
            }
        } finally {
            completing.removeAll(attempts);
        }
    }

    /** An outcome that the queue cannot keep, such as a result that is too large, is a failure that says so. */
    private boolean replaceRefused(List<Attempt> attempts, List<TaskQueue.Ending> endings, TaskException refusal) {
        if (attempts.size() > 1) { // find out which one it is
            for (int i = 0; i < attempts.size(); i++) {
                handIn(List.of(attempts.get(i)), new ArrayList<>(List.of(endings.get(i))));
            }
            return true;
        }
        TaskQueue.Ending ending = endings.get(0);
        if (ending.completion() instanceof TaskCompletion.Failure) {
            return false;
        }
        handIn(attempts, List.of(new TaskQueue.Ending(ending.lease(), Verdicts.hopeless(Verdicts.describe(refusal)))));
        return true;
    }

    /** Whether every lease must be somebody else's by now, or nobody waits any more. */
    private boolean isHopeless(List<Attempt> attempts) {
        long now = System.nanoTime();
        long life = agent.rules().lease().toNanos();
        return agent.state() == AgentRunner.State.CLOSED
                || attempts.stream().allMatch(attempt -> attempt.validUntil() + life - now < 0);
    }

    private void count(Attempt attempt, TaskCompletion completion, boolean accepted) {
        if (!accepted) {
            attempt.handler().outcomes().refused();
            return;
        }
        attempt.handler().outcomes().accepted(completion);
        agent.drained(completion);
        if (completion instanceof TaskCompletion.Failure failure) {
            world.failed().accept(attempt, failure);
        }
    }
}

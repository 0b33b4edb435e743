package ai.primespark.core.agent;

import ai.primespark.agent.CancelReason;
import ai.primespark.agent.DrainReport;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskCompletion;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Empties an agent within a budget. Short work may finish: until half of the budget is over nobody is told to stop, except what is
 * known to take longer, and, when power goes, what is not known to be short. Then all are told; what cannot be interrupted only
 * when 80 % are over. What is left at 90 % is handed back without its handler.
 */
final class Drains {

    private static final Logger LOG = LoggerFactory.getLogger(Drains.class);

    private final AgentRunner agent;
    private final ReentrantLock one = new ReentrantLock(); // drain at a time
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicInteger released = new AtomicInteger();
    private final AtomicInteger abandoned = new AtomicInteger();

    Drains(AgentRunner agent) {
        this.agent = agent;
    }

    /** Counts what becomes of an attempt; harmless outside of drains. */
    void count(TaskCompletion completion) {
        (completion instanceof TaskCompletion.Release ? released : finished).incrementAndGet();
    }

    DrainReport run(Duration budget, CancelReason reason) {
        return run(budget, reason, false);
    }

    /** Because the power is about to go: is called off as soon as it is back. */
    DrainReport runForPower(Duration budget) {
        return run(budget, CancelReason.POWER, true);
    }

    private DrainReport run(Duration budget, CancelReason reason, boolean forPower) {
        try {
            return runAlone(budget, reason, forPower);
        } finally {
            agent.obeyPower(); // it may have changed meanwhile, which an agent that drains does not follow
        }
    }

    private DrainReport runAlone(Duration budget, CancelReason reason, boolean forPower) {
        long begun = System.nanoTime();
        one.lock(); // a second drain waits for the first, whose end is its end, too
        try {
            if (!agent.beginDrain(forPower) && (agent.state() != AgentRunner.State.IDLE || agent.unfinished() == 0)) {
                return new DrainReport(0, 0, 0, since(begun));
            }
            finished.set(0);
            released.set(0);
            abandoned.set(0);
            agent.keeper().announce();
            agent.tell("drains for " + reason);
            drain(begun, budget, reason, forPower);
            DrainReport report = new DrainReport(finished.get(), released.get(), abandoned.get(), since(begun));
            boolean calledOff = !agent.move(AgentRunner.State.DRAINING, AgentRunner.State.IDLE)
                    && agent.state() == AgentRunner.State.ACTIVE;
            agent.keeper().announce();
            agent.tell(calledOff ? "drain called off" : "drained");
            LOG.info(
                    "Agent {} {} for {}: {} finished, {} handed back, {} left behind, {} ms",
                    agent.id(),
                    calledOff ? "called off a drain" : "drained",
                    reason,
                    report.finished(),
                    report.released(),
                    report.abandoned(),
                    report.took().toMillis());
            return report;
        } finally {
            one.unlock();
        }
    }

    private static Duration since(long begun) {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    private void drain(long begun, Duration budget, CancelReason reason, boolean forPower) {
        long nanos = Nanos.of(budget);
        long end = begun + nanos / 10 * 9;
        agent.claims().releaseAll(reason);
        long half = nanos / 2;
        stop(reason, end, attempt -> isInterruptible(attempt) && isLong(attempt, half, reason));
        try {
            if (!idleBy(begun + half)) {
                stop(reason, end, Drains::isInterruptible);
            }
            if (!idleBy(begun + nanos / 10 * 8)) {
                stop(reason, end, attempt -> true);
            }
            if (!idleBy(end)) {
                abandoned.addAndGet(agent.keeper().takeOver(reason));
                var unused = idleBy(begun + nanos); // for the queue to hear of it
            }
        } catch (InterruptedException e) {
            if (!forPower || agent.isPowerGoing()) { // whoever drains is in a hurry; else the power is back
                stop(reason, end, attempt -> true);
                abandoned.addAndGet(agent.keeper().takeOver(reason));
            }
            Thread.currentThread().interrupt();
        }
    }

    /** Whether nothing is held any more, or the drain was called off. */
    private boolean idleBy(long at) throws InterruptedException {
        agent.awaitIdle(Deadline.in(Duration.ofNanos(at - System.nanoTime())));
        return agent.unfinished() == 0 || agent.state() == AgentRunner.State.ACTIVE;
    }

    private void stop(CancelReason reason, long until, java.util.function.Predicate<Attempt> which) {
        for (Slot slot : agent.slots().all()) {
            Attempt attempt = slot.current();
            if (attempt != null && which.test(attempt)) {
                attempt.cancel(reason, until);
            }
        }
    }

    private static boolean isInterruptible(Attempt attempt) {
        return attempt.request().power().interruptible();
    }

    private boolean isLong(Attempt attempt, long nanos, CancelReason reason) {
        Optional<Duration> usual = agent.handlers().usual(attempt.request().type());
        if (usual.isEmpty()) {
            return reason == CancelReason.POWER;
        }
        long runs = attempt.begun() == 0 ? 0 : System.nanoTime() - attempt.begun();
        return usual.get().toNanos() - runs > nanos;
    }
}

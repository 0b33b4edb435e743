package ai.primespark.core.agent;

import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.core.agent.AgentRunner.State;
import ai.primespark.spi.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An agent's thread that waits for work. It waits for a free slot first, then claims, and when there is nothing it waits in the queue
 * until there may be. Whoever changes what it depends on does so first and pokes it then, so that it never sleeps through a change.
 */
final class Scout implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Scout.class);

    private final AgentRunner agent;
    private final AgentWorld world;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private @Nullable Thread waiting; // guarded by lock; this one while the queue keeps it
    private boolean poked; // guarded by lock

    Scout(AgentRunner agent, AgentWorld world) {
        this.agent = agent;
        this.world = world;
    }

    /** Something changed that may let the agent claim. */
    void poke() {
        lock.lock();
        try {
            poked = true;
            news.signalAll();
            if (waiting != null) {
                waiting.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets those look who wait for a free slot or for the last one, but not the queue's. */
    void nudge() {
        lock.lock();
        try {
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing is held and every outcome handed in, a drain is called off, or the time is over. */
    void awaitIdle(Deadline until) throws InterruptedException {
        lock.lock();
        try {
            while (agent.unfinished() > 0 && agent.state() != State.ACTIVE && !until.isOver()) { // active: called off
                var unused = news.awaitNanos(Math.max(1, Math.min(until.remainingNanos(), AgentRunner.STALE_NANOS)));
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void run() {
        FalseAlarms alarms = new FalseAlarms();
        while (agent.state() != State.CLOSED) {
            try {
                if (awaitRoom()) {
                    int got = agent.claims().claim(agent.slots().free(), true);
                    alarms.claimed(got);
                    agent.slots().staff();
                    if (got == 0) {
                        alarms.pause(this::rest);
                        alarms.woke(awaitWork());
                    }
                }
            } catch (QueueUnavailableException e) {
                if (agent.state() == State.CLOSED) {
                    return; // the queue is closed soon after its agents
                }
                world.trouble().failed("give tasks to agents", e);
                rest(alarms.trouble());
            } catch (RuntimeException | Error e) { // ours or the queue's; the agent must not stop looking for work
                LOG.error("Agent {} failed to look for work", agent.id(), e);
                rest(alarms.trouble());
            }
        }
    }

    /** Waits until a slot is free; false when there is something to look at again first. */
    @SuppressWarnings("WaitNotInLoop") // the loop is in run()
    private boolean awaitRoom() {
        lock.lock();
        try {
            poked = false;
            if (agent.state() == State.ACTIVE && agent.slots().free() > 0) {
                return true;
            }
            if (agent.state() == State.CLOSED) {
                return false;
            }
            boolean starved = agent.slots().isStarved();
            if (starved) {
                agent.slots().staff();
            }
            var unused = news.awaitNanos(TimeUnit.MILLISECONDS.toNanos(starved ? 50 : 1_000));
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
            clearInterrupt();
        }
    }

    private boolean awaitWork() {
        Claims.Plan plan = agent.claims().plan();
        lock.lock();
        try {
            if (poked || agent.state() != State.ACTIVE) {
                return false;
            }
            waiting = Thread.currentThread();
        } finally {
            lock.unlock();
        }
        try {
            return world.queue().awaitWork(plan.lanes(), plan.rest());
        } catch (InterruptedException e) {
            return false; // poked, which is no false alarm
        } finally {
            lock.lock();
            try {
                waiting = null;
            } finally {
                lock.unlock();
            }
            clearInterrupt();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the loop is in run()
    private void rest(Duration pause) {
        lock.lock();
        try {
            if (agent.state() != State.CLOSED) {
                var unused = news.awaitNanos(pause.toNanos());
            }
        } catch (InterruptedException e) {
            clearInterrupt();
        } finally {
            lock.unlock();
        }
    }

    /** This thread is only ever interrupted to make it look again; at the end its agent's state says so. */
    private static void clearInterrupt() {
        var unused = Thread.interrupted();
    }
}

package ai.primespark.core.agent;

import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.core.agent.AgentRunner.State;
import ai.primespark.power.PowerProfile;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads of an agent that run attempts: as many as power and abandoned handlers leave it. One begins when something waits for
 * it, and ends when nothing does. Thread-safe.
 */
final class Slots {

    private final AgentRunner agent;
    private final AgentWorld world;
    private final Set<Slot> all = ConcurrentHashMap.newKeySet();
    private final AtomicInteger workers = new AtomicInteger();
    private final AtomicInteger abandoned = new AtomicInteger();

    Slots(AgentRunner agent, AgentWorld world) {
        this.agent = agent;
        this.world = world;
    }

    /** Those there are, abandoned ones included. */
    Set<Slot> all() {
        return all;
    }

    /** Attempts that are held: running or about to. */
    int running() {
        return workers.get() + agent.claims().waiting();
    }

    /** The same as others see it: a slot that has handed in its outcome is free already. */
    int busy() {
        int busy = agent.claims().waiting();
        for (Slot slot : all) {
            if (slot.current() != null) {
                busy++;
            }
        }
        return Math.max(0, busy);
    }

    /** Handlers that did not stop when they had to. */
    int abandoned() {
        return abandoned.get();
    }

    /** How many attempts may run at once as power and abandoned handlers leave it. */
    int allowed() {
        int most = agent.profile().slots();
        int wanted = agent.power() == PowerProfile.FULL
                ? most
                : (int) Math.max(1, Math.floor(most * world.rules().batteryShare()));
        return Math.max(0, wanted - Math.max(0, abandoned.get() - world.rules().maxAbandoned()));
    }

    int free() {
        return agent.claims().isAlone() ? 0 : allowed() - running();
    }

    /** Whether something waits for a thread: none was to be had, or there were fewer slots when it came. */
    boolean isStarved() {
        return agent.claims().waiting() > 0 && workers.get() < allowed();
    }

    /** Whether a task runs here or is about to. */
    boolean holds(String taskId) {
        for (Slot slot : all) {
            Attempt attempt = slot.current();
            if (attempt != null && attempt.taskId().equals(taskId)) {
                return true;
            }
        }
        for (Attempt attempt : agent.claims().held()) {
            if (attempt.taskId().equals(taskId)) {
                return true;
            }
        }
        return false;
    }

    /** The next attempt for a slot, or null when it is to end. */
    @Nullable
    Attempt next(Slot slot) {
        Claims claims = agent.claims();
        Attempt attempt = claims.poll();
        if (attempt == null) {
            slot.flush(); // before asking for more: what is done is to be seen
            if (agent.state() == State.ACTIVE && workers.get() <= allowed()) {
                try {
                    var unused = claims.claim(1, false);
                } catch (QueueUnavailableException e) {
                    world.trouble().failed("give tasks to agents", e);
                }
                attempt = claims.poll();
                if (attempt != null) {
                    staff();
                }
            }
        }
        return attempt;
    }

    /** Gives threads to what waits in the backlog, as far as slots are free. */
    void staff() {
        int wanted = agent.claims().waiting();
        while (wanted-- > 0) {
            int now = workers.get();
            if (now >= allowed()) {
                return;
            }
            if (workers.compareAndSet(now, now + 1)) {
                Slot slot = new Slot(agent);
                all.add(slot);
                try {
                    world.executor().execute(slot);
                } catch (RejectedExecutionException e) { // out of threads: what is held is run by the slots there are
                    all.remove(slot);
                    workers.decrementAndGet();
                    return;
                }
            }
        }
    }

    /** A slot ends. */
    void retired(Slot slot, boolean wasAbandoned) {
        all.remove(slot);
        if (wasAbandoned) {
            abandoned.decrementAndGet();
        } else {
            workers.decrementAndGet();
        }
        if (agent.claims().waiting() > 0) {
            staff(); // it came between this slot's last look and its end
        }
        agent.freed();
    }

    /** A slot's handler does not stop: another slot may begin. */
    void abandon(Slot slot, Attempt attempt) {
        if (!slot.abandon(attempt)) {
            return;
        }
        abandoned.incrementAndGet();
        workers.decrementAndGet();
        staff();
        agent.poke();
    }
}

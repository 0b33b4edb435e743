package ai.primespark.core.agent;

import ai.primespark.agent.CancelReason;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that runs one attempt after the other until the agent has none for it. Outcomes of attempts that take microseconds are
 * handed in together; the pulse does it when the next attempt turns out to be slow.
 */
final class Slot implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Slot.class);
    private static final int MOST = 64;

    private final AgentRunner agent;
    private final Object lock = new Object();
    private List<TaskQueue.Ending> endings = new ArrayList<>(); // guarded by lock
    private List<Attempt> ended = new ArrayList<>(); // guarded by lock
    private long oldest; // guarded by lock
    private volatile @Nullable Attempt current;
    private volatile boolean abandoned;

    Slot(AgentRunner agent) {
        this.agent = agent;
    }

    /** What it runs, or null. */
    @Nullable
    Attempt current() {
        return current;
    }

    /**
     * The handler of an attempt does not stop: another slot takes this one's place, and it ends when the handler comes back.
     *
     * @return false when the handler has come back, so that the slot goes on
     */
    boolean abandon(Attempt attempt) {
        synchronized (lock) {
            if (current == attempt) {
                abandoned = true;
            }
            return abandoned;
        }
    }

    @Override
    public void run() {
        try {
            Attempt next = agent.slots().next(this);
            while (next != null) {
                attempt(next);
                if (abandoned) {
                    break;
                }
                next = agent.slots().next(this);
            }
        } catch (RuntimeException | Error e) { // ours, not a handler's: the agent must keep its other slots
            LOG.error("A slot of agent {} failed", agent.id(), e);
        } finally {
            flush();
            agent.slots().retired(this, abandoned);
        }
    }

    private void attempt(Attempt attempt) {
        current = attempt;
        try {
            TaskCompletion outcome = outcome(attempt);
            if (!attempt.settle()) {
                return; // somebody had the last word when the handler did not stop
            }
            if (outcome == null) {
                attempt.handler().outcomes().lost();
            } else if (agent.pace().isBlink()) {
                add(attempt, outcome);
            } else {
                flush();
                agent.complete(
                        List.of(attempt),
                        List.of(new TaskQueue.Ending(attempt.lease().ref(), outcome)));
            }
        } finally {
            synchronized (lock) { // from here on it is abandoned or not
                current = null;
            }
            agent.ended(attempt);
        }
    }

    private @Nullable TaskCompletion outcome(Attempt attempt) {
        if (attempt.validUntil() - System.nanoTime() < 0) { // it waited here while the queue was away
            attempt.cancel(CancelReason.LEASE_LOST, 0);
        }
        Optional<CancelReason> before = attempt.cancelled();
        if (before.isPresent()) { // told to stop before it began
            return Verdicts.stopped(before.get(), attempt, random());
        }
        Object payload;
        try {
            payload = TaskCodec.decode(
                    "the payload of task " + attempt.taskId(),
                    attempt.lease().task().payload(),
                    attempt.handler().payload());
        } catch (RuntimeException | LinkageError e) {
            return Verdicts.hopeless(Verdicts.describe(e));
        }
        Throwable error = null;
        Object result = null;
        attempt.begin();
        agent.began(attempt);
        try {
            result = attempt.handler().handle(payload, attempt);
        } catch (Throwable e) { // whatever a handler throws is its attempt's end and nobody else's
            error = e;
        } finally {
            attempt.end();
            long took = System.nanoTime() - attempt.begun();
            attempt.handler().durations().record(took);
            agent.pace().record(took);
            attempt.handler().outcomes().took(took);
        }
        return judge(attempt, result, error);
    }

    private static @Nullable TaskCompletion judge(Attempt attempt, @Nullable Object result, @Nullable Throwable error) {
        CancelReason reason = attempt.cancelled().orElse(null);
        if (reason == CancelReason.LEASE_LOST) {
            return null;
        }
        if (error == null && reason != CancelReason.TIMEOUT) {
            try {
                return new TaskCompletion.Success(
                        result == null
                                ? null
                                : TaskCodec.encode("the result of task " + attempt.taskId(), result)
                                        .body());
            } catch (RuntimeException | Error e) { // a getter of the result's may throw anything
                return Verdicts.hopeless(Verdicts.describe(e));
            }
        }
        if (reason != null) {
            return Verdicts.stopped(reason, attempt, random());
        }
        return Verdicts.failed(attempt, error == null ? new IllegalStateException("no outcome") : error, random());
    }

    private static double random() {
        return ThreadLocalRandom.current().nextDouble();
    }

    // --- outcomes that are handed in together

    private void add(Attempt attempt, TaskCompletion outcome) {
        boolean full;
        synchronized (lock) {
            if (ended.isEmpty()) {
                oldest = System.nanoTime();
            }
            ended.add(attempt);
            endings.add(new TaskQueue.Ending(attempt.lease().ref(), outcome));
            full = ended.size() >= MOST;
        }
        if (full) {
            flush();
        } else {
            agent.pulseWithin(AgentRunner.STALE_NANOS);
        }
    }

    /** Hands in what is there. */
    void flush() {
        List<TaskQueue.Ending> batch;
        List<Attempt> attempts;
        synchronized (lock) {
            if (ended.isEmpty()) {
                return;
            }
            batch = endings;
            attempts = ended;
            endings = new ArrayList<>();
            ended = new ArrayList<>();
        }
        agent.complete(attempts, batch);
    }

    /** Whether outcomes have waited for too long, because the attempt after them is slow. */
    boolean isStale(long now) {
        synchronized (lock) {
            return !ended.isEmpty() && now - oldest > AgentRunner.STALE_NANOS;
        }
    }
}

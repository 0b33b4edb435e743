package ai.primespark.agent.redis;

import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sweeps when something is due, which the server says, and never sooner: an idle queue is swept twice a minute. Any instance
 * sweeps; while leases are held, two of all look closely whether their holders are present. Thread-safe.
 */
final class Caretaker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Caretaker.class);
    private static final int MOST = 500;
    private static final Duration WATCH = Duration.ofMillis(200);
    static final Duration BACKUP = Duration.ofSeconds(2);
    private static final Duration CHECK = Duration.ofSeconds(20);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final int MOST_ROUNDS = 1_000;

    private final QueueConfig config;
    private final ProviderContext context;
    private final QueueLink link;
    private final String instance;
    private final Supplier<Duration> steadyFor;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable ScheduledFuture<?> planned;
    private long plannedAt;
    private boolean seated = true;
    private boolean closed;
    private long lastCheck = System.nanoTime() - CHECK.toNanos();

    Caretaker(
            QueueConfig config,
            ProviderContext context,
            QueueLink link,
            String instance,
            Supplier<Duration> steadyFor) {
        this.config = config;
        this.context = context;
        this.link = link;
        this.instance = instance;
        this.steadyFor = steadyFor;
    }

    /** There are leases where there were none. */
    void leasesBegan() {
        plan(isSeated() ? WATCH : BACKUP);
    }

    /** Something is due after a while. While two others see to that, this is only in case that they do not. */
    void due(Duration delay) {
        plan(isSeated() ? delay : delay.plus(BACKUP));
    }

    private boolean isSeated() {
        lock.lock();
        try {
            return seated;
        } finally {
            lock.unlock();
        }
    }

    /** Sweeps after a while at the latest. */
    void plan(Duration delay) {
        long at = System.nanoTime() + delay.toNanos();
        lock.lock();
        try {
            if (closed) {
                return;
            }
            if (planned != null) {
                if (plannedAt - at <= 0) {
                    return;
                }
                planned.cancel(false);
            }
            plannedAt = at;
            planned = context.scheduler().schedule(this::hand, delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            closed = true; // the engine is closing
        } finally {
            lock.unlock();
        }
    }

    /** Gives the sweep to a thread; when none is free, soon again. */
    private void hand() {
        try {
            context.blocking().execute(this::run);
        } catch (RejectedExecutionException e) {
            begun();
            plan(WATCH);
        }
    }

    /** From here on a plan is a new one: what this sweep sees may be older than what the plan is for. */
    private void begun() {
        lock.lock();
        try {
            planned = null;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        begun();
        if (!link.isOpen()) {
            return; // connecting plans the next
        }
        try {
            plan(sweep(Deadline.in(config.timeout().multipliedBy(2))));
        } catch (QueueUnavailableException e) {
            LOG.debug("{} could not be swept", config.name(), e);
            plan(WATCH);
        } catch (RuntimeException e) {
            LOG.warn("{} could not be swept", config.name(), e);
            plan(LONGEST);
        }
    }

    /** Does what is due, and says how long until something is due again. */
    Duration sweep(Deadline deadline) {
        boolean check = isCheckDue();
        for (int round = 0; ; round++) {
            boolean judge = steadyFor.get().compareTo(config.presenceGrace().multipliedBy(4)) > 0;
            List<Object> answer = link.call(
                    QueueScript.SWEEP,
                    new Args()
                            .text(instance)
                            .flag(judge)
                            .micros(config.presenceGrace())
                            .flag(check)
                            .number(MOST),
                    deadline);
            seat(Args.string(answer.get(3)));
            if (Args.string(answer.get(2)).equals("1") && !repair(deadline)) {
                checkSoon();
                return WATCH;
            }
            check = false;
            if (!Args.string(answer.get(1)).equals("1") || deadline.isOver() || round >= MOST_ROUNDS) {
                Duration pause = Duration.ofNanos(Args.toLong(answer.get(0)) * 1_000);
                return pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
            }
        }
    }

    /** Says nothing while no leases are held, or one of the two seats is free and not for us yet. */
    private void seat(String answer) {
        if (!answer.isEmpty()) {
            lock.lock();
            try {
                seated = answer.equals("1");
            } finally {
                lock.unlock();
            }
        }
    }

    private boolean isCheckDue() {
        lock.lock();
        try {
            boolean due = System.nanoTime() - lastCheck >= CHECK.toNanos();
            if (due) {
                lastCheck = System.nanoTime();
            }
            return due;
        } finally {
            lock.unlock();
        }
    }

    /** The next sweep goes on with what this one has no time for. */
    private void checkSoon() {
        lock.lock();
        try {
            lastCheck = System.nanoTime() - CHECK.toNanos();
        } finally {
            lock.unlock();
        }
    }

    /** The counts do not match, so some task stands nowhere. Looks at all, and says whether it came to the end. */
    private boolean repair(Deadline deadline) {
        long repaired = 0;
        boolean done = false;
        while (!done && !deadline.isOver()) {
            List<Object> answer = link.call(QueueScript.REPAIR, new Args().number(MOST), deadline);
            done = Args.string(answer.get(0)).equals("1");
            repaired += Args.toLong(answer.get(1));
        }
        if (repaired > 0) {
            LOG.warn(
                    "{}: the records of {} tasks did not match their state and were mended; were keys evicted or deleted?",
                    config.name(),
                    repaired);
        }
        return done;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            if (planned != null) {
                planned.cancel(false);
            }
        } finally {
            lock.unlock();
        }
    }
}

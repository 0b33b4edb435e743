package ai.primespark.memory.nfs;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only threads that touch the mount. A system call on a dead server never returns and cannot be interrupted, so a call whose
 * time is up is failed while its thread is left behind, counted as stuck until it comes back. When all are stuck, new calls fail
 * at once, and one more thread tries the mount; if that succeeds while the others stay stuck (the mount was replaced under
 * them), as many new threads again are allowed.
 *
 * <p>Threads are platform daemons, started when needed and ended when idle. Thread-safe.
 */
final class MountThreads implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MountThreads.class);

    private static final long IDLE_SECONDS = 30;
    private static final long PROBE_PAUSE_NANOS = 1_000_000_000;
    private static final long COME_BACK_MILLIS = 500;
    private static final long NO_SWEEP = Long.MAX_VALUE;

    private final String who;
    private final String threadName;
    private final int most;
    private final ScheduledExecutorService timer;
    private final Executor listeners;
    private final Function<IOException, TierException> classify;
    private final Work<?> trial;

    private final ArrayBlockingQueue<MountCall<?>> queue;
    private final Set<Worker> workers = ConcurrentHashMap.newKeySet();
    private final Set<Prober> probes = ConcurrentHashMap.newKeySet(); // one at most
    private final ReentrantLock starting = new ReentrantLock();
    private final AtomicInteger idle = new AtomicInteger();
    private final AtomicInteger stuck = new AtomicInteger();
    private final AtomicInteger number = new AtomicInteger();
    private final AtomicBoolean probing = new AtomicBoolean();
    private final AtomicLong nextSweep = new AtomicLong(NO_SWEEP);
    private volatile int allowed;
    private volatile long probedNanos = System.nanoTime() - PROBE_PAUSE_NANOS;
    private volatile boolean closed;

    /** Work on the mount. */
    @FunctionalInterface
    interface Work<R extends @Nullable Object> {
        R run(Deadline deadline) throws IOException;
    }

    MountThreads(
            String who,
            String threadName,
            int most,
            int queued,
            ScheduledExecutorService timer,
            Executor listeners,
            Function<IOException, TierException> classify,
            Work<?> trial) {
        this.who = who;
        this.threadName = threadName;
        this.most = most;
        this.allowed = most;
        this.queue = new ArrayBlockingQueue<>(queued);
        this.timer = timer;
        this.listeners = listeners;
        this.classify = classify;
        this.trial = trial;
    }

    /** How many threads wait for the mount beyond their calls' time. */
    int stuck() {
        return stuck.get();
    }

    /** How many threads there are. */
    int live() {
        return workers.size();
    }

    private <R extends @Nullable Object> MountCall<R> newCall(Deadline deadline, Work<R> work) {
        return new MountCall<>(who, deadline, work, classify);
    }

    private boolean allStuck() {
        return stuck.get() >= allowed;
    }

    /** Runs work on one of the threads. The stage always ends, at the deadline at the latest. */
    <R extends @Nullable Object> CompletableFuture<R> call(Deadline deadline, Work<R> work) {
        MountCall<R> call = newCall(deadline, work);
        if (closed) {
            call.fail(closedException());
        } else if (deadline.isOver()) {
            call.fail(new TierException(Kind.TRANSIENT, who + ": no time was left", null));
        } else if (allStuck()) {
            call.fail(hung("all " + stuck.get() + " threads wait for the mount, which does not answer"));
            if (System.nanoTime() - probedNanos > PROBE_PAUSE_NANOS) {
                tryMount(newCall(deadline, trial));
            }
        } else if (!queue.offer(call)) {
            call.fail(new TierException(
                    Kind.TRANSIENT,
                    who + ": too many calls wait already; the NAS is slower than what is asked of it",
                    null));
        } else {
            arm(deadline);
            if (idle.get() < queue.size()) {
                startWorker();
            }
            if (closed) { // between the first look and the offer
                failQueued(closedException());
            } else if (allStuck()) {
                failQueued(hung("all threads wait for the mount, which does not answer"));
            }
        }
        return call.result;
    }

    /** Runs work even if all threads are stuck, on a thread of its own then; fails at once if that one is stuck as well. */
    <R> CompletableFuture<R> probe(Deadline deadline, Work<R> work) {
        if (!allStuck() || closed) {
            return call(deadline, work);
        }
        MountCall<R> call = newCall(deadline, work);
        arm(deadline);
        tryMount(call);
        return call.result;
    }

    private void tryMount(MountCall<?> call) {
        if (!probing.compareAndSet(false, true)) {
            call.fail(hung("the mount still does not answer"));
            return;
        }
        probedNanos = System.nanoTime();
        Prober prober = new Prober(call);
        arm(call.deadline);
        probes.add(prober);
        Thread thread = new Thread(prober, threadName + "-probe");
        thread.setDaemon(true);
        thread.start();
    }

    private final class Prober implements Runnable {

        private final MountCall<?> call;

        Prober(MountCall<?> call) {
            this.call = call;
        }

        @Override
        public void run() {
            try {
                if (call.begin()) {
                    call.run();
                    mountAnswered(); // perhaps with a failure, and perhaps too late for the caller, but it does
                }
            } finally {
                probes.remove(this);
                probing.set(false);
            }
        }
    }

    /** The threads in it usually come back in the same moment; those that do not within a while never will. */
    private void mountAnswered() {
        try {
            var unused = timer.schedule(this::replaceStuck, COME_BACK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: the engine is ending", who);
        }
    }

    private void replaceStuck() {
        starting.lock();
        try {
            if (!closed && allStuck() && allowed == most) {
                allowed = 2 * most;
                LOG.warn(
                        "{}: the mount answers again, but {} threads are stuck in it for good; using new ones",
                        who,
                        stuck.get());
            }
        } finally {
            starting.unlock();
        }
    }

    private void startWorker() {
        if (workers.size() >= allowed) {
            return;
        }
        starting.lock();
        try {
            if (!closed && workers.size() < allowed) {
                Worker worker = new Worker();
                Thread thread = new Thread(worker, threadName + "-" + number.incrementAndGet());
                thread.setDaemon(true);
                workers.add(worker);
                try {
                    thread.start();
                } catch (Throwable e) { // no memory for a thread: those that live must do
                    workers.remove(worker);
                    LOG.warn("{}: cannot start a thread", who, e);
                }
            }
        } finally {
            starting.unlock();
        }
    }

    private final class Worker implements Runnable {

        private volatile @Nullable MountCall<?> current;

        @Override
        public void run() {
            try {
                MountCall<?> call;
                while ((call = next()) != null) {
                    if (!call.begin()) {
                        continue; // its time was up while it waited
                    }
                    current = call;
                    if (call.deadline.nanoTime() - nextSweep.get() < 0) {
                        arm(call.deadline); // a sweep may have missed it between the queue and here
                    }
                    boolean heard = call.run();
                    current = null;
                    if (!heard) {
                        comeBack();
                    }
                }
            } finally {
                workers.remove(this);
                if (!queue.isEmpty() && !closed) {
                    startWorker(); // offered while this one was ending
                }
            }
        }

        private void comeBack() {
            if (stuck.decrementAndGet() == 0) {
                starting.lock();
                try {
                    allowed = most;
                } finally {
                    starting.unlock();
                }
                LOG.info("{}: the mount answers again", who);
            }
        }

        private @Nullable MountCall<?> next() {
            if (closed) { // before polling: what is queued then wakes the others
                return null;
            }
            MountCall<?> ready = queue.poll();
            if (ready != null || workers.size() > allowed) {
                return ready;
            }
            idle.incrementAndGet();
            MountCall<?> awaited;
            try {
                awaited = queue.poll(IDLE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                awaited = null;
            } finally {
                idle.decrementAndGet();
            }
            if (awaited != null && idle.get() < queue.size()) {
                startWorker(); // who offered more meanwhile counted on this one
            }
            return awaited;
        }
    }

    /** Makes sure that somebody looks when the deadline is over. */
    private void arm(Deadline deadline) {
        long at = deadline.nanoTime();
        while (true) {
            long next = nextSweep.get();
            if (next != NO_SWEEP && at - next >= 0) {
                return;
            }
            if (nextSweep.compareAndSet(next, at)) {
                try {
                    var unused = timer.schedule(
                            () -> sweep(at), Math.max(0, at - System.nanoTime()) + 1_000, TimeUnit.NANOSECONDS);
                } catch (RejectedExecutionException e) { // the engine is ending; close() fails what is left
                    nextSweep.set(NO_SWEEP);
                }
                return;
            }
        }
    }

    private void sweep(long armedFor) {
        // an earlier sweep may have been armed meanwhile; only the one in charge clears the alarm
        nextSweep.compareAndSet(armedFor, NO_SWEEP);
        Deadline earliest = null;
        for (Worker worker : workers) {
            MountCall<?> call = worker.current;
            if (call != null) {
                earliest = expire(call, earliest, true);
            }
        }
        for (Prober prober : probes) {
            earliest = expire(prober.call, earliest, false);
        }
        for (MountCall<?> call : queue) {
            Deadline before = earliest;
            earliest = expire(call, before, false);
            if (call.isFailed()) {
                queue.remove(call);
            }
        }
        if (allStuck()) {
            failQueued(hung("all " + stuck.get() + " threads wait for the mount, which does not answer"));
        }
        if (earliest != null) {
            arm(earliest);
        }
    }

    private @Nullable Deadline expire(MountCall<?> call, @Nullable Deadline earliest, boolean worker) {
        if (!call.deadline.isOver()) {
            return earliest == null || call.deadline.nanoTime() - earliest.nanoTime() < 0 ? call.deadline : earliest;
        }
        if (worker && call.state.compareAndSet(MountCall.RUNNING, MountCall.LEAVING)) {
            int now = stuck.incrementAndGet();
            call.state.set(MountCall.ABANDONED);
            if (now == 1 || now == most) {
                LOG.warn("{}: no answer within the time limit; {} of {} threads wait for the mount", who, now, most);
            }
            tell(call, hung("no answer within the time limit; " + now + " of " + most + " threads wait for the mount"));
        } else if (!worker
                && (call.state.compareAndSet(MountCall.QUEUED, MountCall.ABANDONED)
                        || call.state.compareAndSet(MountCall.RUNNING, MountCall.ABANDONED))) {
            tell(call, hung("no thread was free, or no answer came, within the time limit"));
        }
        return earliest;
    }

    private void failQueued(TierException why) {
        MountCall<?> call;
        while ((call = queue.poll()) != null) {
            if (call.state.compareAndSet(MountCall.QUEUED, MountCall.ABANDONED)) {
                tell(call, why);
            }
        }
    }

    /** Whoever waits may do anything in reaction; that must not hold up the timer. */
    private void tell(MountCall<?> call, TierException why) {
        try {
            listeners.execute(() -> call.result.completeExceptionally(why));
        } catch (RejectedExecutionException e) {
            call.result.completeExceptionally(why);
        }
    }

    private TierException hung(String how) {
        return new TierException(
                Kind.TRANSIENT,
                who + ": " + how + "; check the NAS and the network (mount option hard waits for ever)",
                null);
    }

    private TierException closedException() {
        return new TierException(Kind.PERMANENT, who + ": the tier is closed", null);
    }

    /** Ends everything without waiting for anything; threads that are stuck end when the mount lets them go. */
    @Override
    public void close() {
        closed = true;
        TierException why = closedException();
        failQueued(why);
        for (Worker worker : workers) {
            MountCall<?> call = worker.current;
            if (call != null && call.state.compareAndSet(MountCall.RUNNING, MountCall.LEAVING)) {
                stuck.incrementAndGet();
                call.state.set(MountCall.ABANDONED);
                call.result.completeExceptionally(why);
            }
        }
        for (Prober prober : probes) {
            prober.call.fail(why);
        }
        for (int i = workers.size(); i > 0; i--) { // wakes those that wait for work, so that they end at once
            MountCall<Boolean> nothing = newCall(new Deadline(System.nanoTime()), deadline -> true);
            nothing.state.set(MountCall.ABANDONED);
            if (!queue.offer(nothing)) {
                break;
            }
        }
    }
}

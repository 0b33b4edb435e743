package ai.primespark.core.memory;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The records that one tier has still to get: the newest for each key, sent in batches by at most one background task, tried
 * again with growing pauses while the process lives. Bounded: when it is full, writes are refused before anything is stored.
 *
 * <p>Readers look here before they ask tiers, so a tier that lags behind never shows an older value than was acknowledged.
 * A journal will make this survive the process. Thread-safe.
 */
final class Backlog implements AutoCloseable {

    static final int MAX_RECORDS = 10_000;
    static final long MAX_BYTES = 64L << 20;

    /** From here on, writers help to send instead of only adding. */
    private static final int SATURATED = 1_000;

    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    private final TierLink link;
    private final Surroundings around;
    private final Consumer<Version> observer;
    private final ConcurrentHashMap<TierKey, Pending> pending = new ConcurrentHashMap<>();
    private final AtomicInteger records = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong sequence = new AtomicLong();
    private final AtomicBoolean sending = new AtomicBoolean();
    private final AtomicBoolean retryPlanned = new AtomicBoolean();
    private final AtomicInteger failures = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progress = lock.newCondition();
    private Iterator<Pending> next = pending.values().iterator(); // guarded by lock
    private volatile boolean closed;

    /** A record and when its key was first added, so that a flush knows what it waits for. */
    private record Pending(TierRecord record, long number) {
        int bytes() {
            return record.body().length + record.key().key().length() + 100;
        }
    }

    Backlog(TierLink link, Surroundings around, Consumer<Version> observer) {
        this.link = link;
        this.around = around;
        this.observer = observer;
        link.onRecovery(this::hurry);
        around.meters().gauge("spark.memory.tier.pending", records::get, "tier", link.id);
    }

    int size() {
        return records.get();
    }

    boolean isFull() {
        return records.get() >= MAX_RECORDS || bytes.get() >= MAX_BYTES;
    }

    @Nullable
    TierRecord peek(TierKey key) {
        if (records.get() == 0) {
            return null;
        }
        Pending held = pending.get(key);
        return held == null ? null : held.record;
    }

    void add(TierRecord record) {
        long number = sequence.incrementAndGet();
        pending.compute(record.key(), (key, held) -> {
            if (held != null && !record.version().isNewerThan(held.record.version())) {
                return held;
            }
            Pending added = new Pending(record, held == null ? number : held.number);
            records.addAndGet(held == null ? 1 : 0);
            bytes.addAndGet(added.bytes() - (held == null ? 0 : held.bytes()));
            return added;
        });
    }

    /** The tier has this record, or a newer one. */
    void confirm(TierRecord record) {
        pending.computeIfPresent(record.key(), (key, held) -> {
            if (held.record.version().isNewerThan(record.version())) {
                return new Pending(held.record, sequence.incrementAndGet()); // what was first added has been sent
            }
            records.decrementAndGet();
            bytes.addAndGet(-held.bytes());
            return null;
        });
        if (lock.tryLock()) { // whoever waits looks again by itself as well
            try {
                progress.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Sends in the background, or here when too much has piled up already. */
    void kick() {
        if (closed || records.get() == 0) {
            return;
        }
        if (records.get() > SATURATED && !link.isDown()) {
            send(Deadline.in(around.tierTimeout()), 64);
        }
        if (!retryPlanned.get() && sending.compareAndSet(false, true)) {
            try {
                around.blocking().execute(this::sendAll);
            } catch (RejectedExecutionException e) { // no thread is free
                sending.set(false);
                planRetry();
            }
        }
    }

    /** Sends without waiting for the end of a pause. */
    private void hurry() {
        failures.set(0);
        retryPlanned.set(false);
        kick();
    }

    private void sendAll() {
        boolean well = true;
        try {
            while (well && !closed && records.get() > 0) {
                // after a failure one by one: a single bad record must not hold up all others
                int batch = failures.get() > 0 ? 1 : link.tier.limits().preferredBatch();
                well = send(Deadline.in(around.tierTimeout()), batch);
            }
        } finally {
            sending.set(false);
        }
        if (!well) {
            planRetry();
        } else if (records.get() > 0) { // added after the last look
            kick();
        }
    }

    private boolean send(Deadline deadline, int most) {
        List<TierRecord> batch = take(most);
        if (batch.isEmpty()) {
            return true;
        }
        try {
            List<Applied> outcomes = link.call(deadline, own -> link.tier.applyAll(batch, own));
            for (int i = 0; i < batch.size(); i++) {
                if (outcomes.get(i) instanceof Applied.Older older) {
                    observer.accept(older.current()); // another writer was newer: by the law, that one stands
                }
                confirm(batch.get(i));
            }
            failures.set(0);
            return true;
        } catch (TierException e) {
            failures.incrementAndGet();
            return false;
        } catch (RuntimeException e) { // interrupted, because the instance is closing
            return false;
        }
    }

    /** The next records in turn, so that those that fail do not keep others from being tried. */
    private List<TierRecord> take(int most) {
        List<TierRecord> batch = new ArrayList<>();
        lock.lock();
        try {
            boolean renewed = false;
            while (batch.size() < most) {
                if (next.hasNext()) {
                    batch.add(next.next().record);
                } else if (!renewed && batch.isEmpty()) {
                    next = pending.values().iterator();
                    renewed = true;
                } else {
                    break;
                }
            }
        } finally {
            lock.unlock();
        }
        return batch;
    }

    private void planRetry() {
        if (closed || !retryPlanned.compareAndSet(false, true)) {
            return;
        }
        long pause =
                Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(20, Math.max(0, failures.get() - 1)));
        long jittered = pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
        try {
            var unused = around.scheduler()
                    .schedule(
                            () -> {
                                retryPlanned.set(false);
                                kick();
                            },
                            jittered,
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            retryPlanned.set(false); // the instance is closing
        }
    }

    /** Sends one key's record now, because somebody needs the tier to have it. */
    void settle(TierKey key, Deadline deadline) {
        Pending held = pending.get(key);
        if (held != null) {
            TierRecord record = held.record;
            List<Applied> outcome = link.call(deadline, own -> link.tier.applyAll(List.of(record), own));
            if (outcome.get(0) instanceof Applied.Older older) {
                observer.accept(older.current());
            }
            confirm(record);
        }
    }

    /** A mark for {@link #awaitSent}: everything added so far. */
    long mark() {
        return sequence.get();
    }

    boolean awaitSent(long mark, Deadline deadline) throws InterruptedException {
        if (!link.isDown()) {
            hurry();
        }
        lock.lockInterruptibly();
        try {
            while (pending.values().stream().anyMatch(waiting -> waiting.number <= mark)) {
                long left = deadline.remainingNanos();
                if (left <= 0) {
                    return false;
                }
                long unused = progress.awaitNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(20)));
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}

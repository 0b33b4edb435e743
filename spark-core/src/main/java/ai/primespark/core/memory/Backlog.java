package ai.primespark.core.memory;

import ai.primespark.memory.MemoryException;
import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records that one tier has still to get: the newest for each key, sent in batches by at most one background task, tried
 * again with growing pauses. What is in the journal survives the process and is bounded by the journal; the rest is bounded here:
 * when there is too much of it, writes are refused before anything is stored.
 *
 * <p>Readers look here before they ask tiers, so a tier that lags behind never shows an older value than was acknowledged.
 * Thread-safe.
 */
final class Backlog implements AutoCloseable {

    /** How many records without an entry in the journal may wait. */
    static final int MAX_RECORDS = 50_000;

    static final long MAX_BYTES = 64L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Backlog.class);

    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    private static final long BATCHED_PAUSE_MILLIS = 30_000;
    private static final int BATCHED_RECORDS = 1_000;
    private static final int BATCHED_FACTOR = 4;
    private static final long BATCH_BYTES = 8 << 20;

    private final TierLink link;
    private final Surroundings around;
    private final Outbox outbox;
    private final Consumer<Version> observer;
    private final ConcurrentHashMap<TierKey, Slot> pending = new ConcurrentHashMap<>();
    private final AtomicInteger records = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger urgentRecords = new AtomicInteger();
    private final AtomicInteger unsafeRecords = new AtomicInteger();
    private final AtomicLong unsafeBytes = new AtomicLong();
    private final AtomicLong sequence = new AtomicLong();
    private final AtomicBoolean sending = new AtomicBoolean();
    private final AtomicBoolean retryPlanned = new AtomicBoolean();
    private final AtomicBoolean batchPlanned = new AtomicBoolean();
    private final AtomicInteger failures = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition progress = lock.newCondition();
    private Iterator<Slot> next = pending.values().iterator(); // guarded by lock
    private volatile DrainMode mode = DrainMode.NORMAL;
    private volatile boolean due; // what waits for a batch may be sent now
    private volatile Runnable beforeSending = () -> {};
    private volatile boolean closed;

    /**
     * What waits of one key.
     *
     * @param newest to be sent
     * @param safe an older one that is in the journal, kept while the newest is not there
     * @param number when the key was first added, so that a flush knows what it waits for
     */
    private record Slot(Outgoing newest, @Nullable Outgoing safe, long number) {}

    Backlog(TierLink link, Surroundings around, Outbox outbox, Consumer<Version> observer) {
        this.link = link;
        this.around = around;
        this.outbox = outbox;
        this.observer = observer;
        around.meters().gauge("spark.memory.tier.pending", records::get, "tier", link.id);
    }

    int size() {
        return records.get();
    }

    long bytes() {
        return bytes.get();
    }

    /** How many would be lost with the process. */
    int unsafe() {
        return unsafeRecords.get();
    }

    /** When the oldest was written, in milliseconds since 1970, or -1. */
    long oldestMillis() {
        long oldest = Long.MAX_VALUE;
        for (Slot slot : pending.values()) {
            Outgoing first = slot.safe == null ? slot.newest : slot.safe;
            oldest = Math.min(oldest, first.sinceMillis);
        }
        return oldest == Long.MAX_VALUE ? -1 : oldest;
    }

    boolean isFull() {
        return unsafeRecords.get() >= MAX_RECORDS || unsafeBytes.get() >= MAX_BYTES;
    }

    private boolean isNearlyFull() {
        return unsafeRecords.get() > MAX_RECORDS / 4 * 3 || unsafeBytes.get() > MAX_BYTES / 4 * 3;
    }

    // --- what waits

    /** The newest version that waits, or null; costs a look into a map. */
    @Nullable
    Version pendingVersion(TierKey key) {
        Slot slot = records.get() == 0 ? null : pending.get(key);
        return slot == null ? null : slot.newest.version;
    }

    /** The newest record that waits, or null. Reads it from the journal when it is not in memory. */
    @Nullable
    TierRecord peek(TierKey key) {
        while (records.get() > 0) {
            Slot slot = pending.get(key);
            if (slot == null) {
                return null;
            }
            TierRecord record = outbox.load(slot.newest);
            if (record != null) {
                return record;
            }
            // confirmed since; look again
        }
        return null;
    }

    /** Keys that wait, for listing. */
    Iterable<TierKey> keys() {
        return pending.keySet();
    }

    /** Adds a record; see {@code Outbox.add}. */
    void add(Outgoing added, @Nullable Version shown) {
        long number = sequence.incrementAndGet();
        pending.compute(added.key, (key, held) -> {
            if (held == null && shown != null && shown.isNewerThan(added.version)) {
                added.done(); // the tier has the newer one already
                return null;
            }
            if (held == null) {
                return count(null, new Slot(added, null, number));
            }
            if (!added.version.isNewerThan(held.newest.version)) {
                return keep(held, added);
            }
            if (added.isDurable()) {
                held.newest.done();
                if (held.safe != null) {
                    held.safe.done();
                }
                return count(held, new Slot(added, null, held.number));
            }
            Outgoing safe = held.safe;
            if (held.newest.isDurable()) { // must not be given up for one that a crash may take
                safe = held.newest;
            } else {
                held.newest.done();
            }
            return count(held, new Slot(added, safe, held.number));
        });
    }

    /** An older record comes late. It is superseded, but only one that is as safe may replace it in the journal. */
    private static Slot keep(Slot held, Outgoing late) {
        boolean needed = late.isDurable()
                && !held.newest.isDurable()
                && (held.safe == null || late.version.isNewerThan(held.safe.version));
        if (!needed) {
            late.done();
            return held;
        }
        if (held.safe != null) {
            held.safe.done();
        }
        return new Slot(held.newest, late, held.number);
    }

    private @Nullable Slot count(@Nullable Slot before, @Nullable Slot after) {
        if (before != null) {
            count(before.newest, -1);
        }
        if (after != null) {
            count(after.newest, 1);
        }
        return after;
    }

    private void count(Outgoing outgoing, int sign) {
        records.addAndGet(sign);
        bytes.addAndGet((long) sign * outgoing.bytes());
        urgentRecords.addAndGet(outgoing.urgent ? sign : 0);
        if (!outgoing.isDurable()) {
            unsafeRecords.addAndGet(sign);
            unsafeBytes.addAndGet((long) sign * outgoing.bytes());
        }
    }

    /** The tier has this record, or a newer one. */
    void confirm(TierKey key, Version version) {
        pending.computeIfPresent(key, (same, held) -> {
            Outgoing safe = held.safe;
            if (safe != null && !safe.version.isNewerThan(version)) {
                safe.done();
                safe = null;
            }
            if (held.newest.version.isNewerThan(version)) {
                return new Slot(held.newest, safe, sequence.incrementAndGet()); // what was first added has been sent
            }
            held.newest.done();
            return count(held, null);
        });
        if (lock.tryLock()) { // whoever waits looks again by itself as well
            try {
                progress.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    // --- sending

    /** Sends in the background, or here when too much that is not in the journal has piled up already. */
    void kick() {
        if (closed || records.get() == 0) {
            return;
        }
        if (isHeldBack() && urgentRecords.get() == 0) {
            if (mode == DrainMode.BATCHED && records.get() < BATCHED_RECORDS) {
                planBatch();
            }
            if (mode == DrainMode.PAUSED || records.get() < BATCHED_RECORDS) {
                return;
            }
        }
        if (isNearlyFull() && !link.isDown() && mode == DrainMode.NORMAL) { // writers help, and slow down by it
            send(Deadline.in(around.tierTimeout()), 64, outgoing -> true);
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
    void hurry() {
        failures.set(0);
        retryPlanned.set(false);
        kick();
    }

    /** Runs before each round of sending. */
    void beforeSending(Runnable action) {
        beforeSending = action;
    }

    void drainMode(DrainMode wanted) {
        mode = link.has(TierTrait.LOCAL) ? DrainMode.NORMAL : wanted;
        due = false;
        hurry();
    }

    /** What may be sent now. */
    private Predicate<Outgoing> allowed() {
        return mode == DrainMode.NORMAL || due ? outgoing -> true : outgoing -> outgoing.urgent;
    }

    /** Whether something is held back by the drain mode. */
    boolean isHeldBack() {
        return mode != DrainMode.NORMAL && !due;
    }

    private void sendAll() {
        boolean well = true;
        boolean more = true;
        try {
            if (mode == DrainMode.BATCHED && records.get() >= BATCHED_RECORDS) {
                due = true;
            }
            beforeSending.run();
            while (well && more && !closed && records.get() > 0) {
                Predicate<Outgoing> which = allowed();
                // after a failure one by one: a single bad record must not hold up all others
                int batch = failures.get() > 0
                        ? 1
                        : link.tier.limits().preferredBatch() * (mode == DrainMode.BATCHED ? BATCHED_FACTOR : 1);
                int sent = send(Deadline.in(around.tierTimeout()), batch, which);
                well = sent >= 0;
                more = sent > 0;
            }
            if (mode == DrainMode.BATCHED && well && records.get() == 0) {
                due = false;
            }
        } finally {
            sending.set(false);
        }
        if (!well) {
            planRetry();
        } else if (records.get() > 0 && (!isHeldBack() || urgentRecords.get() == 0)) {
            kick(); // added after the last look, or a batch is to be planned
        }
    }

    /** How many were sent; -1 when that failed. */
    private int send(Deadline deadline, int most, Predicate<Outgoing> which) {
        try {
            List<TierRecord> batch = take(most, which);
            if (batch.isEmpty()) {
                return 0;
            }
            List<Applied> outcomes = link.call(deadline, own -> link.tier.applyAll(batch, own));
            for (int i = 0; i < batch.size(); i++) {
                if (outcomes.get(i) instanceof Applied.Older older) {
                    observer.accept(older.current()); // another writer was newer: by the law, that one stands
                }
                confirm(batch.get(i).key(), batch.get(i).version());
            }
            failures.set(0);
            return batch.size();
        } catch (TierException e) {
            failures.incrementAndGet();
            return -1;
        } catch (RuntimeException e) { // interrupted, because the instance is closing
            return -1;
        }
    }

    /** The next records in turn, so that those that fail do not keep others from being tried. */
    private List<TierRecord> take(int most, Predicate<Outgoing> which) {
        List<Outgoing> chosen = new ArrayList<>();
        long size = 0;
        lock.lock();
        try {
            boolean renewed = false;
            while (chosen.size() < most && size < BATCH_BYTES) {
                if (next.hasNext()) {
                    Outgoing outgoing = next.next().newest;
                    if (which.test(outgoing)) {
                        chosen.add(outgoing);
                        size += outgoing.bytes();
                    }
                } else if (!renewed && chosen.isEmpty()) {
                    next = pending.values().iterator();
                    renewed = true;
                } else {
                    break;
                }
            }
        } finally {
            lock.unlock();
        }
        List<TierRecord> batch = new ArrayList<>(chosen.size());
        for (Outgoing outgoing : chosen) {
            TierRecord record = load(outgoing);
            if (record != null) {
                batch.add(record);
            }
        }
        return batch;
    }

    private @Nullable TierRecord load(Outgoing outgoing) {
        try {
            return outbox.load(outgoing);
        } catch (MemoryException e) {
            if (e.retryable()) {
                throw new TierException(TierException.Kind.TRANSIENT, String.valueOf(e.getMessage()), e);
            }
            LOG.error("Memory tier '{}' will not get a record that is damaged in the journal", link.id, e);
            confirm(outgoing.key, outgoing.version); // it cannot come back; the others must not wait for it
            return null;
        }
    }

    private void planRetry() {
        long pause =
                Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(20, Math.max(0, failures.get() - 1)));
        long jittered = pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
        plan(retryPlanned, jittered, () -> {});
    }

    private void planBatch() {
        plan(batchPlanned, BATCHED_PAUSE_MILLIS, () -> due = mode == DrainMode.BATCHED);
    }

    private void plan(AtomicBoolean planned, long millis, Runnable before) {
        if (closed || !planned.compareAndSet(false, true)) {
            return;
        }
        try {
            var unused = around.scheduler()
                    .schedule(
                            () -> {
                                before.run();
                                planned.set(false);
                                kick();
                            },
                            millis,
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            planned.set(false); // the instance is closing
        }
    }

    /** Sends one key's record now, because somebody needs the tier to have it. */
    void settle(TierKey key, Deadline deadline) {
        TierRecord record = peek(key);
        if (record != null) {
            List<Applied> outcome = link.call(deadline, own -> link.tier.applyAll(List.of(record), own));
            if (outcome.get(0) instanceof Applied.Older older) {
                observer.accept(older.current());
            }
            confirm(key, record.version());
        }
    }

    /** A mark for {@link #awaitSent}: everything added so far. */
    long mark() {
        return sequence.get();
    }

    /** Waits until what was added before the mark is sent; sends it also when the drain mode holds it back, if it is asked for. */
    boolean awaitSent(long mark, Deadline deadline, boolean anyway) throws InterruptedException {
        if (anyway && isHeldBack()) {
            due = true;
        }
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
            if (anyway && mode != DrainMode.NORMAL) {
                due = false;
            }
        }
    }

    // --- hints

    /** Whether something was written before a moment. */
    boolean hasOlderThan(long millis) {
        return pending.values().stream().anyMatch(slot -> slot.newest.sinceMillis < millis);
    }

    /** Gives up what was written before a moment. */
    int dropOlderThan(long millis) {
        int[] dropped = {0};
        for (TierKey key : pending.keySet()) {
            pending.computeIfPresent(key, (same, slot) -> {
                if (slot.newest.sinceMillis >= millis) {
                    return slot;
                }
                dropped[0]++;
                slot.newest.done();
                if (slot.safe != null) {
                    slot.safe.done();
                }
                return count(slot, null);
            });
        }
        return dropped[0];
    }

    @Override
    public void close() {
        closed = true;
    }
}

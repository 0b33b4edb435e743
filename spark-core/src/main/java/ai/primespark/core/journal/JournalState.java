package ai.primespark.core.journal;

import ai.primespark.core.journal.JournalException.Kind;
import ai.primespark.spi.Deadline;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a journal's users and its writing thread share, under one lock that is never held during input or output. */
final class JournalState {

    private static final Logger LOG = LoggerFactory.getLogger(JournalState.class);

    /** How much may wait in memory for the disk. */
    private static final long MOST_QUEUED = 16 << 20;

    private static final long BATCH_BYTES = 4 << 20;
    private static final long COPY_BYTES = 1 << 20;
    private static final int MOST_RELEASES = 1 << 16;
    private static final int MOST_DAMAGE_TOLD = 100;

    /** Releases wait for company so long, and what failed is tried again after it. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final JournalOptions options;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition room = lock.newCondition();

    // all guarded by the lock
    private final ArrayDeque<Append> queue = new ArrayDeque<>();
    private final ArrayDeque<Segment> segments;
    private List<JournalEntry> releases = new ArrayList<>();
    private long releasesDue;
    private long retryAt;
    private boolean failing;
    private long reservedBytes; // in the queue or being written
    private long reservedEntries;
    private long fileBytes;
    private long entries;
    private long liveBytes;
    private long nextSequence;
    private long lastSync = System.nanoTime() - TimeUnit.DAYS.toNanos(1);
    private int waitingForRoom;
    private @Nullable Segment current;
    private @Nullable Thread thread;
    private boolean closed;
    private long appends;
    private long syncs;
    private long damaged;
    private final List<String> damage = new ArrayList<>();
    private String trouble = "";

    /**
     * What the writer has to do next.
     *
     * @param appends new entries
     * @param copies live entries of an old segment that should be copied to the end
     * @param releases sequence numbers that are not live any more
     * @param released the entries of those
     */
    record Batch(List<Append> appends, List<JournalEntry> copies, List<Long> releases, List<JournalEntry> released) {}

    JournalState(JournalOptions options, Recovery found) {
        this.options = options;
        this.segments = found.segments;
        this.entries = found.entries;
        this.nextSequence = found.nextSequence;
        segments.forEach(segment -> {
            fileBytes += segment.bytes;
            liveBytes += segment.liveBytes;
        });
        found.damage.forEach(this::count);
    }

    // --- for the journal's users

    /** Queues an entry; waits for room if there is a deadline. */
    Append enqueue(
            int kind, byte[] payload, long timeMillis, @Nullable Deadline deadline, Supplier<Thread> startWriter) {
        if (payload.length > Journal.MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException(
                    "a payload has at most " + Journal.MAX_PAYLOAD_BYTES + " bytes, not " + payload.length);
        }
        int checksum = EntryFormat.checksum(payload, 0, payload.length);
        lock.lock();
        try {
            takeRoom(EntryFormat.HEADER_BYTES + (long) payload.length, deadline);
            JournalEntry entry = new JournalEntry(kind, nextSequence++, timeMillis, payload.length);
            Append append = new Append(entry, payload, checksum, false);
            queue.add(append);
            reservedBytes += entry.size();
            reservedEntries++;
            if (thread == null) {
                thread = startWriter.get();
            } else if (queue.size() == 1) {
                work.signal();
            }
            return append;
        } finally {
            lock.unlock();
        }
    }

    void awaitRoom(long size, Deadline deadline) {
        lock.lock();
        try {
            takeRoom(size, deadline);
        } finally {
            lock.unlock();
        }
    }

    private void takeRoom(long size, @Nullable Deadline deadline) {
        checkOpen();
        if (hasRoom(size)) {
            return;
        }
        waitingForRoom++;
        try {
            work.signal(); // perhaps compaction makes room
            while (!hasRoom(size)) {
                long left = deadline == null ? 0 : deadline.remainingNanos();
                if (left <= 0) {
                    throw full();
                }
                long unused = room.awaitNanos(left);
                checkOpen();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JournalException(Kind.FULL, false, "interrupted while waiting for room in the journal", e);
        } finally {
            waitingForRoom--;
        }
    }

    private JournalException full() {
        boolean slow = reservedBytes > 0
                && fileBytes + reservedBytes < options.maxBytes()
                && entries + reservedEntries < options.maxEntries();
        return slow
                ? new JournalException(
                        Kind.DISK,
                        false,
                        "the journal's disk is too slow: " + reservedBytes + " bytes wait for it",
                        null)
                : new JournalException(
                        Kind.FULL,
                        false,
                        "the journal is full (" + entries + " of " + options.maxEntries() + " entries, " + fileBytes
                                + " of " + options.maxBytes() + " bytes)",
                        null);
    }

    private boolean hasRoom(long size) {
        return entries + reservedEntries < options.maxEntries()
                && fileBytes + reservedBytes + size <= options.maxBytes()
                && (reservedBytes == 0 || reservedBytes + size <= MOST_QUEUED);
    }

    private void checkOpen() {
        if (closed) {
            throw new JournalException(Kind.CLOSED, false, "the journal is closed", null);
        }
    }

    /** Takes back what nobody waits for any more; false when it is being written already. */
    boolean withdraw(Append append) {
        lock.lock();
        try {
            boolean removed = queue.remove(append);
            if (removed) {
                giveBack(append);
                room.signalAll();
            }
            return removed;
        } finally {
            lock.unlock();
        }
    }

    private void giveBack(Append append) {
        reservedBytes -= append.entry.size();
        reservedEntries--;
    }

    void release(JournalEntry entry, Supplier<Thread> startWriter) {
        lock.lock();
        try {
            JournalEntry.Place place = entry.place;
            if (!entry.live || place == null) {
                return;
            }
            remove(entry, place.segment());
            if (closed) {
                return; // is given out once more at the next start
            }
            if (releases.isEmpty()) {
                releasesDue = System.nanoTime() + PATIENCE_NANOS;
            }
            releases.add(entry);
            if (waitingForRoom > 0) {
                room.signalAll();
            }
            if (thread == null) {
                thread = startWriter.get();
            } else if (releases.size() == 1 || place.segment().live == 0 || waitingForRoom > 0) {
                work.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void remove(JournalEntry entry, Segment segment) {
        segment.remove(entry);
        entries--;
        liveBytes -= entry.size();
    }

    List<List<JournalEntry>> liveBySegment() {
        lock.lock();
        try {
            return segments.stream()
                    .map(segment -> segment.firstLive(Long.MAX_VALUE))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    JournalStats stats() {
        lock.lock();
        try {
            long oldest =
                    segments.stream().mapToLong(Segment::oldestMillis).min().orElse(Long.MAX_VALUE);
            return new JournalStats(
                    entries,
                    liveBytes,
                    fileBytes,
                    options.maxBytes(),
                    segments.size(),
                    appends,
                    syncs,
                    oldest == Long.MAX_VALUE ? -1 : oldest,
                    damaged,
                    damage,
                    trouble);
        } finally {
            lock.unlock();
        }
    }

    /** No more appends; the writer ends when all is written. */
    @Nullable
    Thread close() {
        lock.lock();
        try {
            closed = true;
            work.signal();
            room.signalAll();
            return thread;
        } finally {
            lock.unlock();
        }
    }

    // --- for the writing thread

    /** Waits for work; null when the journal is closed and nothing is left to write. */
    @Nullable
    Batch next() {
        lock.lock();
        try {
            while (true) {
                long now = System.nanoTime();
                boolean mayRetry = !failing || now - retryAt >= 0;
                if (!queue.isEmpty()) {
                    long rest = options.commitInterval().toNanos() - (now - lastSync);
                    if (rest <= 0 || closed) {
                        return batch(mayRetry);
                    }
                    long unused = work.awaitNanos(rest);
                } else if (closed) {
                    return releases.isEmpty() || failing ? null : batch(true);
                } else if (mayRetry && (isCompactionDue() || isFirstDead())) {
                    return batch(true);
                } else if (!releases.isEmpty() || failing && isFirstDead()) {
                    long due = failing ? retryAt : releasesDue;
                    if (due - now <= 0) {
                        return batch(true);
                    }
                    long unused = work.awaitNanos(due - now);
                } else {
                    work.await();
                }
            }
        } catch (InterruptedException e) { // nobody does that; end rather than go on without being asked
            closed = true;
            return null;
        } finally {
            lock.unlock();
        }
    }

    private Batch batch(boolean all) {
        List<Append> some = new ArrayList<>();
        long bytes = 0;
        while (!queue.isEmpty()
                && (some.isEmpty() || bytes + queue.element().entry.size() <= BATCH_BYTES)) {
            Append append = queue.remove();
            bytes += append.entry.size();
            some.add(append);
        }
        List<JournalEntry> copies = List.of();
        List<Long> numbers = new ArrayList<>();
        List<JournalEntry> told = new ArrayList<>();
        if (all) {
            if (isCompactionDue()) {
                copies = segments.getFirst().firstLive(COPY_BYTES);
            }
            int count = Math.min(MOST_RELEASES, releases.size());
            for (JournalEntry entry : releases.subList(0, count)) {
                JournalEntry.Place place = entry.place;
                if (place == null || !place.segment().deleted) { // else it is gone anyway
                    numbers.add(entry.sequence());
                    told.add(entry);
                }
            }
            releases = new ArrayList<>(releases.subList(count, releases.size()));
        }
        return new Batch(some, copies, numbers, told);
    }

    private boolean isFirstDead() {
        Segment first = segments.peekFirst();
        return first != null && first != current && first.live == 0;
    }

    /** Whether copying the oldest segment's live entries pays: it costs at most what is given back, or room is needed badly. */
    private boolean isCompactionDue() {
        Segment first = segments.peekFirst();
        if (first == null || first == current || first.live == 0 || first.stuck) {
            return false;
        }
        long dead = fileBytes - liveBytes;
        long two = 2L * options.segmentBytes();
        boolean worth = dead >= two && dead >= fileBytes / 2;
        boolean needed =
                waitingForRoom > 0 && fileBytes > options.maxBytes() - two && dead >= Math.max(two, fileBytes / 8);
        return worth || needed || segments.size() > 2 * (options.maxBytes() / options.segmentBytes()) + 16;
    }

    /** A new file, which nothing is known to be in yet. */
    void begun(Segment segment) {
        lock.lock();
        try {
            segments.add(segment);
            current = segment;
        } finally {
            lock.unlock();
        }
    }

    long nextSequence() {
        lock.lock();
        try {
            return nextSequence;
        } finally {
            lock.unlock();
        }
    }

    /** So much of the current file is on the disk, and with it these entries. */
    void confirmed(Segment segment, long bytes, List<Append> done) {
        lock.lock();
        try {
            syncs++;
            lastSync = System.nanoTime();
            failing = false;
            trouble = "";
            fileBytes += bytes - segment.bytes;
            segment.bytes = bytes;
            for (Append append : done) {
                JournalEntry entry = append.entry;
                JournalEntry.Place place = Objects.requireNonNull(append.place);
                if (append.copy) {
                    JournalEntry.Place from = entry.place;
                    if (entry.live && from != null) {
                        from.segment().remove(entry);
                        place.segment().add(entry, place.offset());
                    } else {
                        entry.place = place; // released meanwhile: that must be written for this place, too
                    }
                } else {
                    giveBack(append);
                    appends++;
                    place.segment().add(entry, place.offset());
                    entries++;
                    liveBytes += entry.size();
                }
            }
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more is written to the current file. */
    void sealed() {
        lock.lock();
        try {
            current = null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * These entries did not get to the disk, as far as one can know. That they are not live is written as soon as that is possible,
     * because they may be there all the same.
     */
    void failed(List<Append> lost, List<JournalEntry> released, String why) {
        lock.lock();
        try {
            if (trouble.isEmpty()) {
                LOG.error(
                        "Cannot write the journal: {}. What was not confirmed fails; the next entry is tried anew",
                        why);
            }
            trouble = why;
            failing = true;
            retryAt = System.nanoTime() + PATIENCE_NANOS;
            releases.addAll(0, released); // they keep their order
            for (Append append : lost) {
                if (!append.copy) {
                    giveBack(append);
                    releases.add(append.entry);
                }
            }
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The oldest segments that hold nothing live. */
    List<Segment> dead() {
        lock.lock();
        try {
            List<Segment> dead = new ArrayList<>();
            for (Segment segment : segments) {
                if (segment == current || segment.live > 0) {
                    break;
                }
                dead.add(segment);
            }
            return dead;
        } finally {
            lock.unlock();
        }
    }

    void deleted(Segment segment) {
        lock.lock();
        try {
            segments.remove(segment);
            segment.deleted = true;
            fileBytes -= segment.bytes;
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void cannotDelete(String why) {
        lock.lock();
        try {
            trouble = why;
            failing = true;
            retryAt = System.nanoTime() + PATIENCE_NANOS;
        } finally {
            lock.unlock();
        }
    }

    void stuck(Segment segment) {
        lock.lock();
        try {
            segment.stuck = true;
        } finally {
            lock.unlock();
        }
    }

    /** An entry cannot be read any more. */
    void damaged(JournalEntry entry, String what) {
        lock.lock();
        try {
            JournalEntry.Place place = entry.place;
            if (entry.live && place != null) {
                remove(entry, place.segment());
                entry.place = null;
                count(what);
                LOG.error("The journal is damaged, and what stood there is lost on this machine: {}", what);
            }
        } finally {
            lock.unlock();
        }
    }

    private void count(String what) {
        damaged++;
        if (damage.size() < MOST_DAMAGE_TOLD) {
            damage.add(what);
        }
    }
}

package ai.primespark.core.memory;

import ai.primespark.core.journal.Journal;
import ai.primespark.core.journal.JournalEntry;
import ai.primespark.core.journal.JournalException;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.Version;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Keeps acknowledged records in the journal until every tier that has still to get them has confirmed them, and gives them to
 * the tiers' {@link Backlog}s. Thread-safe.
 */
final class Outbox {

    /** How far ahead of the versions given the durable mark of the clock is moved, in the clock's units. */
    private static final long MARK_AHEAD = 2_000L << 16;

    private final Journal journal;
    private final Surroundings around;
    private final long heapBytes;
    private final Predicate<String> urgent;
    private final AtomicLong bodies = new AtomicLong();
    private final AtomicBoolean marking = new AtomicBoolean();
    private volatile long mark;
    private volatile @Nullable JournalEntry markEntry;

    /**
     * Makes an outbox.
     *
     * @param heapBytes how many bytes of journaled records stay in memory; of the others only the places do
     * @param urgent tells urgent namespaces
     */
    Outbox(Journal journal, Surroundings around, long heapBytes, Predicate<String> urgent) {
        this.journal = journal;
        this.around = around;
        this.heapBytes = heapBytes;
        this.urgent = urgent;
    }

    Journal journal() {
        return journal;
    }

    // --- the journal

    /** Begins to journal a record for tiers; waits for room until the deadline. */
    CompletableFuture<JournalEntry> append(TierRecord record, List<TierLink> tiers, Deadline deadline) {
        byte[] payload = MemoryEntries.record(record, tiers);
        cover(record.version());
        try {
            while (true) {
                journal.awaitRoom(payload.length, deadline);
                CompletableFuture<JournalEntry> appended = journal.appendAsync(MemoryEntries.RECORD, payload);
                if (!isFull(appended)) {
                    return appended;
                }
            }
        } catch (JournalException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Others may have taken the room that was seen. */
    private static boolean isFull(CompletableFuture<JournalEntry> appended) {
        if (!appended.isCompletedExceptionally()) {
            return false;
        }
        Throwable failure = appended.handle((entry, e) -> e).join();
        return failure instanceof JournalException known && known.kind() == JournalException.Kind.FULL;
    }

    /** Waits until there is room for a record, before something is done that cannot be taken back. */
    void awaitRoom(TierRecord record, Deadline deadline) {
        journal.awaitRoom(record.body().length + 4_096L, deadline);
    }

    /** What the application is told when the journal does not take a record. */
    static MemoryException refused(TierRecord record, Throwable cause) {
        boolean full = cause instanceof JournalException known && known.kind() == JournalException.Kind.FULL;
        return new MemoryException(
                "cannot write key '" + record.key().key() + "' durably: " + cause.getMessage()
                        + (full
                                ? "; nothing acknowledged is dropped: mend the tiers that are away, or raise"
                                        + " primespark.memory.journal.max-bytes or max-records"
                                : ""),
                true,
                cause);
    }

    /** Makes sure that after a restart the clock begins above a version, soon. */
    void cover(Version version) {
        if (version.clock() > mark && marking.compareAndSet(false, true)) {
            long next = version.clock() + MARK_AHEAD;
            var unused = journal.appendAsync(MemoryEntries.CLOCK, MemoryEntries.clock(next))
                    .whenComplete((entry, e) -> {
                        if (entry != null) {
                            restoreMark(next, entry);
                        }
                        marking.set(false);
                    });
        }
    }

    /** The mark is on the disk. */
    void restoreMark(long clock, JournalEntry entry) {
        JournalEntry before = clock >= mark ? markEntry : entry;
        if (clock >= mark) {
            mark = clock;
            markEntry = entry;
        }
        if (before != null) {
            journal.release(before);
        }
    }

    // --- what is on its way

    /** As the other one, when no newer record of the key has been shown. */
    void add(TierRecord record, List<Backlog> backlogs, @Nullable JournalEntry entry) {
        add(record, backlogs, entry, null);
    }

    /**
     * Shows a record to readers and has it sent.
     *
     * @param entry null when it may be lost
     * @param shown the newest version of the key that was shown before, or null: a tier for which nothing waits has that one
     */
    void add(TierRecord record, List<Backlog> backlogs, @Nullable JournalEntry entry, @Nullable Version shown) {
        if (backlogs.isEmpty()) {
            if (entry != null) {
                journal.release(entry);
            }
            return;
        }
        int size = record.body().length;
        boolean inMemory = entry == null || bodies.get() + size <= heapBytes;
        if (entry != null && inMemory) {
            bodies.addAndGet(size);
        }
        Outgoing outgoing = new Outgoing(
                this,
                record,
                inMemory,
                entry == null ? around.clock().millis() : entry.timeMillis(),
                urgent.test(record.key().namespace()),
                entry,
                backlogs.size());
        backlogs.forEach(backlog -> backlog.add(outgoing, shown));
    }

    void finished(Outgoing outgoing, boolean inMemory) {
        if (outgoing.entry != null) {
            if (inMemory) {
                bodies.addAndGet(-outgoing.bodyBytes);
            }
            journal.release(outgoing.entry);
        }
    }

    /**
     * The whole record, from the journal if need be.
     *
     * @return null when it was released meanwhile, so the tiers have it
     * @throws MemoryException when the journal cannot give it
     */
    @Nullable
    TierRecord load(Outgoing outgoing) {
        TierRecord record = outgoing.inMemory();
        if (record != null || outgoing.entry == null) {
            return record;
        }
        try {
            return MemoryEntries.readRecord(journal.read(outgoing.entry)).record();
        } catch (JournalException e) {
            if (e.kind() == JournalException.Kind.RELEASED) {
                return null;
            }
            throw new MemoryException(
                    "key '" + outgoing.key.key() + "' waits in the journal, which cannot give it: " + e.getMessage(),
                    e.retryable(),
                    e);
        } catch (TierException e) {
            throw new MemoryException(
                    "key '" + outgoing.key.key() + "' is damaged in the journal; write it anew or delete it", false, e);
        }
    }
}

package ai.primespark.core.journal;

import ai.primespark.spi.Deadline;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/** A journal whose next appends of a kind fail, or are not known to be done before they are let go. */
public final class FaultyJournal implements Journal {

    private final Journal journal;
    private final Map<Integer, Integer> failures = new ConcurrentHashMap<>();
    private final Map<Integer, Integer> begun = new ConcurrentHashMap<>();
    private final Map<Integer, CompletableFuture<Void>> held = new ConcurrentHashMap<>();

    public FaultyJournal(Journal journal) {
        this.journal = journal;
    }

    /** The next appends of this kind fail as on a full disk. */
    public void fail(int kind, int times) {
        failures.put(kind, times);
    }

    /** The next append of this kind is told to be done when the answer's future is completed. */
    public CompletableFuture<Void> hold(int kind) {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        held.put(kind, gate);
        return gate;
    }

    /** How many appends of this kind were begun and did not fail. */
    public int begun(int kind) {
        return begun.getOrDefault(kind, 0);
    }

    @Override
    public JournalEntry append(int kind, byte[] payload, Deadline deadline) {
        return journal.append(kind, payload, deadline);
    }

    @Override
    public CompletableFuture<JournalEntry> appendAsync(int kind, byte[] payload) {
        Integer left = failures.computeIfPresent(kind, (k, times) -> times == 0 ? null : times - 1);
        if (left != null) {
            return CompletableFuture.failedFuture(
                    new JournalException(JournalException.Kind.DISK, false, "No space left on device", null));
        }
        begun.merge(kind, 1, Integer::sum);
        CompletableFuture<Void> gate = held.remove(kind);
        CompletableFuture<JournalEntry> written = journal.appendAsync(kind, payload);
        return gate == null ? written : gate.thenCompose(open -> written);
    }

    @Override
    public void awaitRoom(long payloadBytes, Deadline deadline) {
        journal.awaitRoom(payloadBytes, deadline);
    }

    @Override
    public void release(JournalEntry entry) {
        journal.release(entry);
    }

    @Override
    public byte[] read(JournalEntry entry) {
        return journal.read(entry);
    }

    @Override
    public void replay(IntPredicate kinds, Replay replay) {
        journal.replay(kinds, replay);
    }

    @Override
    public JournalStats stats() {
        return journal.stats();
    }

    @Override
    public void close() {
        journal.close();
    }
}

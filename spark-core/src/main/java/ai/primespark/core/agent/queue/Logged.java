package ai.primespark.core.agent.queue;

import ai.primespark.core.journal.Journal;
import ai.primespark.core.journal.JournalEntry;
import ai.primespark.spi.TaskEnvelope;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Where a task stands in the journal: its submission, the newest state and the newest checkpoint. Thread-safe.
 *
 * <p>Releases reach the disk in the order in which they are made, and that is what keeps a task that ended from coming back: its
 * submission is released first, and the state that says that it is over goes last.
 */
final class Logged {

    /** All that was written of it and is not known to be on the disk; done when it is. Guarded by the table's lock. */
    CompletableFuture<?> last;

    /** Done when the submission is on the disk, or has failed. */
    final CompletableFuture<Void> taken = new CompletableFuture<>();

    /** The task without its payload, once it is over and until the last state is on the disk. */
    volatile @Nullable TaskEnvelope head;

    // guarded by this
    private @Nullable JournalEntry task;
    private @Nullable JournalEntry state;
    private @Nullable JournalEntry checkpoint;
    private @Nullable LoggedBatch batch;
    private boolean over;
    private boolean forgotten;

    Logged() {
        last = taken;
    }

    synchronized void submitted(JournalEntry entry, @Nullable LoggedBatch whole) {
        task = entry;
        batch = whole;
    }

    /** A state is on the disk. */
    synchronized void state(JournalEntry entry, boolean isLast, Journal journal) {
        if (state != null && state.sequence() > entry.sequence()) { // an older one that was written again
            journal.release(entry);
            return;
        }
        JournalEntry before = state;
        state = entry;
        over |= isLast;
        if (over) {
            head = null; // a last state that is on the disk is not written again
            releaseTask(journal);
            checkpoint = release(checkpoint, journal);
        }
        var unused = release(before, journal);
        if (forgotten) {
            state = release(state, journal);
        }
    }

    /** Whether the last state is on the disk. */
    synchronized boolean isOver() {
        return over;
    }

    /** A checkpoint is on the disk. */
    synchronized void checkpoint(JournalEntry entry, Journal journal) {
        if (over || forgotten || checkpoint != null && checkpoint.sequence() > entry.sequence()) {
            journal.release(entry);
            return;
        }
        JournalEntry before = checkpoint;
        checkpoint = entry;
        var unused = release(before, journal);
    }

    /** Nobody asks for the task any more. */
    synchronized void forget(Journal journal) {
        forgotten = true;
        releaseTask(journal);
        checkpoint = release(checkpoint, journal);
        state = release(state, journal);
    }

    private void releaseTask(Journal journal) {
        if (task != null) {
            task = release(task, journal);
            if (batch != null) {
                batch.released(journal);
            }
        }
    }

    private static @Nullable JournalEntry release(@Nullable JournalEntry entry, Journal journal) {
        if (entry != null) {
            journal.release(entry);
        }
        return null;
    }
}

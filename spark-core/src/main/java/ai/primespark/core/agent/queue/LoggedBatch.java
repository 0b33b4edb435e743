package ai.primespark.core.agent.queue;

import ai.primespark.core.journal.Journal;
import ai.primespark.core.journal.JournalEntry;
import org.jspecify.annotations.Nullable;

/** The entry that says that a batch of tasks is whole: needed as long as one of them is in the journal. Thread-safe. */
final class LoggedBatch {

    final long number;
    private int left;
    private @Nullable JournalEntry entry;

    LoggedBatch(long number, int tasks) {
        this.number = number;
        this.left = tasks;
    }

    synchronized void written(JournalEntry written) {
        entry = written;
    }

    /** One of its tasks is there after a restart. */
    synchronized void more() {
        left++;
    }

    /** One of its tasks is not in the journal any more. */
    synchronized void released(Journal journal) {
        if (--left == 0 && entry != null) {
            journal.release(entry);
        }
    }
}

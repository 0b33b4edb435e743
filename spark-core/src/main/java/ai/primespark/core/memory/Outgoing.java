package ai.primespark.core.memory;

import ai.primespark.core.journal.JournalEntry;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A record that some tiers have still to get. Its body is in memory, or only in the journal when there is too much of that. Each
 * of the tiers says {@link #done} once; after the last one the journal's entry is released. Thread-safe.
 */
final class Outgoing {

    private static final int OVERHEAD = 100;

    final TierKey key;
    final Version version;
    final long sinceMillis;
    final boolean urgent;

    /** Null when it lasts only as long as the process. */
    final @Nullable JournalEntry entry;

    final int bodyBytes;
    private final Outbox outbox;
    private final AtomicInteger waiting;
    private volatile @Nullable TierRecord record;

    Outgoing(
            Outbox outbox,
            TierRecord record,
            boolean inMemory,
            long sinceMillis,
            boolean urgent,
            @Nullable JournalEntry entry,
            int tiers) {
        this.outbox = outbox;
        this.key = record.key();
        this.version = record.version();
        this.bodyBytes = record.body().length;
        this.record = inMemory ? record : null;
        this.sinceMillis = sinceMillis;
        this.urgent = urgent;
        this.entry = entry;
        this.waiting = new AtomicInteger(tiers);
    }

    boolean isDurable() {
        return entry != null;
    }

    int bytes() {
        return bodyBytes + key.key().length() + OVERHEAD;
    }

    /** What is in memory, or null. */
    @Nullable
    TierRecord inMemory() {
        return record;
    }

    /** One tier has it, or a newer one that is as safe. */
    void done() {
        if (waiting.decrementAndGet() == 0) {
            outbox.finished(this, record != null);
        }
    }
}

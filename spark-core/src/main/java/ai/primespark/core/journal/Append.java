package ai.primespark.core.journal;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An entry on its way to the disk. */
final class Append {

    final JournalEntry entry;
    final byte[] payload;
    final int checksum;
    final CompletableFuture<JournalEntry> done = new CompletableFuture<>();

    /** Whether the entry is in the journal already and compaction moves it; then nobody waits for it. */
    final boolean copy;

    /** Where it was written; the writer's own. */
    JournalEntry.@Nullable Place place;

    Append(JournalEntry entry, byte[] payload, int checksum, boolean copy) {
        this.entry = entry;
        this.payload = payload;
        this.checksum = checksum;
        this.copy = copy;
    }
}

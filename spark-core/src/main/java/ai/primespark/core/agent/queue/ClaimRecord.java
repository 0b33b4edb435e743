package ai.primespark.core.agent.queue;

import ai.primespark.core.journal.JournalEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What a claim got, as long as one of its leases lasts. Guarded by the table's lock. */
final class ClaimRecord {

    final String requestId;
    final String agentId;
    final List<TaskRecord> tasks = new ArrayList<>(1);
    int held;

    /** The log's own. */
    @Nullable
    CompletableFuture<JournalEntry> logged;

    ClaimRecord(String requestId, String agentId) {
        this.requestId = requestId;
        this.agentId = agentId;
    }
}

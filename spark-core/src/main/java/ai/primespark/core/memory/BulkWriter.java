package ai.primespark.core.memory;

import ai.primespark.memory.Ack;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.Stored;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes many keys with a round trip for each batch to the tier that the acknowledgement rests on. */
final class BulkWriter {

    private final Writer writer;
    private final Space space;
    private final Ack ack;
    private final Deadline deadline;

    BulkWriter(Writer writer, Space space, Ack ack, Deadline deadline) {
        this.writer = writer;
        this.space = space;
        this.ack = ack;
        this.deadline = deadline;
    }

    /** Tries every key; what failed is in {@code failures}. */
    void put(Map<TierKey, Writer.Draft> drafts, Map<String, Stored> stored, List<MemoryException> failures) {
        List<TierLink> confirming = space.confirming(ack);
        if (confirming.isEmpty()) {
            journal(drafts, stored, failures);
            return;
        }
        TierLink first = confirming.get(0);
        int batch = space.isNear(first) ? 1 : first.tier.limits().preferredBatch();
        List<Map.Entry<TierKey, Writer.Draft>> all = List.copyOf(drafts.entrySet());
        for (int from = 0; from < all.size(); from += batch) {
            List<Map.Entry<TierKey, Writer.Draft>> some = all.subList(from, Math.min(all.size(), from + batch));
            if (some.size() == 1) {
                putAlone(some.get(0), stored, failures);
            } else {
                putBatch(first, some, stored, failures);
            }
        }
    }

    /** All go into the journal together, with few syncs. */
    private void journal(
            Map<TierKey, Writer.Draft> drafts, Map<String, Stored> stored, List<MemoryException> failures) {
        List<Writer.Journaling> begun = new ArrayList<>();
        drafts.forEach((key, draft) -> {
            try {
                begun.add(writer.journal(space, key, draft, deadline));
            } catch (MemoryException e) {
                failures.add(e);
            }
        });
        for (Writer.Journaling each : begun) {
            try {
                stored.put(each.record().key().key(), writer.finish(space, each, deadline));
            } catch (MemoryException e) {
                failures.add(e);
            }
        }
    }

    private void putBatch(
            TierLink first,
            List<Map.Entry<TierKey, Writer.Draft>> drafts,
            Map<String, Stored> stored,
            List<MemoryException> failures) {
        drafts.forEach(draft -> writer.begin(draft.getKey()));
        try {
            putBegun(first, drafts, stored, failures);
        } finally {
            drafts.forEach(draft -> writer.end(draft.getKey()));
        }
    }

    private void putBegun(
            TierLink first,
            List<Map.Entry<TierKey, Writer.Draft>> drafts,
            Map<String, Stored> stored,
            List<MemoryException> failures) {
        List<TierRecord> records = new ArrayList<>();
        drafts.forEach(draft -> records.add(writer.stamp(space, draft.getKey(), draft.getValue())));
        List<Applied> outcomes;
        try {
            outcomes = writer.applyAll(space, first, records, deadline);
        } catch (TierException e) {
            if (e.kind() == TierException.Kind.FULL) { // perhaps for one of them only
                drafts.forEach(draft -> putAlone(draft, stored, failures));
            } else {
                records.forEach(record -> failures.add(Writer.refused("write", first, record.key(), e)));
            }
            return;
        } catch (MemoryException e) {
            failures.add(e);
            return;
        }
        for (int i = 0; i < records.size(); i++) {
            Map.Entry<TierKey, Writer.Draft> draft = drafts.get(i);
            try {
                Stored done = outcomes.get(i) instanceof Applied.Done
                        ? writer.finish(space, records.get(i), first, ack, deadline)
                        : null;
                if (done == null) { // a newer record was there: once more, above it
                    putAlone(draft, stored, failures);
                } else {
                    stored.put(draft.getKey().key(), done);
                }
            } catch (MemoryException e) {
                failures.add(e);
            }
        }
    }

    private void putAlone(
            Map.Entry<TierKey, Writer.Draft> draft, Map<String, Stored> stored, List<MemoryException> failures) {
        try {
            stored.put(draft.getKey().key(), writer.put(space, draft.getKey(), draft.getValue(), ack, deadline));
        } catch (MemoryException e) {
            failures.add(e);
        }
    }
}

package ai.primespark.core.memory;

import ai.primespark.memory.GarbageReport;
import ai.primespark.memory.SweepReport;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Counts what is cleared away. For one worker. */
final class SweepTally {

    private static final int MOST_REASONS = 1_000;

    private final Map<String, Long> evicted = new LinkedHashMap<>();
    private final Set<String> skipped = new LinkedHashSet<>();
    private long expired;
    private long tombstones;
    private long chunks;

    void expired(long records) {
        expired += records;
    }

    void tombstone() {
        tombstones++;
    }

    void collected(GarbageReport report) {
        chunks += report.chunks();
        report.skippedTiers().forEach(reason -> skipped("chunks in " + reason));
    }

    void evicted(TierLink link, long records) {
        if (records > 0) {
            evicted.merge(link.id, records, Long::sum);
        }
    }

    void skipped(String reason) {
        if (skipped.size() < MOST_REASONS) {
            skipped.add(reason);
        }
    }

    SweepReport report(boolean complete) {
        return new SweepReport(complete, expired, tombstones, chunks, evicted, List.copyOf(skipped));
    }
}

package ai.primespark.core.memory;

import ai.primespark.memory.SweepReport;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.spi.Meters;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Counts what upkeep does, from 0 on for every tier. Thread-safe. */
final class UpkeepMeters {

    private final Meters.Counter compared;
    private final Meters.Counter differing;
    private final Meters.Counter damaged;
    private final Meters.Counter unmendable;
    private final Meters.Counter expired;
    private final Meters.Counter tombstones;
    private final Map<String, Meters.Counter> mended = new HashMap<>();
    private final Map<String, Meters.Counter> removed = new HashMap<>();
    private final Map<String, Meters.Counter> evicted = new HashMap<>();

    /**
     * Makes them.
     *
     * @param tiers the ids of all tiers
     */
    UpkeepMeters(Meters meters, Collection<String> tiers) {
        this.compared = meters.counter("spark.memory.repair.compared");
        this.differing = meters.counter("spark.memory.repair.differing");
        this.damaged = meters.counter("spark.memory.repair.damaged");
        this.unmendable = meters.counter("spark.memory.repair.unmendable");
        this.expired = meters.counter("spark.memory.sweep.expired");
        this.tombstones = meters.counter("spark.memory.sweep.tombstones");
        for (String tier : tiers) {
            mended.put(tier, meters.counter("spark.memory.repair.mended", "tier", tier));
            removed.put(tier, meters.counter("spark.memory.repair.removed", "tier", tier));
            evicted.put(tier, meters.counter("spark.memory.tier.evicted", "tier", tier));
        }
    }

    void compared(UpkeepReport report) {
        compared.add((double) report.compared());
        differing.add((double) report.differing());
        damaged.add((double) report.damaged());
        unmendable.add((double) report.unmendable());
        report.mended().forEach((tier, records) -> add(mended, tier, records));
        report.removed().forEach((tier, records) -> add(removed, tier, records));
    }

    void swept(SweepReport report) {
        expired.add((double) report.expired());
        tombstones.add((double) report.tombstones());
    }

    void evicted(String tier, long records) {
        add(evicted, tier, records);
    }

    private static void add(Map<String, Meters.Counter> counters, String tier, long records) {
        Meters.Counter counter = counters.get(tier);
        if (counter != null) {
            counter.add((double) records);
        }
    }
}

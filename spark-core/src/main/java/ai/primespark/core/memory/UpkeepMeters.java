package ai.primespark.core.memory;

import ai.primespark.memory.SweepReport;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.spi.Meters;

/** Counts what upkeep does. Thread-safe. */
final class UpkeepMeters {

    private final Meters meters;
    private final Meters.Counter compared;
    private final Meters.Counter differing;
    private final Meters.Counter damaged;
    private final Meters.Counter unmendable;
    private final Meters.Counter expired;
    private final Meters.Counter tombstones;

    UpkeepMeters(Meters meters) {
        this.meters = meters;
        this.compared = meters.counter("spark.memory.repair.compared");
        this.differing = meters.counter("spark.memory.repair.differing");
        this.damaged = meters.counter("spark.memory.repair.damaged");
        this.unmendable = meters.counter("spark.memory.repair.unmendable");
        this.expired = meters.counter("spark.memory.sweep.expired");
        this.tombstones = meters.counter("spark.memory.sweep.tombstones");
    }

    void compared(UpkeepReport report) {
        compared.add((double) report.compared());
        differing.add((double) report.differing());
        damaged.add((double) report.damaged());
        unmendable.add((double) report.unmendable());
        report.mended()
                .forEach((tier, records) -> meters.counter("spark.memory.repair.mended", "tier", tier)
                        .add((double) records));
        report.removed()
                .forEach((tier, records) -> meters.counter("spark.memory.repair.removed", "tier", tier)
                        .add((double) records));
    }

    void swept(SweepReport report) {
        expired.add((double) report.expired());
        tombstones.add((double) report.tombstones());
    }

    void evicted(String tier, long records) {
        meters.counter("spark.memory.tier.evicted", "tier", tier).add((double) records);
    }
}

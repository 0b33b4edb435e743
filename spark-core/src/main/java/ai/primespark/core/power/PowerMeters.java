package ai.primespark.core.power;

import ai.primespark.power.PowerDecision;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.power.PowerStatus;
import ai.primespark.spi.Meters;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/** What is counted of power. Thread-safe. */
final class PowerMeters {

    private final Meters meters;
    private final Meters.Counter flapping;
    private final Meters.Timer safe;
    private final Meters.Timer incomplete;

    PowerMeters(Meters meters) {
        this.meters = meters;
        this.flapping = meters.counter("spark.power.flapping");
        this.safe = drain(meters, "safe");
        this.incomplete = drain(meters, "incomplete");
    }

    private static Meters.Timer drain(Meters meters, String outcome) {
        return meters.timer("spark.power.drain", "outcome", outcome);
    }

    /** Shows how it stands whenever somebody looks. */
    void show(Supplier<PowerStatus> status) {
        meters.gauge("spark.power.profile", () -> level(status.get().profile()));
        meters.gauge("spark.power.edge.only", () -> status.get().edgeOnly() ? 1 : 0);
        meters.gauge(
                "spark.power.charge",
                () -> status.get().reading().chargePercent().orElse(Double.NaN));
        meters.gauge("spark.power.watts", () -> status.get().reading().watts().orElse(Double.NaN));
        meters.gauge(
                "spark.power.runtime",
                () -> status.get()
                        .timeRemaining()
                        .map(left -> left.toMillis() / 1_000.0)
                        .orElse(Double.NaN));
        meters.gauge(
                "spark.power.sources.fresh",
                () -> status.get().sources().stream()
                        .filter(reading -> reading.quality() == Quality.FRESH)
                        .count());
    }

    /** The profile as a number that grows with what is saved. */
    static int level(PowerProfile profile) {
        return switch (profile) {
            case FULL -> 0;
            case SAVING -> 1;
            case CRITICAL -> 2;
            case SHUTDOWN -> 3;
        };
    }

    void read(String source, Quality quality) {
        reading(source, quality == Quality.FRESH ? "fresh" : "stale");
    }

    void failed(String source, boolean hung) {
        reading(source, hung ? "hung" : "failed");
    }

    private void reading(String source, String outcome) {
        meters.counter("spark.power.readings", "source", source, "outcome", outcome)
                .increment();
    }

    void decided(PowerDecision decision) {
        meters.counter(
                        "spark.power.decisions",
                        "profile",
                        decision.profile().name().toLowerCase(Locale.ROOT),
                        "rule",
                        decision.rule())
                .increment();
    }

    /** Something better was called for and held back, because there had been too many changes. */
    void heldBack() {
        flapping.increment();
    }

    void drained(boolean inTime, Duration took) {
        (inTime ? safe : incomplete).record(took);
    }
}

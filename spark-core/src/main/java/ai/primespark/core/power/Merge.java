package ai.primespark.core.power;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.power.PowerSupply;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * Makes one reading of several: that of the source which is as dangerous as the rule allows. Pure.
 *
 * <p>A source that never said anything of use, or is lost and last spoke of mains, abstains while another one speaks. A source
 * that is lost and last spoke of a battery is as dangerous as one that says the battery is low (upsmon's rule, which calls that
 * critical). Watts come from the chosen source, otherwise from the first in configured order that has fresh ones.
 *
 * @param rule what several mean together
 * @param minSupplies how many must be good, for {@link MergeRule#QUORUM}
 */
record Merge(MergeRule rule, int minSupplies) {

    private static final int ABSTAINS = -1;
    private static final Comparator<PowerReading> MOST_DANGEROUS_FIRST = Comparator.comparingInt(Merge::danger)
            .reversed()
            .thenComparing(reading -> reading.runtime().orElse(Duration.ofDays(1_000)))
            .thenComparing(reading -> reading.chargePercent().orElse(101));

    /** The reading that counts. */
    PowerReading of(List<PowerReading> readings) {
        List<PowerReading> speaking = readings.stream().filter(this::speaks).toList();
        List<PowerReading> pool = speaking.isEmpty() ? readings : speaking;
        List<PowerReading> ordered = pool.stream().sorted(MOST_DANGEROUS_FIRST).toList();
        int needed = switch (rule) {
            case WORST -> ordered.size();
            case ANY -> 1;
            case QUORUM -> Math.min(minSupplies, ordered.size());
        };
        return withWatts(ordered.get(ordered.size() - needed), readings);
    }

    /** Where one good supply is enough, one that has not had the time to speak may be that. */
    private boolean speaks(PowerReading reading) {
        boolean awaited = reading.supply() == PowerSupply.UNKNOWN && reading.quality() == Quality.STALE;
        return danger(reading) != ABSTAINS || awaited && rule != MergeRule.WORST;
    }

    private static PowerReading withWatts(PowerReading chosen, List<PowerReading> all) {
        if (chosen.watts().isPresent()) {
            return chosen;
        }
        for (PowerReading other : all) {
            if (other.watts().isPresent() && other.quality() == Quality.FRESH) {
                return chosen.toBuilder()
                        .watts(other.watts().getAsDouble(), other.wattsEstimated())
                        .build();
            }
        }
        return chosen;
    }

    /** How dangerous a reading is; the more, the worse. */
    static int danger(PowerReading reading) {
        if (reading.flags().contains(PowerFlag.FORCED_SHUTDOWN)) {
            return 7;
        }
        boolean calibrating = reading.flags().contains(PowerFlag.CALIBRATING);
        if (reading.quality() == Quality.LOST) {
            return isDangerousWhenLost(reading) ? 6 : ABSTAINS;
        }
        return switch (reading.supply()) {
            case UNKNOWN -> ABSTAINS;
            case MAINS -> 0;
            case BYPASS -> 1;
            case BATTERY -> calibrating ? 2 : reading.flags().contains(PowerFlag.LOW_BATTERY) ? 6 : 4;
            case OFF -> 5;
        };
    }

    /** Whether silence of a source must be taken for the end of the power (upsmon's {@code is_ups_critical}). */
    static boolean isDangerousWhenLost(PowerReading last) {
        return switch (last.supply()) {
            case BATTERY, OFF, BYPASS -> true;
            case MAINS, UNKNOWN ->
                last.flags().contains(PowerFlag.CALIBRATING)
                        || last.supply() == PowerSupply.MAINS && last.flags().contains(PowerFlag.ALARM);
        };
    }
}

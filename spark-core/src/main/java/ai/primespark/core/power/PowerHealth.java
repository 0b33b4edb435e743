package ai.primespark.core.power;

import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.power.PowerStatus;
import ai.primespark.power.PowerSupply;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Says in one sentence how the power stands. Being on battery is no trouble; not knowing, and having little left, is. */
final class PowerHealth {

    private static final Set<PowerFlag> WORRYING =
            EnumSet.of(PowerFlag.REPLACE_BATTERY, PowerFlag.OVERLOADED, PowerFlag.ALARM);

    private PowerHealth() {}

    static HealthResult of(PowerStatus status, boolean flapping, List<SourceState> sources) {
        if (sources.isEmpty()) {
            return HealthResult.healthy("mode " + status.mode() + ", no power source configured");
        }
        List<String> troubles = new ArrayList<>();
        for (int i = 0; i < sources.size() && i < status.sources().size(); i++) {
            add(troubles, sources.get(i), status.sources().get(i));
        }
        if (flapping) {
            troubles.add("the supply flaps, so it stays as sparing as it is for a while");
        }
        if (status.profile().isAtLeast(PowerProfile.CRITICAL)) {
            troubles.add("the profile is " + status.profile());
        }
        String message = troubles.isEmpty() ? words(status) : String.join("; ", troubles) + "; " + words(status);
        return new HealthResult(
                troubles.isEmpty() ? HealthStatus.HEALTHY : HealthStatus.DEGRADED, message, metrics(status));
    }

    /** How each source is, by its id. */
    static Map<String, HealthResult> parts(PowerStatus status, List<SourceState> sources) {
        Map<String, HealthResult> parts = new HashMap<>();
        for (int i = 0; i < sources.size() && i < status.sources().size(); i++) {
            PowerReading view = status.sources().get(i);
            List<String> troubles = new ArrayList<>();
            add(troubles, sources.get(i), view);
            Map<String, Double> metrics = new HashMap<>();
            view.chargePercent().ifPresent(charge -> metrics.put("charge", charge));
            view.watts().ifPresent(watts -> metrics.put("watts", watts));
            parts.put(
                    sources.get(i).id(),
                    new HealthResult(
                            troubles.isEmpty() ? HealthStatus.HEALTHY : HealthStatus.DEGRADED,
                            troubles.isEmpty() ? "supply " + view.supply() : String.join("; ", troubles),
                            metrics));
        }
        return parts;
    }

    private static void add(List<String> troubles, SourceState source, PowerReading view) {
        boolean justBegun = source.last() == null && source.trouble() == null && view.quality() != Quality.LOST;
        if (view.quality() != Quality.FRESH && !justBegun) {
            String why = source.trouble() == null ? "no fresh reading" : source.trouble();
            troubles.add("power source '" + source.id() + "' is " + view.quality() + ": " + why);
        } else if (source.trouble() != null) {
            troubles.add("power source '" + source.id() + "': " + source.trouble());
        }
        Set<PowerFlag> worrying = EnumSet.noneOf(PowerFlag.class);
        worrying.addAll(view.flags());
        worrying.retainAll(WORRYING);
        if (!worrying.isEmpty()) {
            troubles.add("power source '" + source.id() + "' reports " + worrying);
        }
    }

    private static String words(PowerStatus status) {
        PowerReading reading = status.reading();
        String supply = reading.supply() == PowerSupply.UNKNOWN ? "supply unknown" : "on " + reading.supply();
        String charge = reading.chargePercent().isPresent()
                ? ", charge " + Math.round(reading.chargePercent().getAsDouble()) + " % (" + status.battery() + ")"
                : "";
        String left = status.timeRemaining()
                .map(time -> ", about " + time.toMinutes() + " min left"
                        + (reading.runtimePredicted() ? " as predicted" : ""))
                .orElse("");
        return supply + charge + left + ", profile " + status.profile() + ", mode " + status.mode();
    }

    private static Map<String, Double> metrics(PowerStatus status) {
        Map<String, Double> metrics = new HashMap<>();
        metrics.put("profile", (double) PowerMeters.level(status.profile()));
        status.reading().chargePercent().ifPresent(charge -> metrics.put("charge", charge));
        status.reading().watts().ifPresent(watts -> metrics.put("watts", watts));
        return metrics;
    }
}

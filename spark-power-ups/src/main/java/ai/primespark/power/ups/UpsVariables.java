package ai.primespark.power.ups;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** Makes a reading of variables by their NUT names (nut-names.txt), whoever delivered them: a server, a file or a script. */
final class UpsVariables {

    static final String STATUS = "ups.status";

    private static final double MAX_SECONDS = Duration.ofDays(3650).toSeconds();

    private UpsVariables() {}

    /**
     * Makes the reading.
     *
     * @param source the id of the source
     * @param at when the variables were read
     * @param variables values by name
     * @param capacity what the battery holds by configuration, in watt-hours; empty lets the variables say it
     */
    static PowerReading reading(String source, Instant at, Map<String, String> variables, OptionalDouble capacity) {
        PowerReading.Builder reading =
                StatusWords.reading(source, at, StatusWords.split(variables.getOrDefault(STATUS, "")));
        charger(variables.getOrDefault("battery.charger.status", ""), reading);
        Numbers.of(variables.get("battery.charge")).ifPresent(reading::charge);
        runtime(Numbers.of(variables.get("battery.runtime")), 1, reading);
        watts(variables, reading);
        (capacity.isPresent() ? capacity : capacity(variables)).ifPresent(reading::capacity);
        return reading.build();
    }

    /** Sets a runtime unless it is absurd; {@code unit} is how many seconds one is. */
    static void runtime(OptionalDouble value, double unit, PowerReading.Builder reading) {
        if (value.isPresent() && value.getAsDouble() >= 0 && value.getAsDouble() * unit <= MAX_SECONDS) {
            reading.runtime(Duration.ofMillis(Math.round(value.getAsDouble() * unit * 1000)), false);
        }
    }

    /** Newer drivers say here what CHRG and DISCHRG said before; resting and floating have no flag. */
    private static void charger(String status, PowerReading.Builder reading) {
        switch (status.strip()) {
            case "charging" -> reading.flags(Set.of(PowerFlag.CHARGING));
            case "discharging" -> reading.flags(Set.of(PowerFlag.DISCHARGING));
            default -> {
                // nothing that a flag exists for
            }
        }
    }

    private static void watts(Map<String, String> variables, PowerReading.Builder reading) {
        OptionalDouble measured = Numbers.of(variables.get("ups.realpower"));
        if (measured.isPresent()) {
            reading.watts(measured.getAsDouble(), false);
            return;
        }
        // not from ups.power.nominal: those are volt-amperes, and the power factor is anybody's guess
        Numbers.product(Numbers.of(variables.get("ups.load")), Numbers.of(variables.get("ups.realpower.nominal")))
                .ifPresent(percentTimesWatts -> reading.watts(percentTimesWatts / 100, true));
    }

    private static OptionalDouble capacity(Map<String, String> variables) {
        OptionalDouble volts = Numbers.of(variables.get("battery.voltage.nominal"));
        OptionalDouble ampereHours = Numbers.of(variables.get("battery.capacity"));
        return Numbers.product(ampereHours, volts);
    }
}

package ai.primespark.power.ups;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Makes one reading of all power supplies of a machine.
 *
 * <ul>
 *   <li>An input that is online feeds the machine, whatever a battery says: the gauge of many a Raspberry Pi HAT (MAX17040) has no
 *       sense of current, and its status is {@code Unknown} for ever.
 *   <li>Mains that are offline, with a battery that is there, mean battery. A battery that charges all the same contradicts that.
 *   <li>Of USB ports only, the machine may be fed by another way; then the battery's status decides first.
 *   <li>Without inputs the batteries decide: any that discharges means battery; all of them charging, full or at rest, mains.
 * </ul>
 */
final class SysfsJudge {

    private static final Set<String> STATUSES =
            Set.of("", "Unknown", "Charging", "Discharging", "Not charging", "Full");

    private SysfsJudge() {}

    static PowerReading reading(String source, Instant at, List<SysfsSupply> supplies) {
        List<SysfsSupply> batteries =
                supplies.stream().filter(SysfsSupply::isBattery).toList();
        List<SysfsSupply> inputs =
                supplies.stream().filter(SysfsSupply::isInput).toList();
        PowerSupply supply = supply(batteries, inputs);
        PowerReading.Builder reading = PowerReading.builder(source, supply, at);
        flags(batteries, reading);
        charge(batteries).ifPresent(reading::charge);
        sum(batteries, SysfsSupply::energyFull).ifPresent(reading::capacity);
        if (supply == PowerSupply.BATTERY) { // otherwise it is what flows into the battery, not what the machine draws
            OptionalDouble watts = sum(batteries, SysfsSupply::watts);
            watts.ifPresent(value -> reading.watts(value, false));
            runtime(batteries, watts, reading);
        }
        return reading.build();
    }

    private static PowerSupply supply(List<SysfsSupply> batteries, List<SysfsSupply> inputs) {
        if (inputs.stream().anyMatch(input -> input.online().orElse(0) > 0)) {
            return PowerSupply.MAINS;
        }
        if (batteries.isEmpty()) {
            return PowerSupply.UNKNOWN; // it runs, so something feeds it; ports of a desktop are offline, too
        }
        boolean charging = any(batteries, "Charging");
        boolean discharging = any(batteries, "Discharging");
        if (inputs.stream().anyMatch(input -> !input.isPort())) {
            return charging && !discharging ? PowerSupply.UNKNOWN : PowerSupply.BATTERY;
        }
        if (discharging) {
            return PowerSupply.BATTERY; // of several batteries one may rest, or even be charged by another
        }
        boolean atRest = batteries.stream()
                .allMatch(battery -> Set.of("Charging", "Full", "Not charging").contains(battery.status()));
        if (atRest) {
            return PowerSupply.MAINS;
        }
        return inputs.isEmpty() ? PowerSupply.UNKNOWN : PowerSupply.BATTERY;
    }

    private static boolean any(List<SysfsSupply> batteries, String status) {
        return batteries.stream().anyMatch(battery -> battery.status().equals(status));
    }

    private static void flags(List<SysfsSupply> batteries, PowerReading.Builder reading) {
        if (any(batteries, "Charging")) {
            reading.flags(Set.of(PowerFlag.CHARGING));
        }
        if (any(batteries, "Discharging")) {
            reading.flags(Set.of(PowerFlag.DISCHARGING));
        }
        if (!batteries.isEmpty() && batteries.stream().allMatch(b -> b.level().equals("Critical"))) {
            reading.flags(Set.of(PowerFlag.LOW_BATTERY)); // as long as one of them has more, the machine runs
        }
        for (SysfsSupply battery : batteries) {
            if (battery.health().equals("Dead")) {
                reading.flags(Set.of(PowerFlag.REPLACE_BATTERY));
            }
            if (!STATUSES.contains(battery.status())) {
                reading.otherToken(
                        battery.status().length() > 64 ? battery.status().substring(0, 64) : battery.status());
            }
        }
    }

    /** By energy when all say theirs, so that a large battery counts for more; otherwise the mean of the percentages. */
    private static OptionalDouble charge(List<SysfsSupply> batteries) {
        if (batteries.size() == 1 && batteries.get(0).percent().isPresent()) {
            return clamped(batteries.get(0).percent());
        }
        OptionalDouble now = sum(batteries, SysfsSupply::energyNow);
        OptionalDouble full = sum(batteries, SysfsSupply::energyFull);
        if (now.isPresent() && full.isPresent() && full.getAsDouble() > 0) {
            return clamped(OptionalDouble.of(100 * now.getAsDouble() / full.getAsDouble()));
        }
        OptionalDouble percents = sum(batteries, SysfsSupply::percent);
        return percents.isPresent()
                ? clamped(OptionalDouble.of(percents.getAsDouble() / batteries.size()))
                : OptionalDouble.empty();
    }

    /** A MAX17040 says up to some 130 % of a cell that is fuller than its model believes. */
    private static OptionalDouble clamped(OptionalDouble percent) {
        double value = percent.getAsDouble();
        return value > 100 && value <= 150 ? OptionalDouble.of(100) : percent;
    }

    private static void runtime(List<SysfsSupply> batteries, OptionalDouble watts, PowerReading.Builder reading) {
        OptionalDouble energy = sum(batteries, SysfsSupply::energyNow);
        if (batteries.size() == 1 && batteries.get(0).secondsToEmpty().orElse(0) > 0) {
            UpsVariables.runtime(batteries.get(0).secondsToEmpty(), 1, reading);
        } else if (energy.isPresent() && watts.orElse(0) > 0.01) {
            UpsVariables.runtime(OptionalDouble.of(energy.getAsDouble() / watts.getAsDouble()), 3_600, reading);
        }
    }

    /** The sum over all batteries; empty when one does not say its part, or there is none. */
    private static OptionalDouble sum(List<SysfsSupply> batteries, Function<SysfsSupply, OptionalDouble> part) {
        Stream<OptionalDouble> parts = batteries.stream().map(part);
        List<OptionalDouble> all = parts.toList();
        return all.isEmpty() || all.stream().anyMatch(OptionalDouble::isEmpty)
                ? OptionalDouble.empty()
                : OptionalDouble.of(
                        all.stream().mapToDouble(OptionalDouble::getAsDouble).sum());
    }
}

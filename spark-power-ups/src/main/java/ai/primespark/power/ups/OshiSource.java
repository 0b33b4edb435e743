package ai.primespark.power.ups;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import java.io.IOException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import oshi.SystemInfo;
import oshi.hardware.PowerSource.CapacityUnits;

/**
 * Asks OSHI, which asks the operating system, perhaps for long: on a thread that may be given up. OSHI says a number where it knows
 * none (a charge of -100 %, 0 volts, a runtime of -1 or -2), and on Linux never that mains are there; all of that is left out here.
 */
final class OshiSource extends BaseSource {

    private final HangableWork work;

    OshiSource(ProviderContext context) {
        super(context, "oshi", "");
        this.work = new HangableWork(name() + ": asking the operating system", context.blocking());
    }

    @Override
    PowerReading readNow(Deadline deadline) throws IOException {
        List<oshi.hardware.PowerSource> all =
                work.run(() -> new SystemInfo().getHardware().getPowerSources(), deadline);
        // ports for USB-C chargers appear as batteries of -100 % (oshi issues 1972 and 3039)
        List<oshi.hardware.PowerSource> batteries = all.stream()
                .filter(source -> source.getRemainingCapacityPercent() >= 0)
                .toList();
        PowerSupply supply = supply(batteries);
        PowerReading.Builder reading =
                PowerReading.builder(context().id(), supply, context().clock().instant());
        if (batteries.stream().anyMatch(oshi.hardware.PowerSource::isCharging)) {
            reading.flags(Set.of(PowerFlag.CHARGING));
        }
        if (batteries.stream().anyMatch(oshi.hardware.PowerSource::isDischarging)) {
            reading.flags(Set.of(PowerFlag.DISCHARGING));
        }
        batteries.stream()
                .mapToDouble(oshi.hardware.PowerSource::getRemainingCapacityPercent)
                .average()
                .ifPresent(part -> reading.charge(100 * part));
        sum(batteries, OshiSource::wattHours).ifPresent(reading::capacity);
        if (supply == PowerSupply.BATTERY) {
            sum(batteries, battery -> Math.abs(battery.getPowerUsageRate()) / 1_000)
                    .ifPresent(watts -> reading.watts(watts, false));
            if (batteries.size() == 1 && batteries.get(0).getTimeRemainingEstimated() > 0) {
                UpsVariables.runtime(OptionalDouble.of(batteries.get(0).getTimeRemainingEstimated()), 1, reading);
            }
        }
        return reading.build();
    }

    private static PowerSupply supply(List<oshi.hardware.PowerSource> batteries) {
        boolean mains = batteries.stream().anyMatch(b -> b.isPowerOnLine() || b.isCharging());
        boolean battery = batteries.stream().anyMatch(b -> b.isDischarging() && !b.isPowerOnLine());
        return mains == battery ? PowerSupply.UNKNOWN : mains ? PowerSupply.MAINS : PowerSupply.BATTERY;
    }

    private static double wattHours(oshi.hardware.PowerSource battery) {
        return battery.getCapacityUnits() == CapacityUnits.MWH ? battery.getMaxCapacity() / 1_000.0 : 0;
    }

    /** The sum; empty when one has no part in it, which OSHI writes as 0 or less. */
    private static OptionalDouble sum(
            List<oshi.hardware.PowerSource> batteries, ToDoubleFunction<oshi.hardware.PowerSource> part) {
        return batteries.isEmpty() || batteries.stream().anyMatch(battery -> !(part.applyAsDouble(battery) > 0))
                ? OptionalDouble.empty()
                : OptionalDouble.of(batteries.stream().mapToDouble(part).sum());
    }

    @Override
    void release() {}
}

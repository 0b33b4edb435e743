package ai.primespark.core.power;

import ai.primespark.power.BatteryState;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.util.OptionalDouble;

/**
 * Finds the word for a battery. A word that was left downwards is taken again only when the charge is a distance above its
 * threshold, so that a charge on a threshold gives one word and not two in turn. Pure.
 *
 * @param full from which charge on, in percent
 * @param high from which charge on
 * @param low up to which charge
 * @param critical up to which charge
 * @param hysteresis in points
 * @param runtimeLow up to which time left on battery it is low at best
 */
record BatteryWord(double full, double high, double low, double critical, double hysteresis, Duration runtimeLow) {

    /** Gauges that float around a full battery do so by a point or two. */
    private static final double FLOATS = 2;

    static BatteryWord of(Settings settings) {
        return new BatteryWord(
                settings.get(PowerSettings.FULL),
                settings.get(PowerSettings.HIGH),
                settings.get(PowerSettings.LOW),
                settings.get(PowerSettings.CRITICAL),
                settings.get(PowerSettings.HYSTERESIS),
                settings.get(PowerSettings.RUNTIME_LOW));
    }

    /** The word for a reading, given the one before. */
    BatteryState of(BatteryState before, PowerReading reading) {
        BatteryState down = plain(reading, 0, 0);
        if (before == BatteryState.UNKNOWN || down == BatteryState.UNKNOWN || down.compareTo(before) >= 0) {
            return down;
        }
        BatteryState up = plain(reading, hysteresis, Math.min(FLOATS, hysteresis));
        return up.compareTo(before) < 0 ? up : before;
    }

    private BatteryState plain(PowerReading reading, double more, double little) {
        OptionalDouble charge = reading.chargePercent();
        double lowest = Math.min(100, low + more);
        BatteryState word =
                BatteryState.of(charge, full + little, high + little, lowest, Math.min(lowest, critical + more));
        if (charge.isPresent() && charge.getAsDouble() >= 100) {
            return BatteryState.FULL; // it cannot be fuller
        }
        boolean hardlyTime = reading.supply() == PowerSupply.BATTERY
                && reading.runtime().isPresent()
                && reading.runtime().get().compareTo(runtimeLow) <= 0;
        return hardlyTime && word.compareTo(BatteryState.LOW) < 0 ? BatteryState.LOW : word;
    }
}

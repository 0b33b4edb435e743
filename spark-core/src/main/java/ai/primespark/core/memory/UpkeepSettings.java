package ai.primespark.core.memory;

import ai.primespark.spi.Settings;
import java.time.Duration;

/**
 * How upkeep works.
 *
 * @param coldAfterMinutes 0 for never
 */
record UpkeepSettings(
        Duration repairInterval,
        long recordsPerSecond,
        Duration sweepInterval,
        double highWater,
        double lowWater,
        long coldAfterMinutes) {

    static UpkeepSettings of(Settings settings) {
        double high = settings.get(MemorySettings.HIGH_WATER);
        double low = settings.get(MemorySettings.LOW_WATER);
        if (low >= high) {
            throw new IllegalArgumentException(
                    "tiering.low-water is " + low + ", but must be less than tiering.high-water, which is " + high);
        }
        return new UpkeepSettings(
                settings.get(MemorySettings.REPAIR_INTERVAL),
                settings.get(MemorySettings.REPAIR_SPEED),
                settings.get(MemorySettings.SWEEP_INTERVAL),
                high,
                low,
                settings.find(MemorySettings.COLD_AFTER)
                        .map(age -> Math.max(1, age.toMinutes()))
                        .orElse(0L));
    }
}

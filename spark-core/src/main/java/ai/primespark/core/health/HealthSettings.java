package ai.primespark.core.health;

import ai.primespark.core.system.SystemSettings;
import ai.primespark.spi.Setting;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The settings of {@code primespark.health}. */
public final class HealthSettings {

    public static final Setting<Duration> INTERVAL = Setting.duration(
                    "interval",
                    "How often every part is checked; power.saving.stretch times as far apart while power is short.")
            .atLeast(Duration.ofMillis(100))
            .defaultsTo(Duration.ofSeconds(30));

    public static final Setting<Duration> TIMEOUT = Setting.duration(
                    "timeout", "How long one check may take before it counts as failed.")
            .atLeast(Duration.ofMillis(10))
            .defaultsTo(Duration.ofSeconds(5));

    /** All of them. */
    public static final List<Setting<?>> ALL = Stream.concat(Stream.of(INTERVAL, TIMEOUT), SystemSettings.ALL.stream())
            .toList();

    private HealthSettings() {}
}

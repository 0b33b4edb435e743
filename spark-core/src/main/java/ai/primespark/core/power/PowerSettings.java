package ai.primespark.core.power;

import ai.primespark.power.PowerMode;
import ai.primespark.spi.Setting;
import java.util.List;

/** The settings of {@code primespark.power}. */
public final class PowerSettings {

    public static final Setting<PowerMode> MODE = Setting.choice(
                    "mode", PowerMode.class, "Whether to work as on mains, as on battery, or as the readings say.")
            .defaultsTo(PowerMode.AUTO);

    /** All of them. */
    public static final List<Setting<?>> ALL = List.of(MODE);

    private PowerSettings() {}
}

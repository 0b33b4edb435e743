package ai.primespark.power.ups;

import ai.primespark.spi.PowerSource;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes sources that read what the Linux kernel knows of batteries and mains: type {@code sysfs}. Used when nothing is configured; a
 * machine without such devices has an unknown supply.
 */
public final class SysfsSourceProvider implements PowerSourceProvider {

    static final Setting<Path> ROOT = Setting.path(
                    "root", "Where the kernel shows its power supplies; /sys/class/power_supply unless set.")
            .optional();

    static final Setting<List<String>> IGNORE = Setting.texts(
                    "ignore", "Names of supplies below the root that have nothing to do with this machine.")
            .defaultsTo(List.of());

    /** For {@link java.util.ServiceLoader}. */
    public SysfsSourceProvider() {}

    @Override
    public String name() {
        return "sysfs";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public boolean usedByDefault() {
        return true;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(ROOT, IGNORE);
    }

    @Override
    public PowerSource create(ProviderContext context) {
        return new SysfsSource(context);
    }
}

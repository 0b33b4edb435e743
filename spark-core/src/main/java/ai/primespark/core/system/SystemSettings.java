package ai.primespark.core.system;

import ai.primespark.spi.Setting;
import java.time.Duration;
import java.util.List;

/** The settings of {@code primespark.health} on the machine. */
public final class SystemSettings {

    static final Setting<Boolean> OSHI = Setting.bool(
                    "system.oshi",
                    "Whether the machine is measured by OSHI if com.github.oshi:oshi-core is on the run-time path; it loads a native"
                            + " library.")
            .defaultsTo(true);

    static final Setting<Double> CPU = percent(
            "system.cpu.warn",
            "From which use of all processors on, for as long as cpu.after says, the machine is degraded.",
            98);

    static final Setting<Duration> CPU_AFTER = Setting.duration(
                    "system.cpu.after",
                    "How long the processors must be that busy; a model that answers on this machine keeps them so for minutes.")
            .atMost(Duration.ofDays(7))
            .defaultsTo(Duration.ofMinutes(30));

    static final Setting<Double> MEMORY_WARN =
            percent("system.memory.warn", "From which use of memory on the machine is degraded.", 92);
    static final Setting<Double> MEMORY_CRITICAL =
            percent("system.memory.critical", "From which use of memory on it is unhealthy.", 98);

    static final Setting<Double> DISK_WARN =
            percent("system.disk.warn", "From which use of the data directory's disk on the machine is degraded.", 90);
    static final Setting<Double> DISK_CRITICAL =
            percent("system.disk.critical", "From which use of that disk on it is unhealthy.", 97);

    static final Setting<Double> FILES_WARN = percent(
            "system.files.warn",
            "From which share of the files that this process may have open on it is degraded.",
            80);
    static final Setting<Double> FILES_CRITICAL =
            percent("system.files.critical", "From which share of them on it is unhealthy.", 95);

    static final Setting<Double> HOT_WARN = celsius(
            "system.temperature.warn",
            "From which temperature of the processor on, in degrees Celsius, the machine is degraded. A Raspberry Pi slows down at"
                    + " 80.",
            80);
    static final Setting<Double> HOT_CRITICAL =
            celsius("system.temperature.critical", "From which temperature on it is unhealthy.", 90);

    /** All of them. */
    public static final List<Setting<?>> ALL = List.of(
            OSHI,
            CPU,
            CPU_AFTER,
            MEMORY_WARN,
            MEMORY_CRITICAL,
            DISK_WARN,
            DISK_CRITICAL,
            FILES_WARN,
            FILES_CRITICAL,
            HOT_WARN,
            HOT_CRITICAL);

    private SystemSettings() {}

    private static Setting<Double> percent(String name, String description, double value) {
        return Setting.decimal(name, description + " In percent; above 100 for never.")
                .atLeast(1.0)
                .atMost(1_000.0)
                .defaultsTo(value);
    }

    private static Setting<Double> celsius(String name, String description, double value) {
        return Setting.decimal(name, description).atLeast(1.0).atMost(1_000.0).defaultsTo(value);
    }
}

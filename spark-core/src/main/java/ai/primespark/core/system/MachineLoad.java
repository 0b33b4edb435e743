package ai.primespark.core.system;

import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;

/** How busy this machine is, whatever keeps it busy. Asking costs little. */
public final class MachineLoad {

    private final OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();

    /** Runnable threads for each processor over the last minute; 0 where the system does not say. */
    public double get() {
        double load = system.getSystemLoadAverage();
        return load > 0 && load < Double.POSITIVE_INFINITY ? load / Math.max(1, system.getAvailableProcessors()) : 0;
    }
}

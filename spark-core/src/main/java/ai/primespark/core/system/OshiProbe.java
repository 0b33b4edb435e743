package ai.primespark.core.system;

import java.util.Map;
import java.util.function.LongSupplier;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.GlobalMemory;
import oshi.hardware.VirtualMemory;
import oshi.software.os.OSProcess;

/**
 * Asks OSHI, which knows of every system what the JVM does not say. Loaded only where it is. OSHI says 0 for a temperature that it
 * does not know. Its file systems are not asked: it would look at each mount there is, hung ones as well.
 */
final class OshiProbe implements Probe {

    private final SystemInfo info = new SystemInfo();
    private final CentralProcessor processor = info.getHardware().getProcessor();
    private final LongSupplier memory;
    private long[] ticks = processor.getSystemCpuLoadTicks();

    /**
     * Makes one; takes a fifth of a second.
     *
     * @param memory how many bytes there are for this process; less than the machine has when a container is limited
     */
    OshiProbe(LongSupplier memory) {
        this.memory = memory;
    }

    @Override
    public String name() {
        String version = SystemInfo.class.getPackage().getImplementationVersion();
        return version == null ? "OSHI" : "OSHI " + version;
    }

    @Override
    public void measure(Map<Figure, Double> figures) {
        long[] now = processor.getSystemCpuLoadTicks();
        double load = processor.getSystemCpuLoadBetweenTicks(ticks, now);
        ticks = now;
        if (load >= 0) {
            figures.put(Figure.CPU, 100 * Math.min(1, load));
        }
        GlobalMemory all = info.getHardware().getMemory();
        if (all.getTotal() > 0 && all.getTotal() <= memory.getAsLong()) { // or a container has less
            figures.put(Figure.MEMORY, 100.0 * (all.getTotal() - all.getAvailable()) / all.getTotal());
            figures.put(Figure.MEMORY_AVAILABLE, (double) all.getAvailable());
        }
        VirtualMemory virtual = all.getVirtualMemory();
        if (virtual.getSwapTotal() > 0) {
            figures.put(Figure.SWAP, 100.0 * virtual.getSwapUsed() / virtual.getSwapTotal());
        }
        double celsius = info.getHardware().getSensors().getCpuTemperature();
        if (celsius > 0) {
            figures.put(Figure.TEMPERATURE, celsius);
        }
        figures.put(Figure.UPTIME, (double) info.getOperatingSystem().getSystemUptime());
        OSProcess process = info.getOperatingSystem().getCurrentProcess();
        if (process.getResidentMemory() > 0) {
            figures.put(Figure.PROCESS_MEMORY, (double) process.getResidentMemory());
        }
    }
}

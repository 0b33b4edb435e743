package ai.primespark.core.system;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.lang.management.RuntimeMXBean;
import java.lang.management.ThreadMXBean;
import java.util.Map;

/** Asks the JVM, which knows some figures of every system, and the limits of a container. */
final class JvmProbe implements Probe {

    /** Elsewhere the JVM takes memory that holds cached files for used, so that it is always nearly full. */
    private static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

    private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final MachineLoad load = new MachineLoad();

    /** Starts the counting of processor time, which the JVM does from one question to the next. */
    JvmProbe() {
        double unused = system.getCpuLoad() + system.getProcessCpuLoad();
    }

    @Override
    public String name() {
        return "the JVM";
    }

    @Override
    public void measure(Map<Figure, Double> figures) {
        percent(figures, Figure.CPU, system.getCpuLoad());
        percent(figures, Figure.PROCESS_CPU, system.getProcessCpuLoad());
        figures.put(Figure.LOAD, load.get());
        double total = system.getTotalMemorySize();
        double free = system.getFreeMemorySize();
        if (total > 0 && WINDOWS) {
            percent(figures, Figure.MEMORY, (total - free) / total);
            figures.put(Figure.MEMORY_AVAILABLE, free);
        }
        double swap = system.getTotalSwapSpaceSize();
        if (swap > 0) {
            percent(figures, Figure.SWAP, (swap - system.getFreeSwapSpaceSize()) / swap);
        }
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        if (heap.getMax() > 0) {
            percent(figures, Figure.PROCESS_HEAP, (double) heap.getUsed() / heap.getMax());
        }
        if (system instanceof UnixOperatingSystemMXBean unix) {
            figures.put(Figure.PROCESS_FILES, (double) unix.getOpenFileDescriptorCount());
            figures.put(Figure.PROCESS_FILES_LIMIT, (double) unix.getMaxFileDescriptorCount());
        }
        figures.put(Figure.PROCESS_THREADS, (double) threads.getThreadCount());
        figures.put(Figure.PROCESS_UPTIME, runtime.getUptime() / 1_000.0);
    }

    /** How much memory there is for this process, as its container allows. */
    long memory() {
        return system.getTotalMemorySize();
    }

    private static void percent(Map<Figure, Double> figures, Figure figure, double share) {
        if (share >= 0) { // negative: not known, or not yet
            figures.put(figure, 100 * Math.min(1, share));
        }
    }
}

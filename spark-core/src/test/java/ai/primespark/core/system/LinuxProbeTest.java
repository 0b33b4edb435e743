package ai.primespark.core.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxProbeTest {

    @TempDir
    Path root;

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private Map<Figure, Double> measured(long memory) {
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        new LinuxProbe(root, () -> memory).measure(figures);
        return figures;
    }

    @Test
    void aRaspberryPiIsReadAsItsKernelSays() throws IOException {
        write("proc/meminfo", "MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     750 kB\n");
        write("proc/self/status", "Name:\tjava\nVmPeak:\t  900 kB\nVmRSS:\t   200 kB\n");
        write("proc/uptime", "86400.25 300000.00\n");
        write("sys/class/thermal/thermal_zone0/temp", "61800\n");
        write("sys/class/thermal/thermal_zone1/temp", "0\n");
        write("sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
        write("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
        write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");

        assertThat(measured(1_000 * 1024))
                .isEqualTo(Map.of(
                        Figure.MEMORY, 25.0,
                        Figure.MEMORY_AVAILABLE, 750.0 * 1024,
                        Figure.PROCESS_MEMORY, 200.0 * 1024,
                        Figure.UPTIME, 86_400.25,
                        Figure.TEMPERATURE, 61.8,
                        Figure.UNDER_VOLTAGE, 1.0));
    }

    @Test
    void inAContainerWithLessMemoryOnlyThatCountsAndCachedFilesAreNotUsed() throws IOException {
        write("proc/meminfo", "MemTotal:        1000 kB\nMemAvailable:     750 kB\n");
        assertThat(measured(500 * 1024))
                .as("a limit that is not found")
                .isEqualTo(Map.of(Figure.MEMORY, 25.0, Figure.MEMORY_AVAILABLE, 750.0 * 1024));

        write("sys/fs/cgroup/memory.max", "512000\n");
        write("sys/fs/cgroup/memory.current", "384000\n");
        write("sys/fs/cgroup/memory.stat", "anon 200000\ninactive_file 128000\nactive_file 1\n");
        assertThat(measured(500 * 1024)).isEqualTo(Map.of(Figure.MEMORY, 50.0, Figure.MEMORY_AVAILABLE, 256_000.0));
    }

    /** The group at the top has no limit to read; a unit of systemd has, or the slice around it. */
    @Test
    void theNearestGroupAroundThisProcessThatHasALimitCounts() throws IOException {
        write("proc/meminfo", "MemTotal:        1000 kB\nMemAvailable:     750 kB\n");
        write("proc/self/cgroup", "1:name=systemd:/other\n0::/system.slice/spark.service\n");
        write("sys/fs/cgroup/system.slice/memory.max", "512000\n");
        write("sys/fs/cgroup/system.slice/memory.current", "384000\n");
        write("sys/fs/cgroup/system.slice/spark.service/memory.max", "max\n");
        write("sys/fs/cgroup/system.slice/spark.service/memory.current", "1000\n");
        assertThat(measured(500 * 1024)).isEqualTo(Map.of(Figure.MEMORY, 75.0, Figure.MEMORY_AVAILABLE, 128_000.0));

        write("sys/fs/cgroup/system.slice/spark.service/memory.max", "2000\n");
        assertThat(measured(500 * 1024)).isEqualTo(Map.of(Figure.MEMORY, 50.0, Figure.MEMORY_AVAILABLE, 1_000.0));

        write("proc/self/cgroup", "0::/../../elsewhere\n"); // seen from inside of a namespace
        write("sys/fs/cgroup/memory.max", "4000\n");
        write("sys/fs/cgroup/memory.current", "1000\n");
        assertThat(measured(500 * 1024)).isEqualTo(Map.of(Figure.MEMORY, 25.0, Figure.MEMORY_AVAILABLE, 3_000.0));
    }

    @Test
    void whatIsMissingOrGarbageIsLeftOut() throws IOException {
        write("proc/meminfo", "MemTotal: many kB\n");
        write("proc/uptime", "");
        write("sys/class/thermal/thermal_zone0/temp", "warm\n");

        assertThat(measured(Long.MAX_VALUE)).isEmpty();
    }
}

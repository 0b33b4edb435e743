package ai.primespark.core.system;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.Settings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemMonitorTest {

    private final Map<Figure, Double> said = new EnumMap<>(Figure.class);
    private final AtomicLong now = new AtomicLong();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @TempDir
    Path directory;

    private SystemMonitor monitor;

    @BeforeEach
    void make() throws Exception {
        Probe probe = new Probe() {
            @Override
            public String name() {
                return "the test";
            }

            @Override
            public void measure(Map<Figure, Double> figures) {
                figures.putAll(said);
            }
        };
        monitor = new SystemMonitor(
                Settings.of(
                        SystemSettings.ALL,
                        Map.of(
                                "system.disk.warn",
                                1_000.0,
                                "system.disk.critical",
                                1_000.0,
                                "system.cpu.after",
                                "10 min")),
                directory.resolve("not/yet/there"),
                SparkRuntime.meters(registry),
                () -> probe,
                now::get);
        monitor.disk();
    }

    private HealthResult with(Figure figure, double value) throws Exception {
        said.put(figure, value);
        return monitor.check();
    }

    @Test
    void aHealthyMachineIsToldInOneLineAndInFiguresOfTheContract() throws Exception {
        said.put(Figure.CPU, 12.345);
        said.put(Figure.MEMORY, 41.0);
        said.put(Figure.MEMORY_AVAILABLE, 4.5 * (1L << 30));
        HealthResult result = with(Figure.TEMPERATURE, 51.5);

        assertThat(result.status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(result.message()).matches("processors 12 %, memory 41 %, disk \\d+ %, 52 °C; measured by the test");
        assertThat(result.metrics())
                .containsEntry("cpu_percent", 12.35)
                .containsEntry("memory_percent", 41.0)
                .containsEntry("memory_available_gb", 4.5)
                .containsEntry("cpu_celsius", 51.5)
                .containsKeys("disk_percent", "disk_free_gb")
                .doesNotContainKey("load");
        assertThat(registry.get("spark.system.memory.available").gauge().value())
                .isEqualTo(4.5 * (1L << 30));
        assertThat(registry.get("spark.system.load").gauge().value()).isNaN();
    }

    @Test
    void memoryThatRunsOutIsToldAndIsOverOnlyWhenThereIsClearlyMoreAgain() throws Exception {
        said.put(Figure.MEMORY_AVAILABLE, 0.5 * (1L << 30));
        assertThat(with(Figure.MEMORY, 91.9).status()).isEqualTo(HealthStatus.HEALTHY);
        HealthResult degraded = with(Figure.MEMORY, 92);
        assertThat(degraded.status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(degraded.message()).isEqualTo("memory is used to 92 %, 0.5 GB are left; measured by the test");
        assertThat(with(Figure.MEMORY, 90.1).status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(with(Figure.MEMORY, 98).status()).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(with(Figure.MEMORY, 96.1).status()).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(with(Figure.MEMORY, 95.9).status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(with(Figure.MEMORY, 89.9).status()).isEqualTo(HealthStatus.HEALTHY);
    }

    @Test
    void busyProcessorsAreNoTroubleUnlessTheyStaySo() throws Exception {
        assertThat(with(Figure.CPU, 100).status()).isEqualTo(HealthStatus.HEALTHY);
        now.addAndGet(Duration.ofMinutes(9).toNanos());
        assertThat(with(Figure.CPU, 50).status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(with(Figure.CPU, 99).status()).isEqualTo(HealthStatus.HEALTHY);
        now.addAndGet(Duration.ofMinutes(10).toNanos());
        HealthResult result = with(Figure.CPU, 99);
        assertThat(result.status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(result.message()).startsWith("the processors have been busy for more than 10 min");
        assertThat(with(Figure.CPU, 20).status()).isEqualTo(HealthStatus.HEALTHY);
    }

    @Test
    void aHotOrUnderfedRaspberryPiSaysWhatToDo() throws Exception {
        said.put(Figure.UNDER_VOLTAGE, 1.0);
        HealthResult result = with(Figure.TEMPERATURE, 83);

        assertThat(result.status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(result.message()).startsWith("the processor is 83 °C hot; the supply's voltage is too low");
    }

    @Test
    void filesAreJudgedByTheLimitOfTheProcess() throws Exception {
        said.put(Figure.PROCESS_FILES_LIMIT, 1_000.0);
        HealthResult result = with(Figure.PROCESS_FILES, 960);

        assertThat(result.status()).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(result.message()).startsWith("960 files and connections are open of 1000 that may be");
    }

    @Test
    void theRealMachineIsMeasuredWithAndWithoutOshi() throws Exception {
        for (boolean oshi : new boolean[] {true, false}) {
            SystemMonitor real = new SystemMonitor(
                    Settings.of(SystemSettings.ALL, Map.of("system.oshi", oshi)),
                    directory,
                    SparkRuntime.meters(new SimpleMeterRegistry()));
            real.disk();
            HealthResult result = real.check();

            assertThat(result.message().contains("OSHI")).as(result.message()).isEqualTo(oshi);
            assertThat(result.metrics())
                    .as("oshi: %s", oshi)
                    .containsKeys("cpu_percent", "load", "memory_percent", "memory_available_gb", "disk_percent")
                    .containsKeys("disk_free_gb", "process_rss_mb", "uptime_seconds", "process_uptime_seconds")
                    .containsKeys("open_files", "open_files_limit", "threads", "process_heap_percent");
            assertThat(result.metrics().get("cpu_percent")).isBetween(0.0, 100.0);
            assertThat(result.metrics().get("memory_percent")).isBetween(0.1, 100.0);
            assertThat(result.metrics().get("disk_percent")).isBetween(0.0, 100.0);
            assertThat(result.metrics().get("process_rss_mb")).isBetween(10.0, 100_000.0);
        }
    }
}

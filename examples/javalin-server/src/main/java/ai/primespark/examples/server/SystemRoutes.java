package ai.primespark.examples.server;

import ai.primespark.PrimeSpark;
import ai.primespark.SystemInfo;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What runs here, and how its parts are. */
final class SystemRoutes {

    private final PrimeSpark spark;

    SystemRoutes(PrimeSpark spark) {
        this.spark = spark;
    }

    /** What runs here; of {@code settings} secrets are {@code ***}. */
    record Info(
            String version,
            String nodeId,
            String java,
            boolean virtualThreads,
            Machine machine,
            Duration uptime,
            List<SystemInfo.Provider> providers,
            Map<String, SystemInfo.SettingInfo> settings) {

        static Info of(SystemInfo info) {
            return new Info(
                    info.version(),
                    info.nodeId(),
                    info.javaVersion(),
                    info.virtualThreads(),
                    Machine.here(),
                    Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime()),
                    info.providers(),
                    new TreeMap<>(info.settings()));
        }
    }

    record Machine(String os, String osVersion, String architecture, int processors, long maxHeapBytes) {

        static Machine here() {
            Runtime runtime = Runtime.getRuntime();
            return new Machine(
                    System.getProperty("os.name"),
                    System.getProperty("os.version"),
                    System.getProperty("os.arch"),
                    runtime.availableProcessors(),
                    runtime.maxMemory());
        }
    }

    List<Route> routes() {
        return List.of(
                Route.get("/api/system/info")
                        .user("system:read")
                        .summary("Version, machine, providers found, and settings in force without secrets.")
                        .answers(200, Info.class, "What runs here.")
                        .to(ctx -> ctx.json(Info.of(spark.info()))),
                Route.get("/api/health/detailed")
                        .user("health:read")
                        .summary("How every part is doing.")
                        .answers(200, HealthDetail.class, "The latest checks; 200 whatever they say.")
                        .to(ctx -> ctx.json(HealthDetail.of(spark.health().report()))));
    }
}

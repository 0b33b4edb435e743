package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** docs/migration.md has every variable of the Python program's example, and says of it what is so. */
class MigrationPageTest {

    private static final String PAGE = ProjectFiles.read(ProjectFiles.root().resolve("docs/migration.md"));

    private static final Set<String> PYTHON =
            Set.of(("EDGE_ROUTER_IP EDGE_NAS_IP EDGE_NAS_PORT CONTROL_PC_IP SPARK_AGENT_IP PRIMECORE1_IP"
                            + " PRIMECORE1_PORT PRIMECORE2_IP PRIMECORE2_PORT PRIMECORE3_IP PRIMECORE3_PORT PRIMECORE4_IP PRIMECORE4_PORT"
                            + " VPN_TYPE WIREGUARD_PORT WIREGUARD_INTERFACE VPN_SUBNET VPN_CONTROL_PC_IP VPN_SPARK_AGENT_IP"
                            + " VPN_PRIMECORE1_IP VPN_PRIMECORE2_IP VPN_PRIMECORE3_IP VPN_PRIMECORE4_IP REDIS_LOCAL_PORT REDIS_PASSWORD"
                            + " REDIS_MAX_MEMORY REDIS_EVICTION_POLICY NAS_SHARE_PATH NAS_USERNAME NAS_PASSWORD SUPABASE_URL SUPABASE_KEY"
                            + " MINIO_ENDPOINT MINIO_ACCESS_KEY MINIO_SECRET_KEY MINIO_BUCKET OLLAMA_EDGE_URL OLLAMA_CLOUD_URL"
                            + " OLLAMA_DEFAULT_MODEL API_HOST API_PORT API_WORKERS API_LOG_LEVEL JWT_SECRET JWT_ALGORITHM"
                            + " JWT_EXPIRATION_HOURS ADMIN_USERNAME ADMIN_PASSWORD POWER_MODE BATTERY_MONITOR_ENABLED"
                            + " BATTERY_LOW_THRESHOLD BATTERY_CRITICAL_THRESHOLD ROUTING_STRATEGY EDGE_TIMEOUT_SECONDS"
                            + " CLOUD_FALLBACK_ENABLED MAX_RETRIES PROMETHEUS_ENABLED PROMETHEUS_PORT GRAFANA_ENABLED GRAFANA_PORT"
                            + " HEALTH_CHECK_INTERVAL HAILO_ENABLED HAILO_DEVICE_ID LOG_LEVEL LOG_FORMAT LOG_FILE")
                    .split(" "));

    /** What becomes of each variable, by its name. */
    private static Map<String, String> fates() {
        Map<String, String> fates = new TreeMap<>();
        List<String> twice = new ArrayList<>();
        String section = PAGE.substring(PAGE.indexOf("## Variables"), PAGE.indexOf("## What is refused"));
        section.lines().filter(line -> line.startsWith("| `")).forEach(line -> {
            String[] cells = line.substring(2).split("\\s*\\|\\s*");
            for (String name : Deployment.find("`([A-Z0-9_]+)`", cells[0])) {
                if (fates.put(name, cells[1]) != null) {
                    twice.add(name);
                }
            }
        });
        assertThat(twice).isEmpty();
        return fates;
    }

    @Test
    void everyVariableOfThePythonProgramIsThere() {
        assertThat(fates().keySet()).isEqualTo(new TreeSet<>(PYTHON));
        assertThat(fates().values()).containsOnly("same", "changed", "ignored");
    }

    @Test
    void whatIsReadIsReadAndWhatIsIgnoredIsNot() throws IOException {
        Set<String> read = new TreeSet<>(EnvironmentExampleTest.serverReads());
        read.addAll(EnvironmentExampleTest.composeReads());
        read.addAll(EnvironmentExampleTest.scriptReads());

        Map<String, String> wrong = new TreeMap<>();
        fates().forEach((name, fate) -> {
            if (read.contains(name) == fate.equals("ignored")) {
                wrong.put(name, fate);
            }
        });
        assertThat(wrong).isEmpty();
    }
}

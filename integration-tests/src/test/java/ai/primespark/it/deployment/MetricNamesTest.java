package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The dashboard and the alerts ask for meters that exist: those that the documents list and that the code registers, under the names
 * that Micrometer's registry for Prometheus gives them.
 */
class MetricNamesTest {

    private static final Path DASHBOARD = Deployment.file("monitoring/grafana/dashboards/prime-spark.json");
    private static final Pattern USED = Pattern.compile("\\bspark_[a-z_]+");
    private static final Pattern IN_CODE = Pattern.compile("\"(spark\\.[a-z.]+)\"");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (`spark\\.[^|]*)\\|");
    private static final Pattern NAME = Pattern.compile("`(spark\\.[a-z.]+|\\.[a-z.]+)`");

    /** Meters as the tables of the documents list them; `.charge` is a sibling of the name before it. */
    private static Set<String> documented() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> pages = Files.list(ProjectFiles.root().resolve("docs"))) {
            for (Path page :
                    pages.filter(file -> file.toString().endsWith(".md")).toList()) {
                ROW.matcher(ProjectFiles.read(page)).results().forEach(row -> addAll(row.group(1), names));
            }
        }
        return names;
    }

    private static void addAll(String cell, Set<String> names) {
        String first = "";
        Matcher name = NAME.matcher(cell);
        while (name.find()) {
            if (name.group(1).startsWith("spark.")) {
                first = name.group(1);
                names.add(first);
            } else {
                names.addAll(siblings(first, name.group(1)));
            }
        }
    }

    /** `spark.vpn.peers`, `.peers.connected`; `spark.vpn.peer.up`, `.received`: the table leaves out what is the same. */
    private static List<String> siblings(String first, String rest) {
        List<String> names = new ArrayList<>();
        for (int dot = first.lastIndexOf('.'); dot > 0; dot = first.lastIndexOf('.', dot - 1)) {
            names.add(first.substring(0, dot) + rest);
        }
        return names;
    }

    private static Set<String> registered() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.walk(ProjectFiles.root(), 12)) {
            for (Path file : files.filter(path ->
                            path.toString().endsWith(".java") && path.toString().contains("/src/main/java/"))
                    .toList()) {
                IN_CODE.matcher(ProjectFiles.read(file)).results().forEach(found -> names.add(found.group(1)));
            }
        }
        return names;
    }

    /** Of a counter, a timer or a gauge, as Prometheus sees it. */
    private static String meter(String metric, Set<String> known) {
        for (String suffix : List.of("", "_total", "_seconds_count", "_seconds_sum", "_seconds_max")) {
            String name = metric.endsWith(suffix)
                    ? metric.substring(0, metric.length() - suffix.length()).replace('_', '.')
                    : "";
            if (known.contains(name)) {
                return name;
            }
        }
        return "";
    }

    static boolean exists(String metric) throws IOException {
        return !meter(metric, documented()).isEmpty()
                && !meter(metric, registered()).isEmpty();
    }

    private static Map<String, String> used() {
        Map<String, String> used = new TreeMap<>();
        for (Map<String, Object> alert : PrometheusRulesTest.alerts()) {
            USED.matcher(String.valueOf(alert.get("expr")))
                    .results()
                    .forEach(found -> used.put(found.group(), "alerts.yml"));
        }
        for (String expression : expressions()) {
            USED.matcher(expression).results().forEach(found -> used.put(found.group(), "prime-spark.json"));
        }
        return used;
    }

    private static JsonNode dashboard() {
        try {
            return new ObjectMapper().readTree(DASHBOARD.toFile());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> expressions() {
        List<String> expressions = new ArrayList<>();
        dashboard()
                .get("panels")
                .forEach(panel -> panel.path("targets")
                        .forEach(target -> expressions.add(target.get("expr").asText())));
        return expressions;
    }

    @Test
    void everyMetricIsDocumentedAndRegistered() throws IOException {
        Set<String> documented = documented();
        Set<String> registered = registered();
        List<String> unknown = new ArrayList<>();
        used().forEach((metric, where) -> {
            if (meter(metric, documented).isEmpty()) {
                unknown.add(metric + " of " + where + " stands in no table of docs/");
            }
            if (meter(metric, registered).isEmpty()) {
                unknown.add(metric + " of " + where + " is registered nowhere");
            }
        });

        assertThat(unknown).isEmpty();
        assertThat(used()).hasSizeGreaterThan(25);
    }

    @Test
    void whatDoesNotExistIsNoticed() throws IOException {
        assertThat(meter("spark_llm_circuit", registered())).isEqualTo("spark.llm.circuit");
        assertThat(meter("spark_llm_circus", registered())).isEmpty();
        assertThat(meter("spark_vpn_peer_received", documented())).isEqualTo("spark.vpn.peer.received");
        assertThat(meter("spark_vpn_peer_reversed", documented())).isEmpty();
    }

    @Test
    void theDashboardIsWholeAndFindsItsDataSource() {
        JsonNode dashboard = dashboard();
        String source = String.valueOf(
                ((Map<?, ?>) ((List<?>) Deployment.yaml("monitoring/grafana/provisioning/datasources/prometheus.yml")
                                        .get("datasources"))
                                .get(0))
                        .get("uid"));
        Set<Integer> ids = new HashSet<>();
        for (JsonNode panel : dashboard.get("panels")) {
            assertThat(ids.add(panel.get("id").asInt()))
                    .as("id of %s", panel.get("title"))
                    .isTrue();
            panel.path("targets").forEach(target -> {
                assertThat(target.at("/datasource/uid").asText()).isEqualTo(source);
                assertThat(target.get("expr").asText())
                        .as(panel.get("title").asText())
                        .matches(".*(\\$instance|ALERTS).*");
            });
            if (!panel.get("type").asText().equals("row")) {
                assertThat(panel.get("description").asText()).isNotBlank();
                assertThat(panel.get("targets").size()).isPositive();
            }
        }
        assertThat(ids).hasSizeGreaterThan(25);
        String compose = Deployment.read("docker-compose.yml");
        assertThat(compose).contains("./monitoring/grafana/dashboards:/etc/prime-spark/dashboards:ro");
        assertThat(Deployment.read("monitoring/grafana/provisioning/dashboards/prime-spark.yml"))
                .contains("path: /etc/prime-spark/dashboards");
    }

    @Test
    void panelsDoNotOverlap() {
        Set<String> cells = new HashSet<>();
        for (JsonNode panel : dashboard().get("panels")) {
            JsonNode at = panel.get("gridPos");
            for (int x = at.get("x").asInt();
                    x < at.get("x").asInt() + at.get("w").asInt();
                    x++) {
                for (int y = at.get("y").asInt();
                        y < at.get("y").asInt() + at.get("h").asInt();
                        y++) {
                    assertThat(x).isLessThan(24);
                    assertThat(cells.add(x + "," + y))
                            .as(panel.get("title").asText())
                            .isTrue();
                }
            }
        }
    }

    @Test
    @NeedsProgram(value = "promtool", debian = "prometheus")
    void everyQueryIsOneThatPrometheusUnderstands() throws IOException {
        StringBuilder rules = new StringBuilder("groups:\n  - name: dashboard\n    rules:\n");
        int number = 0;
        for (String expression : expressions()) {
            rules.append("      - record: panel:number")
                    .append(number++)
                    .append("\n        expr: >-\n          ")
                    .append(expression.replace("$instance", "pi").replace("$__rate_interval", "1m"))
                    .append('\n');
        }
        Path file = Files.createTempFile("dashboard", ".yml");
        try {
            Files.writeString(file, rules);
            Run run = Run.of(file.getParent(), "promtool", "check", "rules", file.toString());
            assertThat(run.text()).contains("SUCCESS: " + number + " rules found");
        } finally {
            Files.delete(file);
        }
    }
}

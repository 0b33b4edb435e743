package ai.primespark.examples.server;

import ai.primespark.health.HealthReport;
import ai.primespark.health.HealthStatus;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The library's report in the shape of {@link HealthReport#toMap()}, as types, so that the OpenAPI document can say it. The components
 * that dashboards know come first and are always there.
 */
record HealthDetail(HealthStatus overallStatus, Map<String, Component> components) {

    private static final List<String> FAMILIAR =
            List.of("system_resources", "vpn", "memory_tiers", "routing", "agents", "power");

    private static final Component UNKNOWN =
            new Component("unknown", "nothing has been checked yet", null, Map.of(), Map.of());

    /**
     * A part of the system.
     *
     * @param status of {@link HealthStatus}, or {@code unknown} until it was checked
     * @param message one sentence for people
     * @param lastCheck when it was checked; null until it was
     * @param metrics figures by name
     * @param parts what it consists of, such as single tiers, by their ids
     */
    record Component(
            String status,
            String message,
            @Nullable Instant lastCheck,
            Map<String, Double> metrics,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Component> parts) {

        static Component of(HealthReport.Component component) {
            return new Component(
                    Choices.name(component.result().status()),
                    component.result().message(),
                    component.checkedAt().truncatedTo(ChronoUnit.MILLIS),
                    component.result().metrics(),
                    all(component.parts()));
        }

        private static Map<String, Component> all(Map<String, HealthReport.Component> components) {
            Map<String, Component> all = new LinkedHashMap<>();
            components.forEach((name, component) -> all.put(name, of(component)));
            return all;
        }
    }

    static HealthDetail of(HealthReport report) {
        Map<String, Component> components = new LinkedHashMap<>();
        FAMILIAR.forEach(name -> components.put(name, UNKNOWN));
        components.putAll(Component.all(report.components()));
        return new HealthDetail(report.status(), components);
    }
}

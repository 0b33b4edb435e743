package ai.primespark.health;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.health.HealthReport.Component;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthReportTest {

    private static final Instant AT = Instant.parse("2026-11-26T10:15:30.123456Z");

    private static Component component(HealthImpact impact, HealthStatus status) {
        return new Component(new HealthResult(status, "words", Map.of()), AT, impact, Map.of());
    }

    @ParameterizedTest
    @CsvSource({
        "VITAL,       HEALTHY,   HEALTHY",
        "VITAL,       DEGRADED,  DEGRADED",
        "VITAL,       UNHEALTHY, UNHEALTHY",
        "NORMAL,      HEALTHY,   HEALTHY",
        "NORMAL,      DEGRADED,  DEGRADED",
        "NORMAL,      UNHEALTHY, DEGRADED",
        "INFORMATIVE, HEALTHY,   HEALTHY",
        "INFORMATIVE, DEGRADED,  HEALTHY",
        "INFORMATIVE, UNHEALTHY, HEALTHY",
    })
    void theWholeIsAsItsComponentsAndTheirImpactSay(HealthImpact impact, HealthStatus status, HealthStatus whole) {
        Component other = component(HealthImpact.NORMAL, HealthStatus.HEALTHY);
        assertThat(HealthReport.of(Map.of("one", component(impact, status), "other", other))
                        .status())
                .isEqualTo(whole);
    }

    @Test
    void theWorstDecidesWhateverTheOrder() {
        Component degraded = component(HealthImpact.NORMAL, HealthStatus.DEGRADED);
        Component dead = component(HealthImpact.VITAL, HealthStatus.UNHEALTHY);
        assertThat(HealthReport.overall(List.of(degraded, dead))).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(HealthReport.overall(List.of(dead, degraded))).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(HealthReport.overall(List.of())).isEqualTo(HealthStatus.HEALTHY);
    }

    @Test
    void asAMapItHasTheShapeOfTheRestContract() {
        HealthResult nas = HealthResult.unhealthy("does not answer");
        HealthResult tiers = new HealthResult(
                HealthStatus.DEGRADED, "nas: does not answer", Map.of("tiers", 2.0, "odd", Double.NaN));
        HealthReport report = HealthReport.of(Map.of(
                "memory_tiers", new Component(tiers, AT, HealthImpact.VITAL, Map.of("nas", new Component(nas, AT)))));

        assertThat(report.toMap())
                .isEqualTo(Map.of(
                        "overall_status",
                        "degraded",
                        "components",
                        Map.of(
                                "memory_tiers",
                                Map.of(
                                        "status", "degraded",
                                        "message", "nas: does not answer",
                                        "last_check", "2026-11-26T10:15:30.123Z",
                                        "metrics", Map.of("tiers", 2.0),
                                        "parts",
                                                Map.of(
                                                        "nas",
                                                        Map.of(
                                                                "status", "unhealthy",
                                                                "message", "does not answer",
                                                                "last_check", "2026-11-26T10:15:30.123Z",
                                                                "metrics", Map.of()))))));
    }
}

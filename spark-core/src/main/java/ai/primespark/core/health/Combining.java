package ai.primespark.core.health;

import ai.primespark.core.health.BackgroundCheck.Found;
import ai.primespark.health.HealthImpact;
import ai.primespark.health.HealthReport.Component;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Makes one component of what its own check found and of its parts. */
final class Combining {

    private Combining() {}

    /**
     * A component is as well as its own check says, and no better than degraded while one of its parts is not healthy: a part may
     * be one of many. It speaks for itself unless it knows of no trouble; then its parts' troubles are its message.
     *
     * @param own what its own check found
     * @param apart what checks of single parts found, by the parts' ids
     */
    static Component component(Found own, Map<String, Found> apart, HealthImpact impact) {
        Map<String, Component> parts = new TreeMap<>();
        own.checked().parts().forEach((id, result) -> parts.put(id, new Component(result, own.at())));
        apart.forEach(
                (id, found) -> parts.merge(id, new Component(found.checked().whole(), found.at()), Combining::both));
        HealthResult whole = own.checked().whole();
        String troubles = parts.entrySet().stream()
                .filter(part -> part.getValue().result().status() != HealthStatus.HEALTHY)
                .map(part -> part.getKey() + ": " + part.getValue().result().message())
                .collect(Collectors.joining("; "));
        if (whole.status() == HealthStatus.HEALTHY && !troubles.isEmpty()) {
            whole = new HealthResult(HealthStatus.DEGRADED, troubles, whole.metrics());
        }
        return new Component(whole, own.at(), impact, parts);
    }

    private static Component both(Component one, Component other) {
        Instant at = one.checkedAt().isBefore(other.checkedAt()) ? one.checkedAt() : other.checkedAt();
        return new Component(Checked.both(one.result(), other.result()), at);
    }
}

package ai.primespark.health;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The latest results of all checks.
 *
 * @param status the whole, as {@link #overall} says
 * @param components by name, for example {@code memory_tiers}; unmodifiable, in the order of their names
 */
public record HealthReport(HealthStatus status, Map<String, Component> components) {

    /** Copies the map. */
    public HealthReport {
        Objects.requireNonNull(status, "status");
        components = Collections.unmodifiableMap(new TreeMap<>(components));
    }

    /**
     * A report of these components.
     *
     * @param components by name
     * @return the report, its status by the rule of {@link #overall}
     */
    public static HealthReport of(Map<String, Component> components) {
        return new HealthReport(overall(components.values()), components);
    }

    /**
     * The rule: unhealthy when a {@linkplain HealthImpact#VITAL vital} component is; else degraded when any component that is not
     * merely {@linkplain HealthImpact#INFORMATIVE informative} is not healthy; else healthy.
     *
     * @param components all of them
     * @return the status of the whole
     */
    public static HealthStatus overall(Collection<Component> components) {
        HealthStatus whole = HealthStatus.HEALTHY;
        for (Component component : components) {
            HealthStatus part = component.result().status();
            if (part == HealthStatus.UNHEALTHY && component.impact() == HealthImpact.VITAL) {
                return HealthStatus.UNHEALTHY;
            }
            if (part != HealthStatus.HEALTHY && component.impact() != HealthImpact.INFORMATIVE) {
                whole = HealthStatus.DEGRADED;
            }
        }
        return whole;
    }

    /**
     * The report in the shape of {@code GET /api/health/detailed}, of maps, texts and numbers only, so that any JSON library can write
     * it: {@code {overall_status, components: {name: {status, message, last_check, metrics, parts}}}}. Statuses are in lower case,
     * times ISO-8601 in UTC, {@code parts} is left out where there are none.
     *
     * @return a new map, in a stable order
     */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("overall_status", words(status));
        map.put("components", maps(components));
        return map;
    }

    private static Map<String, Object> maps(Map<String, Component> components) {
        Map<String, Object> maps = new LinkedHashMap<>();
        components.forEach((name, component) -> {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("status", words(component.result().status()));
            map.put("message", component.result().message());
            map.put(
                    "last_check",
                    component.checkedAt().truncatedTo(ChronoUnit.MILLIS).toString());
            map.put("metrics", component.result().metrics());
            if (!component.parts().isEmpty()) {
                map.put("parts", maps(component.parts()));
            }
            maps.put(name, map);
        });
        return maps;
    }

    private static String words(HealthStatus status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    /**
     * One component, or a part of one.
     *
     * @param result the latest result; not healthy when one of the parts is not
     * @param checkedAt when it was taken
     * @param impact what its trouble means for the whole
     * @param parts what it consists of, such as single memory tiers, by their ids; often empty; unmodifiable, in the order of their
     *     names
     */
    public record Component(HealthResult result, Instant checkedAt, HealthImpact impact, Map<String, Component> parts) {

        /** Copies the map. */
        public Component {
            Objects.requireNonNull(result, "result");
            Objects.requireNonNull(checkedAt, "checkedAt");
            Objects.requireNonNull(impact, "impact");
            parts = Collections.unmodifiableMap(new TreeMap<>(parts));
        }

        /**
         * One without parts, of normal impact.
         *
         * @param result the latest result
         * @param checkedAt when it was taken
         */
        public Component(HealthResult result, Instant checkedAt) {
            this(result, checkedAt, HealthImpact.NORMAL, Map.of());
        }
    }
}

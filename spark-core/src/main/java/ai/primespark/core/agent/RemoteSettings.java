package ai.primespark.core.agent;

import ai.primespark.spi.Setting;
import java.time.Duration;
import java.util.List;

/** What every entry of {@code primespark.agents.remote} understands besides the settings of its type. */
public final class RemoteSettings {

    /** How often the agent is asked whether it is well. */
    public static final Setting<Duration> PROBE_INTERVAL = Setting.duration(
                    "probe-interval",
                    "How often the agent is asked whether it is there; while it is not, no tasks are claimed for it.")
            .atLeast(Duration.ofMillis(20))
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(10));

    /** How long it may take to answer that. */
    public static final Setting<Duration> PROBE_TIMEOUT = Setting.duration(
                    "probe-timeout", "How long the agent may take to answer that.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofMinutes(1))
            .defaultsTo(Duration.ofSeconds(5));

    /** How many attempts the circuit breaker looks at. */
    public static final Setting<Long> CIRCUIT_WINDOW = Setting.number(
                    "circuit-window", "How many of the agent's last attempts its circuit breaker looks at.")
            .atLeast(2L)
            .atMost(1_000L)
            .defaultsTo(10L);

    /** From which share of failures on it opens. */
    public static final Setting<Long> CIRCUIT_FAILURE_PERCENT = Setting.number(
                    "circuit-failure-percent",
                    "When so many percent of them failed by the agent's own fault, it gets no tasks for a while.")
            .atLeast(1L)
            .atMost(100L)
            .defaultsTo(50L);

    /** How long it stays open. */
    public static final Setting<Duration> CIRCUIT_OPEN_TIME = Setting.duration(
                    "circuit-open-time", "How long that while is; then it gets one task as a trial.")
            .atLeast(Duration.ofMillis(10))
            .atMost(Duration.ofHours(1))
            .defaultsTo(Duration.ofSeconds(30));

    /** All of them. */
    public static final List<Setting<?>> ALL =
            List.of(PROBE_INTERVAL, PROBE_TIMEOUT, CIRCUIT_WINDOW, CIRCUIT_FAILURE_PERCENT, CIRCUIT_OPEN_TIME);

    private RemoteSettings() {}
}

package ai.primespark.core.agent;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.TaskRequest;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.Meters;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How many tasks there are, as a meter. */
class TaskGaugeTest extends EngineRig {

    private final Map<String, DoubleSupplier> tasks = new ConcurrentHashMap<>();

    @BeforeEach
    void listen() {
        meters = new Meters() {
            @Override
            public Counter counter(String name, String... tags) {
                return Meters.discarding().counter(name, tags);
            }

            @Override
            public Timer timer(String name, String... tags) {
                return Meters.discarding().timer(name, tags);
            }

            @Override
            public void gauge(String name, DoubleSupplier value, String... tags) {
                if (name.equals("spark.agents.tasks")) {
                    tasks.put(tags[0] + "=" + tags[1], value);
                }
            }
        };
    }

    private double value(String tag) {
        return tasks.get(tag).getAsDouble();
    }

    @Test
    void tasksAreCountedByStatusWhenHealthIsCheckedAndNotKnownWhileTheQueueIsAway() throws Exception {
        AgentsEngine agents = engine("a");
        var unused1 = agents.submit(TaskRequest.of("nobody.has.this", "1").build());
        var unused2 = agents.submit(TaskRequest.of("nobody.has.this", "2").build());
        assertThat(value("status=ready")).as("before the first check").isNaN();

        assertThat(agents.check().status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(value("status=ready")).isEqualTo(2);
        assertThat(value("status=dead")).isZero();

        refused.add("stats");
        assertThat(agents.check().status()).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(value("status=ready")).isNaN();
    }
}

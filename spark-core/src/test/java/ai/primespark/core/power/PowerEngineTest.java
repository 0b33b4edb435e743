package ai.primespark.core.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.health.HealthStatus;
import ai.primespark.power.BatteryState;
import ai.primespark.power.PowerDecision;
import ai.primespark.power.PowerMode;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PowerEngineTest {

    private final SparkRuntime runtime =
            new SparkRuntime("pi", Clock.systemUTC(), Path.of("data"), Duration.ofSeconds(10), Meters.discarding());
    private final PowerEngine engine = engine("auto");

    private PowerEngine engine(String mode) {
        return new PowerEngine(Settings.of(PowerSettings.ALL, Map.of("mode", mode)), runtime);
    }

    @AfterEach
    void stop() {
        engine.close();
        runtime.close();
    }

    @Test
    void withoutASourceItIsFullPowerAndHonestlyUnknown() {
        assertThat(engine.mode()).isEqualTo(PowerMode.AUTO);
        assertThat(engine.profile()).isEqualTo(PowerProfile.FULL);
        assertThat(engine.edgeOnly()).isFalse();
        assertThat(engine.status().battery()).isEqualTo(BatteryState.UNKNOWN);
        assertThat(engine.status().reading().supply()).isEqualTo(PowerSupply.UNKNOWN);
        assertThat(engine.check().status()).isEqualTo(HealthStatus.HEALTHY);
    }

    @Test
    void offGridStaysOnTheEdgeUntilSomebodySaysOtherwise() {
        engine.mode(PowerMode.OFF_GRID);
        assertThat(engine.edgeOnly()).isTrue();
        assertThat(engine.profile()).isEqualTo(PowerProfile.SAVING);
        assertThat(engine.status().edgeOnly()).isTrue();

        engine.mode(PowerMode.ON_GRID);
        assertThat(engine.edgeOnly()).isFalse();
        assertThat(engine.profile()).isEqualTo(PowerProfile.FULL);
    }

    @Test
    void theConfiguredModeHoldsFromTheStart() {
        assertThat(engine("off-grid").edgeOnly()).isTrue();
    }

    @Test
    void aModeForATimeEndsByItself() {
        engine.mode(PowerMode.OFF_GRID, Duration.ofMillis(50));

        await().until(() -> engine.mode() == PowerMode.AUTO);
        assertThat(engine.edgeOnly()).isFalse();
    }

    @Test
    void aLaterDecisionIsNotUndoneByTheEarliersEnd() throws Exception {
        Thread timer =
                runtime.executors().scheduler().submit(Thread::currentThread).get();
        synchronized (engine) { // so that the end comes to its turn only after the later decision
            engine.mode(PowerMode.OFF_GRID, Duration.ofMillis(1));
            await().pollInSameThread().until(() -> timer.getState() == Thread.State.BLOCKED);
            engine.mode(PowerMode.ON_GRID);
        }
        runtime.executors().scheduler().submit(() -> {}).get(); // the end has had its turn

        assertThat(engine.mode()).isEqualTo(PowerMode.ON_GRID);
    }

    @Test
    void aLaterModeCancelsTheEarliersEnd() {
        engine.mode(PowerMode.OFF_GRID, Duration.ofDays(1_000_000));
        assertThat(engine.mode()).isEqualTo(PowerMode.OFF_GRID);
        assertThat(queued()).isEqualTo(1);

        engine.mode(PowerMode.OFF_GRID);
        assertThat(queued()).isZero();

        engine.mode(PowerMode.OFF_GRID, Duration.ofDays(1));
        engine.close();
        assertThat(queued()).isZero();
    }

    private int queued() {
        return ((java.util.concurrent.ScheduledThreadPoolExecutor)
                        runtime.executors().scheduler())
                .getQueue()
                .size();
    }

    @Test
    void aModeForNoTimeIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> engine.mode(PowerMode.OFF_GRID, Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> engine.mode(PowerMode.OFF_GRID, Duration.ofSeconds(-1)));
        assertThat(engine.mode()).isEqualTo(PowerMode.AUTO);
    }

    @Test
    void listenersHearOfEveryChangeAndOfNothingElse() {
        List<PowerDecision> decisions = new CopyOnWriteArrayList<>();
        engine.onChange(decisions::add);
        engine.mode(PowerMode.AUTO);
        engine.mode(PowerMode.OFF_GRID);
        engine.mode(PowerMode.OFF_GRID);
        engine.mode(PowerMode.AUTO);
        await().until(() -> decisions.size() == 2);

        assertThat(decisions).extracting(PowerDecision::mode).containsExactly(PowerMode.OFF_GRID, PowerMode.AUTO);
        assertThat(decisions.get(0).previous()).isEqualTo(PowerProfile.FULL);
        assertThat(decisions.get(0).profile()).isEqualTo(PowerProfile.SAVING);
        assertThat(decisions.get(0).edgeOnly()).isTrue();
        assertThat(decisions.get(1).edgeOnly()).isFalse();
    }
}

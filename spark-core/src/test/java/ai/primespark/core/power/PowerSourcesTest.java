package ai.primespark.core.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ai.primespark.event.SparkEvent;
import ai.primespark.health.HealthStatus;
import ai.primespark.power.BatteryState;
import ai.primespark.power.ManualPowerSource;
import ai.primespark.power.PowerDecision;
import ai.primespark.power.PowerException;
import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerMode;
import ai.primespark.power.PowerPolicy.Verdict;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How sources are read, with real threads. */
@Timeout(60)
class PowerSourcesTest {

    private final ManualPowerSource ups = new ManualPowerSource();
    private PowerRig rig;

    @AfterEach
    void stop() {
        if (rig != null) {
            rig.close();
        }
    }

    /** Hangs in every read, whatever the deadline and interrupts say, until it is let go. */
    private static final class Hanging implements PowerSource {
        final CountDownLatch free = new CountDownLatch(1);
        final AtomicInteger reads = new AtomicInteger();

        @Override
        public PowerReading read(Deadline deadline) {
            reads.incrementAndGet();
            while (free.getCount() > 0) {
                try {
                    free.await();
                } catch (InterruptedException e) {
                    // that is how it hangs
                }
            }
            return Play.mains().build();
        }

        @Override
        public void close() {}
    }

    @Test
    void aSourceIsReadAtOnceWhenItSaysThatSomethingChanged() {
        rig = PowerRig.over(ups).with("poll-interval", "50 s").start();
        await().until(() -> rig.engine.status().reading().supply() == PowerSupply.MAINS);

        ups.battery(70);
        rig.awaitProfile(PowerProfile.SAVING);
        assertThat(rig.engine.status().isOnBattery()).isTrue();
        assertThat(rig.engine.status().battery()).isEqualTo(BatteryState.HIGH);
        assertThat(rig.engine.status().reading().source()).isEqualTo("ups0");
        assertThat(rig.engine.edgeOnly()).isTrue();

        ups.mains();
        rig.awaitProfile(PowerProfile.FULL);
        assertThat(rig.engine.edgeOnly()).isFalse();
    }

    @Test
    void aSourceThatHangsHoldsUpNeitherTheOthersNorTheCaller() {
        Hanging hanging = new Hanging();
        rig = PowerRig.over(hanging, ups).with("timeout", "10 ms").start();
        await().until(() -> hanging.reads.get() == 1);

        ups.battery(70);
        rig.awaitProfile(PowerProfile.SAVING);
        await().until(() -> rig.engine.check().message().contains("'ups0' is LOST: it did not answer within 10 ms"));
        assertThat(rig.engine.check().status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(hanging.reads).as("one thread and no more").hasValue(1);
        assertThat(rig.registry
                        .get("spark.power.readings")
                        .tag("outcome", "hung")
                        .counter()
                        .count())
                .isEqualTo(1);

        hanging.free.countDown();
        await().until(() -> rig.engine.status().sources().get(0).quality() == Quality.FRESH);
        assertThat(hanging.reads.get()).as("what came too late was not taken").isGreaterThan(1);
        await().until(() -> rig.engine.check().status() == HealthStatus.HEALTHY);
    }

    @Test
    void aSourceThatCannotBeReadAgesAndSilenceOnBatteryIsTheDangerousCase() {
        rig = PowerRig.over(ups).with("dead-time", "300 ms").start();
        ups.battery(70);
        rig.awaitProfile(PowerProfile.SAVING);

        ups.fail(new PowerException("the cable is out", true, null));
        rig.awaitProfile(PowerProfile.CRITICAL);
        PowerDecision decision = rig.engine.status().lastDecision().orElseThrow();
        assertThat(decision.rule()).isEqualTo("lost-on-battery");
        assertThat(decision.reading().quality()).isEqualTo(Quality.LOST);
        assertThat(rig.engine.check().message()).contains("the cable is out").contains("profile is CRITICAL");

        ups.mains();
        rig.awaitProfile(PowerProfile.FULL);
        assertThat(rig.engine.check().status()).isEqualTo(HealthStatus.HEALTHY);
    }

    @Test
    void everyDecisionIsTellableAndCounted() {
        rig = PowerRig.over(ups).start();
        ups.set(Play.battery().charge(50).watts(12.5, false).build());
        rig.awaitProfile(PowerProfile.SAVING);
        await().until(() -> rig.events.stream().anyMatch(SparkEvent.PowerChanged.class::isInstance));

        PowerDecision decision = rig.events.stream()
                .filter(SparkEvent.PowerChanged.class::isInstance)
                .map(event -> ((SparkEvent.PowerChanged) event).decision())
                .findFirst()
                .orElseThrow();
        assertThat(decision.previous()).isEqualTo(PowerProfile.FULL);
        assertThat(decision.profile()).isEqualTo(PowerProfile.SAVING);
        assertThat(decision.rule()).isEqualTo("on-battery");
        assertThat(decision.edgeOnly()).isTrue();
        assertThat(decision.reading().chargePercent()).hasValue(50);
        assertThat(decision.drainBudget()).isEmpty();
        assertThat(rig.registry.get("spark.power.profile").gauge().value()).isEqualTo(1);
        assertThat(rig.registry.get("spark.power.edge.only").gauge().value()).isEqualTo(1);
        assertThat(rig.registry.get("spark.power.charge").gauge().value()).isEqualTo(50);
        assertThat(rig.registry.get("spark.power.watts").gauge().value()).isEqualTo(12.5);
        assertThat(rig.registry
                        .get("spark.power.decisions")
                        .tags("profile", "saving", "rule", "on-battery")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(rig.registry
                        .get("spark.power.readings")
                        .tag("outcome", "fresh")
                        .counter()
                        .count())
                .isPositive();
    }

    @Test
    void eachReadingWithWattsHasAMomentOfItsOwnForTheEnergyMeter() {
        rig = PowerRig.over(ups).start();
        ups.set(Play.mains().watts(7, false).build());
        await().until(() -> rig.engine.status().reading().watts().isPresent());
        var first = rig.engine.status().reading().at();

        await().until(() -> !rig.engine.status().reading().at().equals(first));
        assertThat(rig.engine.status().reading().watts()).hasValue(7);
    }

    @Test
    void aModeByHandNeverHidesAnEmergency() {
        rig = PowerRig.over(ups).start();
        rig.engine.mode(PowerMode.ON_GRID);
        ups.battery(70);
        await().until(() -> rig.engine.status().isOnBattery());
        assertThat(rig.engine.profile()).isEqualTo(PowerProfile.FULL);
        assertThat(rig.engine.edgeOnly()).isFalse();

        ups.set(Play.battery().flags(Set.of(PowerFlag.LOW_BATTERY)).build());
        rig.awaitProfile(PowerProfile.CRITICAL);

        ups.mains();
        rig.awaitProfile(PowerProfile.FULL);
        rig.engine.mode(PowerMode.OFF_GRID);
        assertThat(rig.engine.profile()).isEqualTo(PowerProfile.SAVING);
        assertThat(rig.engine.edgeOnly()).isTrue();
    }

    @Test
    void aModeWhoseTimeIsOverLeavesWhatTheReadingsSay() {
        rig = PowerRig.over(ups).start();
        ups.battery(70);
        rig.awaitProfile(PowerProfile.SAVING);

        rig.engine.mode(PowerMode.ON_GRID, Duration.ofMillis(50));
        rig.awaitProfile(PowerProfile.SAVING);
        assertThat(rig.engine.mode()).isEqualTo(PowerMode.AUTO);
    }

    @Test
    void onBatteryTheCloudMayBeAllowed() {
        rig = PowerRig.over(ups).with("on-battery", "any").start();
        ups.battery(70);
        rig.awaitProfile(PowerProfile.SAVING);
        assertThat(rig.engine.edgeOnly()).isFalse();
        assertThat(rig.engine.thrift().stretch()).isEqualTo(4);
    }

    @Test
    void thePolicyOfAnApplicationDecides() {
        rig = PowerRig.over(ups)
                .policy((reading, current) -> Verdict.now(
                        reading.chargePercent().orElse(100) < 90 ? PowerProfile.CRITICAL : PowerProfile.FULL, "mine"))
                .start();
        ups.set(Play.mains().charge(80).build());
        rig.awaitProfile(PowerProfile.CRITICAL);
        assertThat(rig.engine.status().lastDecision().orElseThrow().rule()).isEqualTo("mine");
    }

    @Test
    void whereAnApplicationsPolicyFailsTheConfiguredOneJudges() {
        rig = PowerRig.over(ups)
                .policy((reading, current) -> {
                    throw new IllegalStateException("a bug");
                })
                .start();
        ups.battery(70);
        rig.awaitProfile(PowerProfile.SAVING);
        assertThat(rig.engine.status().lastDecision().orElseThrow().rule()).isEqualTo("on-battery");
    }

    @Test
    void aQuorumOfMoreThanThereAreIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PowerRig.over(ups)
                        .with("merge", "quorum")
                        .with("min-supplies", 2)
                        .make())
                .withMessage("min-supplies is 2, but there are only 1 sources");
    }

    @Test
    void nothingIsReadBeforeTheStartAndAfterTheEnd() {
        Hanging counted = new Hanging();
        counted.free.countDown();
        rig = PowerRig.over(counted).make();
        assertThat(counted.reads).hasValue(0);
        assertThat(rig.engine.check().status()).as("it was not asked yet").isEqualTo(HealthStatus.HEALTHY);

        rig.engine.start();
        await().until(() -> counted.reads.get() > 1);
        rig.engine.close();
        rig.runtime.close();
        int reads = counted.reads.get();
        assertThat(rig.runtime.executors().scheduler().isShutdown()).isTrue();
        assertThat(counted.reads).hasValue(reads);
    }

    @Test
    void aManualSourceThatIsClosedCannotBeRead() {
        ups.close();
        ups.close();
        assertThatExceptionOfType(PowerException.class)
                .isThrownBy(() -> ups.read(Deadline.in(Duration.ofSeconds(1))))
                .withMessageContaining("closed");
    }

    @Test
    void whoeverStartsItCanWaitForTheFirstReadings() {
        ups.battery(70);
        rig = PowerRig.over(ups).with("on-battery-delay", "1 h").start();
        rig.engine.awaitFirst(Duration.ofSeconds(30));
        assertThat(rig.engine.profile()).isEqualTo(PowerProfile.SAVING);
    }
}

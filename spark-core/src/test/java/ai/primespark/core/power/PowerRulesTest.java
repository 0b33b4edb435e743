package ai.primespark.core.power;

import static ai.primespark.core.power.Play.battery;
import static ai.primespark.core.power.Play.mains;
import static ai.primespark.core.power.Play.supply;
import static ai.primespark.power.PowerFlag.ALARM;
import static ai.primespark.power.PowerFlag.CALIBRATING;
import static ai.primespark.power.PowerFlag.FORCED_SHUTDOWN;
import static ai.primespark.power.PowerFlag.LOW_BATTERY;
import static ai.primespark.power.PowerProfile.CRITICAL;
import static ai.primespark.power.PowerProfile.FULL;
import static ai.primespark.power.PowerProfile.SAVING;
import static ai.primespark.power.PowerProfile.SHUTDOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerPolicy.Verdict;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.power.PowerSupply;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each rule of the power engine, one by one, under a clock of the test's. */
class PowerRulesTest {

    private static final PowerReading ON_MAINS = mains().charge(100).build();
    private static final PowerReading ON_BATTERY = battery().charge(80).build();

    private final Play play = Play.usual();

    private static Duration seconds(double count) {
        return Duration.ofMillis(Math.round(count * 1_000));
    }

    private Play saving() {
        return play.says(ON_BATTERY).passes(seconds(5)).says(ON_BATTERY);
    }

    private Play critical() {
        return play.says(supply(PowerSupply.BATTERY, LOW_BATTERY));
    }

    // --- on battery

    @Test
    void savesAfterFiveSecondsOnBatteryWithoutABreak() {
        play.says(ON_MAINS).passes(seconds(5)).says(ON_BATTERY).passes(seconds(4.9));
        assertThat(play.profile()).isEqualTo(FULL);

        play.passes(seconds(0.2));
        assertThat(play.profile()).isEqualTo(SAVING);
        assertThat(play.lastRule()).isEqualTo("on-battery");
    }

    @Test
    void whatIsStartedDuringAnOutageSavesWithTheFirstReadingThatSaysSo() {
        play.says(supply(PowerSupply.UNKNOWN));
        assertThat(play.profile()).isEqualTo(FULL);
        play.says(ON_BATTERY);
        assertThat(play.profile()).isEqualTo(SAVING);
        assertThat(play.lastRule()).isEqualTo("on-battery");

        Play low = Play.usual().says(battery().charge(8).build());
        assertThat(low.profile()).as("a low charge wants a second reading").isEqualTo(SAVING);
        low.says(battery().charge(8).build());
        assertThat(low.profile()).isEqualTo(CRITICAL);
    }

    @Test
    void aMomentOnMainsBeginsTheFiveSecondsAnew() {
        play.says(ON_MAINS).says(ON_BATTERY).passes(seconds(4));
        play.says(ON_MAINS).says(ON_BATTERY).passes(seconds(4));
        assertThat(play.profile()).isEqualTo(FULL);

        play.passes(seconds(1));
        assertThat(play.profile()).isEqualTo(SAVING);
    }

    @ParameterizedTest
    @CsvSource({
        "10, , CRITICAL, charge-critical",
        "50, 120, CRITICAL, runtime-critical",
        "5, , SHUTDOWN, charge-shutdown",
        "50, 60, SHUTDOWN, runtime-shutdown"
    })
    void aNumberBelowItsThresholdCountsWhenASecondReadingAgrees(
            double charge, Integer left, PowerProfile expected, String rule) {
        saving();
        PowerReading.Builder low = battery().charge(charge).flags(java.util.Set.of());
        PowerReading reading = left == null
                ? low.build()
                : low.runtime(Duration.ofSeconds(left), false).build();
        Play gentle = new Play(Map.of("charge.jump", 100), 1);
        gentle.says(ON_BATTERY).passes(seconds(5)).says(ON_BATTERY).says(reading);
        assertThat(gentle.profile()).isEqualTo(SAVING);

        gentle.passes(seconds(2)).says(reading);
        assertThat(gentle.profile()).isEqualTo(expected);
        assertThat(gentle.lastRule()).isEqualTo(rule);
    }

    @Test
    void oneReadingBelowAndOneAboveIsNoEmergency() {
        Play gentle = new Play(Map.of("charge.jump", 100), 1);
        PowerReading low = battery().charge(9).build();
        PowerReading enough = battery().charge(12).build();
        for (int i = 0; i < 10; i++) {
            gentle.says(low).passes(seconds(2)).says(enough).passes(seconds(2));
        }
        assertThat(gentle.profile()).as("it is on battery all the time").isEqualTo(SAVING);
    }

    @Test
    void lowBatteryOnBatteryIsCriticalAtOnce() {
        critical();
        assertThat(play.profile()).isEqualTo(CRITICAL);
        assertThat(play.lastRule()).isEqualTo("low-battery");
    }

    @Test
    void lowBatteryWhileItChargesOnMainsIsNoEmergency() {
        play.says(supply(PowerSupply.MAINS, LOW_BATTERY)).passes(seconds(10));
        assertThat(play.profile()).isEqualTo(FULL);
    }

    @Test
    void theRuntimeThatAUpsReportsOnMainsIsNotTimeLeft() {
        play.keepsSaying(mains().runtime(Duration.ofSeconds(30), false).build(), seconds(60));
        assertThat(play.profile()).isEqualTo(FULL);
    }

    @Test
    void aCalibrationIsNoEmergencyHoweverLow() {
        play.keepsSaying(supply(PowerSupply.BATTERY, CALIBRATING, LOW_BATTERY), seconds(60));
        assertThat(play.changes).isEmpty();
    }

    @Test
    void anOutputThatIsOffCountsAfterThirtySeconds() {
        play.keepsSaying(supply(PowerSupply.OFF), seconds(29));
        assertThat(play.profile()).isEqualTo(FULL);

        play.keepsSaying(supply(PowerSupply.OFF), seconds(2));
        assertThat(play.profile()).isEqualTo(CRITICAL);
        assertThat(play.lastRule()).isEqualTo("output-off");
    }

    @Test
    void bypassIsPoweredButNotProtected() {
        play.keepsSaying(supply(PowerSupply.BYPASS), seconds(60));
        assertThat(play.profile()).isEqualTo(FULL);
    }

    // --- back

    @Test
    void mainsAreFullPowerAfterThirtySecondsWithoutABreak() {
        saving();
        play.keepsSaying(ON_MAINS, seconds(29)).says(ON_BATTERY).keepsSaying(ON_MAINS, seconds(29));
        assertThat(play.profile()).isEqualTo(SAVING);

        play.keepsSaying(ON_MAINS, seconds(1.5));
        assertThat(play.profile()).isEqualTo(FULL);
        assertThat(play.lastRule()).isEqualTo("mains-back");
    }

    @Test
    void withAnEmptyBatteryItGoesOnSavingOnMains() {
        critical();
        play.keepsSaying(mains().charge(12).build(), seconds(31));
        assertThat(play.profile()).isEqualTo(SAVING);
        assertThat(play.lastRule()).isEqualTo("recharging");

        play.keepsSaying(mains().charge(29.9).build(), seconds(60));
        assertThat(play.profile()).isEqualTo(SAVING);
        play.keepsSaying(mains().charge(31).build(), seconds(31));
        assertThat(play.profile()).isEqualTo(FULL);
    }

    @Test
    void criticalIsLeftOnBatteryOnlyWithADistanceToTheThresholds() {
        Play gentle = new Play(Map.of("charge.jump", 100), 1);
        gentle.keepsSaying(battery().charge(9).build(), seconds(4));
        assertThat(gentle.profile()).isEqualTo(CRITICAL);

        gentle.keepsSaying(battery().charge(19.9).build(), seconds(60));
        assertThat(gentle.profile()).isEqualTo(CRITICAL);
        gentle.keepsSaying(
                battery().charge(20).runtime(Duration.ofMinutes(3), false).build(), seconds(60));
        assertThat(gentle.profile()).as("half as long again is needed").isEqualTo(CRITICAL);
        gentle.keepsSaying(
                battery().charge(20).runtime(Duration.ofSeconds(181), false).build(), seconds(31));
        assertThat(gentle.profile()).isEqualTo(SAVING);
        assertThat(gentle.lastRule()).isEqualTo("battery-recovered");
    }

    // --- shutdown

    @Test
    void aForcedShutdownIsFollowedAtOnceEvenOnMains() {
        play.says(supply(PowerSupply.MAINS, FORCED_SHUTDOWN));
        assertThat(play.profile()).isEqualTo(SHUTDOWN);
        assertThat(play.lastRule()).isEqualTo("forced-shutdown");
    }

    @Test
    void aShutdownIsCalledOffByMainsAloneAndNotByABetterBattery() {
        play.says(supply(PowerSupply.BATTERY, FORCED_SHUTDOWN));
        play.keepsSaying(ON_BATTERY, seconds(120));
        assertThat(play.profile()).isEqualTo(SHUTDOWN);
        play.keepsSaying(supply(PowerSupply.MAINS, FORCED_SHUTDOWN), seconds(120));
        assertThat(play.profile()).as("the order stands").isEqualTo(SHUTDOWN);

        play.keepsSaying(ON_MAINS, seconds(31));
        assertThat(play.profile()).isEqualTo(FULL);
    }

    @Test
    void noPolicyCallsOffAShutdownOnBattery() {
        Play own = new Play(
                Map.of(),
                1,
                (reading, current) -> reading.flags().contains(FORCED_SHUTDOWN)
                        ? Verdict.now(SHUTDOWN, "order")
                        : Verdict.now(FULL, "carefree"));
        own.says(supply(PowerSupply.BATTERY, FORCED_SHUTDOWN)).keepsSaying(ON_BATTERY, seconds(60));
        assertThat(own.profile()).isEqualTo(SHUTDOWN);

        own.says(ON_MAINS);
        assertThat(own.profile()).isEqualTo(FULL);
    }

    // --- silence

    @Test
    void aUpsThatFallsSilentOnBatteryIsTheDangerousCase() {
        saving();
        play.passes(seconds(14.9));
        assertThat(play.reading().quality()).isEqualTo(Quality.STALE);
        assertThat(play.profile()).isEqualTo(SAVING);

        play.passes(seconds(0.2));
        assertThat(play.reading().quality()).isEqualTo(Quality.LOST);
        assertThat(play.profile()).isEqualTo(CRITICAL);
        assertThat(play.lastRule()).isEqualTo("lost-on-battery");
    }

    @ParameterizedTest
    @CsvSource({"BATTERY, CALIBRATING", "BYPASS, CHARGING", "OFF, CHARGING", "MAINS, ALARM", "MAINS, CALIBRATING"})
    void silenceIsAsDangerousAfterWhateverCouldEndInDarkness(PowerSupply supply, PowerFlag flag) {
        play.says(supply(supply, flag)).passes(seconds(60));
        assertThat(play.profile()).isEqualTo(CRITICAL);
    }

    @Test
    void aUpsThatFallsSilentOnMainsChangesNothing() {
        play.says(ON_MAINS).passes(Duration.ofHours(1));
        assertThat(play.changes).isEmpty();
        assertThat(play.reading().quality()).isEqualTo(Quality.LOST);
        assertThat(play.reading().supply()).as("the last that was known").isEqualTo(PowerSupply.MAINS);
    }

    @Test
    void aUpsThatNeverSpokeChangesNothing() {
        play.passes(Duration.ofHours(1));
        assertThat(play.changes).isEmpty();
        assertThat(play.reading().supply()).isEqualTo(PowerSupply.UNKNOWN);
    }

    @Test
    void whoWantsMayTakeSilenceForAnOutage() {
        Play careful = new Play(Map.of("assume-on-lost", "battery"), 1);
        careful.says(ON_MAINS).passes(seconds(60));
        assertThat(careful.profile()).isEqualTo(SAVING);
        assertThat(careful.lastRule()).isEqualTo("lost");
    }

    @Test
    void nothingGetsBetterByOldReadings() {
        saving();
        play.says(ON_MAINS).passes(seconds(14));
        PowerReading old = ON_MAINS.withQuality(Quality.STALE);
        play.keepsSaying(old, Duration.ofMinutes(5));
        assertThat(play.profile()).isEqualTo(SAVING);
    }

    @Test
    void dataThatTheSourceItselfCallsOldAgesFromTheLastFreshOne() {
        saving();
        play.keepsSaying(ON_MAINS.withQuality(Quality.STALE), seconds(16));
        assertThat(play.profile()).as("the old mains reading is not believed").isEqualTo(CRITICAL);
    }

    @Test
    void aDriverThatIsStartedAgainWhileOnBatteryIsNotTakenForMains() {
        saving();
        play.keepsSaying(supply(PowerSupply.UNKNOWN), seconds(10));
        assertThat(play.profile()).isEqualTo(SAVING);
        assertThat(play.reading().supply()).isEqualTo(PowerSupply.BATTERY);
        play.keepsSaying(supply(PowerSupply.UNKNOWN), seconds(10));
        assertThat(play.profile()).isEqualTo(CRITICAL);
    }

    @ParameterizedTest
    @EnumSource(
            value = PowerSupply.class,
            names = {"MAINS", "BATTERY"})
    void whatIsLostIsBelievedAgainAfterItsNextFreshReading(PowerSupply last) {
        play.says(supply(last)).passes(seconds(60));
        play.says(ON_BATTERY);
        assertThat(play.reading().quality()).isEqualTo(Quality.FRESH);
    }

    // --- gauges

    @Test
    void oneReadingThatJumpsIsNotBelievedAndTheSecondIs() {
        saving();
        play.says(battery().charge(3).build());
        assertThat(play.reading().chargePercent()).hasValue(80);
        play.says(battery().charge(79).build());
        assertThat(play.reading().chargePercent()).hasValue(79);

        play.says(battery().charge(3).build()).says(battery().charge(3).build());
        assertThat(play.reading().chargePercent()).hasValue(3);
        play.says(battery().charge(3).build());
        assertThat(play.profile()).isEqualTo(SHUTDOWN);
    }

    @Test
    void aFallingChargePredictsTheTimeLeft() {
        Play gentle = Play.usual();
        for (int i = 0; i <= 120; i += 2) { // one point in 12 seconds, in whole points as gauges have it
            gentle.says(battery().charge(Math.floor(65 - i / 12.0)).build()).passes(seconds(2));
        }
        Duration left = gentle.reading().runtime().orElseThrow();
        assertThat(gentle.reading().runtimePredicted()).isTrue();
        assertThat(left).isBetween(Duration.ofMinutes(8), Duration.ofMinutes(12)); // 50 points above the floor of 5
    }

    @Test
    void theShorterOfWhatIsReportedAndPredictedCounts() {
        RuntimeForecast fall = RuntimeForecast.NONE;
        for (int i = 0; i <= 60; i += 2) {
            fall = fall.with(Duration.ofSeconds(i).toNanos(), 50 - i / 10.0);
        }
        assertThat(fall.until(4).orElseThrow()).isCloseTo(Duration.ofSeconds(400), Duration.ofMillis(10));
        assertThat(fall.until(44)).contains(Duration.ZERO);

        Play both = Play.usual();
        for (int i = 0; i <= 60; i += 2) {
            both.says(battery()
                            .charge(50 - i / 10.0)
                            .runtime(Duration.ofMinutes(5), false)
                            .build())
                    .passes(seconds(2));
        }
        assertThat(both.reading().runtime()).contains(Duration.ofMinutes(5));
        assertThat(both.reading().runtimePredicted()).isFalse();
    }

    @Test
    void nothingIsPredictedFromTooLittleOrFromAChargeThatDoesNotFall() {
        RuntimeForecast flat = RuntimeForecast.NONE;
        for (int i = 0; i <= 600; i += 2) {
            assertThat(flat.until(5)).isEmpty();
            flat = flat.with(Duration.ofSeconds(i).toNanos(), 50);
        }
        RuntimeForecast young = RuntimeForecast.NONE.with(0, 50).with(1, 49).with(2, 48);
        assertThat(young.until(5)).isEmpty();
    }

    // --- settings

    @ParameterizedTest
    @CsvSource({
        "charge.critical, 25, charge.critical is 25.0, which is above charge.low",
        "charge.shutdown, 11, charge.shutdown is 11.0, which is above charge.critical",
        "runtime.critical, 20 min, runtime.critical is PT20M, which is above runtime.low"
    })
    void thresholdsThatDoNotFitTogetherAreRefused(String name, String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PowerSettings.policy(Play.settings(Map.of(name, value))))
                .withMessageContaining(message);
    }

    @Test
    void alarmsAloneAreNoOutage() {
        play.keepsSaying(supply(PowerSupply.MAINS, ALARM), seconds(60));
        assertThat(play.profile()).isEqualTo(FULL);
    }
}

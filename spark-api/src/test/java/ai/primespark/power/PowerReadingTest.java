package ai.primespark.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PowerReadingTest {

    private static PowerReading.Builder reading(PowerSupply supply) {
        return PowerReading.builder("ups", supply, Instant.EPOCH);
    }

    @Test
    void numbersThatAreNotKnownAreAbsent() {
        PowerReading reading = reading(PowerSupply.UNKNOWN).build();
        assertThat(reading.chargePercent()).isEmpty();
        assertThat(reading.runtime()).isEmpty();
        assertThat(reading.watts()).isEmpty();
        assertThat(reading.capacityWattHours()).isEmpty();
    }

    @Test
    void numbersThatMakeNoSenseAreLeftOut() {
        PowerReading reading = reading(PowerSupply.BATTERY)
                .charge(-100)
                .runtime(Duration.ofSeconds(-1), true)
                .watts(Double.NaN, true)
                .capacity(0)
                .build();
        assertThat(reading.chargePercent()).isEmpty();
        assertThat(reading.runtime()).isEmpty();
        assertThat(reading.runtimePredicted()).isFalse();
        assertThat(reading.watts()).isEmpty();
        assertThat(reading.wattsEstimated()).isFalse();
        assertThat(reading.capacityWattHours()).isEmpty();
        assertThat(reading(PowerSupply.MAINS).charge(255).build().chargePercent())
                .isEmpty();
        assertThat(reading(PowerSupply.MAINS).charge(101.5).build().chargePercent())
                .hasValue(100);
        assertThat(reading(PowerSupply.BATTERY).charge(0).build().chargePercent())
                .hasValue(0);
    }

    @Test
    void anotherQualityKeepsEveryValue() {
        PowerReading reading = reading(PowerSupply.BATTERY)
                .charge(50)
                .runtime(Duration.ofMinutes(9), true)
                .watts(12, true)
                .capacity(100)
                .flags(Set.of(PowerFlag.DISCHARGING))
                .otherToken("ECO")
                .build();
        PowerReading lost = reading.withQuality(PowerReading.Quality.LOST);
        assertThat(lost.quality()).isEqualTo(PowerReading.Quality.LOST);
        assertThat(lost).usingRecursiveComparison().ignoringFields("quality").isEqualTo(reading);
    }

    @Test
    void theTimeRemainingIsOnlyToldOnBattery() {
        assertThat(status(PowerSupply.BATTERY).timeRemaining()).contains(Duration.ofMinutes(9));
        assertThat(status(PowerSupply.MAINS).timeRemaining()).isEmpty();
        assertThat(status(PowerSupply.MAINS).isPlugged()).contains(true);
        assertThat(status(PowerSupply.UNKNOWN).isPlugged()).isEmpty();
        assertThat(status(PowerSupply.UNKNOWN).isOnBattery()).isFalse();
    }

    private static PowerStatus status(PowerSupply supply) {
        PowerReading reading =
                reading(supply).runtime(Duration.ofMinutes(9), false).build();
        return new PowerStatus(
                PowerMode.AUTO,
                null,
                PowerProfile.FULL,
                false,
                reading,
                BatteryState.UNKNOWN,
                List.of(reading),
                DrainState.NONE,
                null);
    }

    @ParameterizedTest
    @CsvSource({
        "100, FULL",
        "95, FULL",
        "94.9, HIGH",
        "60, HIGH",
        "59, NORMAL",
        "20.1, NORMAL",
        "20, LOW",
        "10.5, LOW",
        "10, CRITICAL",
        "0, CRITICAL",
        "NaN, UNKNOWN"
    })
    void theChargeInOneWord(double percent, BatteryState expected) {
        assertThat(BatteryState.of(OptionalDouble.of(percent), 20, 10)).isEqualTo(expected);
    }

    @Test
    void noChargeIsUnknownAndThresholdsMustBeInOrder() {
        assertThat(BatteryState.of(OptionalDouble.empty(), 20, 10)).isEqualTo(BatteryState.UNKNOWN);
        assertThatIllegalArgumentException().isThrownBy(() -> BatteryState.of(OptionalDouble.empty(), 10, 20));
    }

    @Test
    void statusTokensAreComparedWhole() {
        assertThat(PowerFlag.ofNutToken("LB")).contains(PowerFlag.LOW_BATTERY);
        assertThat(PowerFlag.ofNutToken("OVER")).contains(PowerFlag.OVERLOADED);
        assertThat(PowerFlag.ofNutToken("OVERX")).isEmpty();
        assertThat(PowerFlag.ofNutToken("OFF")).isEmpty();
    }
}

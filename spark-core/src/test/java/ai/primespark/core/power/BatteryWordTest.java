package ai.primespark.core.power;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.power.BatteryState;
import ai.primespark.power.PowerReading;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatteryWordTest {

    private final BatteryWord words = BatteryWord.of(Play.settings(Map.of()));

    private static PowerReading charge(double percent) {
        return Play.battery().charge(percent).build();
    }

    @ParameterizedTest
    @CsvSource({
        "UNKNOWN, 21, NORMAL",
        "NORMAL, 20, LOW",
        "LOW, 29.9, LOW", // not before ten points above
        "LOW, 30.1, NORMAL",
        "LOW, 10, CRITICAL",
        "CRITICAL, 19, CRITICAL",
        "CRITICAL, 21, LOW",
        "CRITICAL, 99, FULL",
        "HIGH, 95, HIGH",
        "HIGH, 97, FULL",
        "FULL, 95, FULL",
        "FULL, 94, HIGH",
        "NORMAL, 61, NORMAL",
        "NORMAL, 62, HIGH",
        "HIGH, 59, NORMAL"
    })
    void aWordIsLeftUpwardsOnlyWithADistance(BatteryState before, double percent, BatteryState expected) {
        assertThat(words.of(before, charge(percent))).isEqualTo(expected);
    }

    @Test
    void anUnknownChargeIsUnknownWhateverWasBefore() {
        assertThat(words.of(BatteryState.CRITICAL, Play.battery().build())).isEqualTo(BatteryState.UNKNOWN);
    }

    @Test
    void littleTimeIsLowHoweverHighTheCharge() {
        PowerReading hardly =
                Play.battery().charge(90).runtime(Duration.ofMinutes(10), false).build();
        assertThat(words.of(BatteryState.HIGH, hardly)).isEqualTo(BatteryState.LOW);
        PowerReading onMains =
                Play.mains().charge(90).runtime(Duration.ofMinutes(10), false).build();
        assertThat(words.of(BatteryState.HIGH, onMains)).isEqualTo(BatteryState.HIGH);
    }

    @Test
    void thresholdsAreConfigurable() {
        BatteryWord own = BatteryWord.of(Play.settings(Map.of("charge.full", 80, "charge.high", 50, "charge.low", 40)));
        assertThat(own.of(BatteryState.UNKNOWN, charge(81))).isEqualTo(BatteryState.FULL);
        assertThat(own.of(BatteryState.UNKNOWN, charge(51))).isEqualTo(BatteryState.HIGH);
        assertThat(own.of(BatteryState.UNKNOWN, charge(40))).isEqualTo(BatteryState.LOW);
    }
}

package ai.primespark.core.power;

import static ai.primespark.core.power.Play.battery;
import static ai.primespark.core.power.Play.mains;
import static ai.primespark.core.power.Play.supply;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.power.PowerSupply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What several sources mean together. */
class MergeTest {

    /** A letter a source: Mains, Battery, Low on battery, Forced shutdown, Off, Unknown, Calibrating; lower case when lost. */
    private static List<PowerReading> readings(String letters) {
        List<PowerReading> all = new ArrayList<>();
        for (int i = 0; i < letters.length(); i++) {
            char letter = letters.charAt(i);
            PowerReading said = switch (Character.toUpperCase(letter)) {
                case 'M' -> supply(PowerSupply.MAINS);
                case 'B' -> supply(PowerSupply.BATTERY);
                case 'L' -> supply(PowerSupply.BATTERY, PowerFlag.LOW_BATTERY);
                case 'F' -> supply(PowerSupply.BATTERY, PowerFlag.FORCED_SHUTDOWN);
                case 'O' -> supply(PowerSupply.OFF);
                case 'C' -> supply(PowerSupply.BATTERY, PowerFlag.CALIBRATING);
                default -> supply(PowerSupply.UNKNOWN);
            };
            all.add(said.toBuilder("ups" + i, said.supply(), Play.WALL)
                    .quality(Character.isLowerCase(letter) ? Quality.LOST : Quality.FRESH)
                    .build());
        }
        return all;
    }

    @ParameterizedTest
    @CsvSource({
        "WORST, 1, MBM, ups1",
        "WORST, 1, MBL, ups2",
        "WORST, 1, BLF, ups2",
        "WORST, 1, MU, ups0", // who knows nothing abstains
        "WORST, 1, Mm, ups0", // and so does who is lost and last spoke of mains
        "WORST, 1, Mb, ups1", // a silent UPS that was on battery does not
        "WORST, 1, Bb, ups1",
        "WORST, 1, CB, ups1",
        "WORST, 1, um, ups0",
        "ANY, 1, MBF, ups0",
        "ANY, 1, BLM, ups2",
        "ANY, 1, LB, ups1",
        "ANY, 1, UB, ups1",
        "ANY, 1, BmL, ups0",
        "QUORUM, 1, MBB, ups0",
        "QUORUM, 2, MBM, ups0",
        "QUORUM, 2, MBL, ups1",
        "QUORUM, 3, MBL, ups2",
        "QUORUM, 2, MmB, ups2",
        "QUORUM, 2, M, ups0"
    })
    void theSourceThatCountsIsAsDangerousAsTheRuleAllows(MergeRule rule, int needed, String said, String expected) {
        assertThat(new Merge(rule, needed).of(readings(said)).source()).isEqualTo(expected);
    }

    @Test
    void ofTwoOnBatteryTheOneWithLessTimeIsTheWorse() {
        PowerReading longer =
                battery().runtime(Duration.ofMinutes(9), false).charge(10).build();
        PowerReading shorter =
                battery().runtime(Duration.ofMinutes(8), false).charge(90).build();
        PowerReading unsure = battery().charge(90).build();

        assertThat(new Merge(MergeRule.WORST, 1).of(List.of(unsure, longer, shorter)))
                .isSameAs(shorter);
        assertThat(new Merge(MergeRule.ANY, 1).of(List.of(shorter, longer, unsure)))
                .isSameAs(unsure);
    }

    @Test
    void wattsComeFromTheFirstWhoHasFreshOnes() {
        PowerReading dumb = battery().build();
        PowerReading old = mains().watts(7, false).quality(Quality.STALE).build();
        PowerReading meter = mains().watts(42, true).build();

        PowerReading merged = new Merge(MergeRule.WORST, 1).of(List.of(old, dumb, meter));
        assertThat(merged.supply()).isEqualTo(PowerSupply.BATTERY);
        assertThat(merged.watts()).hasValue(42);
        assertThat(merged.wattsEstimated()).isTrue();
    }

    @Test
    void oneOfTwoRedundantSuppliesMayFailWithoutAnyConsequence() {
        Play redundant = new Play(Map.of("merge", "any"), 2);
        for (int i = 0; i < 60; i++) {
            redundant
                    .says(0, supply(PowerSupply.BATTERY, PowerFlag.LOW_BATTERY))
                    .says(1, supply(PowerSupply.MAINS));
            redundant.passes(Duration.ofSeconds(2));
        }
        assertThat(redundant.changes).isEmpty();

        redundant.says(1, supply(PowerSupply.BATTERY, PowerFlag.LOW_BATTERY));
        assertThat(redundant.profile()).isEqualTo(PowerProfile.CRITICAL);
    }
}

package ai.primespark.core.power;

import static ai.primespark.core.power.Play.battery;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much time there is to get ready, when the machine itself decides that it is time. */
class DrainBudgetTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static Duration seconds(double count) {
        return Duration.ofMillis(Math.round(count * 1_000));
    }

    @Test
    void whatTheTimeLeftCallsForHasTheWholeLimit() {
        Play play = Play.usual();
        for (int left = 70; play.profile() != PowerProfile.SHUTDOWN && left > 0; left -= 2) {
            play.says(battery().charge(50).runtime(seconds(left), false).build())
                    .passes(seconds(2));
        }
        assertThat(play.lastRule()).isEqualTo("runtime-shutdown");
        assertThat(play.drainBudget()).isEqualTo(LIMIT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1 min", "0 s"}) // with the latter the charge alone decides
    void whatTheChargeCallsForHasTheTimeDownToNothing(String runtimeShutdown) {
        Play play = new Play(Map.of("runtime.shutdown", runtimeShutdown), 1);
        for (double charge = 12; play.profile() != PowerProfile.SHUTDOWN && charge > 0; charge -= 2 / 60.0) {
            PowerReading.Builder reading = battery().charge(Math.ceil(charge));
            play.says(reading.runtime(Duration.ofMinutes(6), false).build()).passes(seconds(2));
        }
        assertThat(play.profile()).isEqualTo(PowerProfile.SHUTDOWN);
        assertThat(play.reading().runtime().orElseThrow())
                .as("what is shown is the time until the shutdown")
                .isLessThan(seconds(61));
        assertThat(play.drainBudget()).isEqualTo(LIMIT);
    }

    @Test
    void aBatteryThatFallsFastShortensItEvenIfNoUpsSaysSo() {
        Play play = Play.usual();
        for (double charge = 25; play.profile() != PowerProfile.SHUTDOWN && charge > 0; charge -= 0.5) {
            play.says(battery().charge(charge).build()).passes(seconds(2));
        }
        assertThat(play.reading().chargePercent()).hasValue(9.5);
        assertThat(play.drainBudget()).as("half of the 38 s until it is empty").isBetween(seconds(18.9), seconds(19.1));
    }

    @Test
    void theMarginIsHalfOfWhatIsLeftAtMost() {
        DrainBudget budget = new DrainBudget(LIMIT, seconds(20), seconds(5));
        assertThat(budget.of(Optional.of(seconds(45)), List.of(), seconds(5))).isEqualTo(seconds(25));
        assertThat(budget.of(Optional.of(seconds(40)), List.of(), seconds(5))).isEqualTo(seconds(20));
        assertThat(budget.of(Optional.of(seconds(10)), List.of(), seconds(5))).isEqualTo(seconds(5));
        assertThat(budget.of(Optional.of(Duration.ZERO), List.of(), seconds(5))).isEqualTo(seconds(1));
        assertThat(budget.of(Optional.empty(), List.of(), seconds(5))).isEqualTo(LIMIT);
    }

    @Test
    void anOrderMayHaveStoodForAsLongAsSourcesAreNotRead() {
        DrainBudget budget = new DrainBudget(LIMIT, seconds(20), seconds(5));
        List<Duration> hostSync = List.of(seconds(15));
        assertThat(budget.of(Optional.empty(), hostSync, seconds(5)))
                .as("seen after 5 s, told of after 12 s")
                .isEqualTo(seconds(7));
        assertThat(budget.of(Optional.empty(), hostSync, seconds(2))).isEqualTo(seconds(10));
        budget.requireTime("rack", seconds(15));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> budget.requireTime("rack", seconds(8)))
                .withMessageContaining("poll-interval is 5000 ms, but source 'rack' waits only 8000 ms");
    }
}

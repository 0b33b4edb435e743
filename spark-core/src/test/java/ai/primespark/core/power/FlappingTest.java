package ai.primespark.core.power;

import static ai.primespark.core.power.Play.battery;
import static ai.primespark.core.power.Play.mains;
import static ai.primespark.core.power.Play.supply;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** However wildly a source behaves, the profile does not. */
class FlappingTest {

    private static final Duration WINDOW = Duration.ofMinutes(10);
    private static final Duration RECOVER = Duration.ofSeconds(30);
    private static final int MOST = 6;
    private static final int SEEDS = Boolean.getBoolean("spark.exhaustive") ? 5_000 : 150;

    static IntStream rhythms() { // changes of the supply a minute
        return IntStream.of(1, 2, 3, 10, 20, 100, 600);
    }

    static LongStream seeds() {
        return LongStream.range(0, SEEDS);
    }

    @ParameterizedTest
    @MethodSource("rhythms")
    void aSourceThatFlapsCausesNoMoreThanTheConfiguredChanges(int aMinute) {
        for (Map<String, Object> settings :
                List.<Map<String, Object>>of(Map.of(), Map.of("on-battery-delay", "0 s", "recover-delay", "0 s"))) {
            Play play = new Play(settings, 1);
            long half = 60_000L / aMinute;
            for (int i = 0; i < 30 * aMinute; i++) { // half an hour
                play.says(i % 2 == 0 ? battery().build() : mains().build()).passes(Duration.ofMillis(half));
            }
            assertThat(mostWithinTheWindow(play)).isLessThanOrEqualTo(MOST);
        }
    }

    @Test
    void afterTooManyChangesItStaysInTheSaferStateSaysSoAndRecoversByItself() {
        Play play = new Play(Map.of("on-battery-delay", "0 s", "recover-delay", "0 s"), 1);
        for (int i = 0; i < 100; i++) { // 100 a minute
            play.says(i % 2 == 0 ? battery().build() : mains().build()).passes(Duration.ofMillis(600));
        }
        assertThat(play.changes).hasSize(MOST - 1); // one is kept for the way further down
        assertThat(play.profile()).isEqualTo(PowerProfile.SAVING);
        assertThat(play.state().flapping()).isTrue();

        play.says(supply(PowerSupply.BATTERY, PowerFlag.LOW_BATTERY));
        assertThat(play.profile()).as("nothing holds up the way down").isEqualTo(PowerProfile.CRITICAL);

        play.keepsSaying(mains().build(), WINDOW);
        assertThat(play.profile()).isEqualTo(PowerProfile.FULL);
        assertThat(play.state().flapping()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whateverASourceSaysTheRulesHold(long seed) {
        Random random = new Random(seed);
        Play play = new Play(Map.of(), 1);
        int before = 0;
        for (int i = 0; i < 2_000; i++) {
            PowerReading said = random(random);
            play.says(said);
            if (said.flags().contains(PowerFlag.FORCED_SHUTDOWN)) {
                assertThat(play.profile()).isEqualTo(PowerProfile.SHUTDOWN);
            } else if (said.supply() == PowerSupply.BATTERY
                    && said.flags().contains(PowerFlag.LOW_BATTERY)
                    && !said.flags().contains(PowerFlag.CALIBRATING)
                    && said.quality() == PowerReading.Quality.FRESH) {
                assertThat(play.profile()).isGreaterThanOrEqualTo(PowerProfile.CRITICAL);
            }
            play.passes(Duration.ofMillis(random.nextInt(10) == 0 ? random.nextInt(40_000) : random.nextInt(4_000)));
            assertThat(play.changes.size() - before).isLessThanOrEqualTo(3);
            before = play.changes.size();
        }
        noWayUpIsFasterThanItsDwell(play);
        assertThat(mostWithinTheWindow(play)).isLessThanOrEqualTo(MOST + 2); // two more steps down from saving
    }

    /** Mostly what was said before, so that dwells are reached. */
    private static PowerReading random(Random random) {
        int kind = random.nextInt(40);
        PowerSupply supply = kind < 18 ? PowerSupply.MAINS : kind < 36 ? PowerSupply.BATTERY : supplyOf(random);
        EnumSet<PowerFlag> flags = EnumSet.noneOf(PowerFlag.class);
        for (PowerFlag flag : PowerFlag.values()) {
            if (random.nextInt(flag == PowerFlag.FORCED_SHUTDOWN ? 400 : 60) == 0) {
                flags.add(flag);
            }
        }
        PowerReading.Builder reading =
                PowerReading.builder("x", supply, Play.WALL).flags(flags);
        if (random.nextBoolean()) {
            reading.charge(random.nextInt(101));
        }
        if (random.nextInt(3) == 0) {
            reading.runtime(Duration.ofSeconds(random.nextInt(2_000)), false);
        }
        return random.nextInt(20) == 0
                ? reading.quality(PowerReading.Quality.STALE).build()
                : reading.build();
    }

    private static PowerSupply supplyOf(Random random) {
        List<PowerSupply> all = List.of(PowerSupply.values());
        return all.get(random.nextInt(all.size()));
    }

    private static void noWayUpIsFasterThanItsDwell(Play play) {
        for (int i = 1; i < play.changes.size(); i++) {
            Play.Changed change = play.changes.get(i);
            if (change.to().compareTo(change.from()) < 0) {
                Duration since = change.at().minus(play.changes.get(i - 1).at());
                assertThat(since).as("%s", change).isGreaterThanOrEqualTo(RECOVER);
            }
        }
    }

    private static int mostWithinTheWindow(Play play) {
        int most = 0;
        for (int i = 0; i < play.changes.size(); i++) {
            Duration from = play.changes.get(i).at();
            int count = 0;
            for (Play.Changed change : play.changes) {
                Duration after = change.at().minus(from);
                count += !after.isNegative() && after.compareTo(WINDOW) < 0 ? 1 : 0;
            }
            most = Math.max(most, count);
        }
        return most;
    }
}

package ai.primespark.core.llm.energy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.primespark.core.llm.energy.EnergyMeter.Measured;
import ai.primespark.core.llm.energy.EnergyMeter.Span;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Joules as computed by hand. The source is read every two seconds unless a test says otherwise. */
class EnergyMeterTest {

    private static final Offset<Double> EXACT = within(1e-6);

    private final ScriptedWatts watts = new ScriptedWatts();
    private final EnergyMeter meter = watts.meter;

    private static Measured known(@Nullable Measured measured) {
        return Objects.requireNonNull(measured, "nothing was measured");
    }

    @Test
    void whatIsAboveIdleOverTheTimeOfTheCallIsItsEnergy() {
        watts.idleAt(4);
        Span span = meter.begin();
        watts.then(9, 9, 9, 4); // 2 s rising, 4 s at 9 W, 2 s falling

        Measured measured = known(meter.end(span));
        assertThat(measured.joules()).isCloseTo(5 + 5 * 4 + 5, EXACT);
        assertThat(measured.shared()).isFalse();
        assertThat(measured.estimated()).isFalse();
    }

    @Test
    void theEndsOfACallLieBetweenReadings() {
        watts.idleAt(4);
        watts.pass(Duration.ofSeconds(1));
        Span span = meter.begin();
        watts.pass(Duration.ofSeconds(1));
        watts.read(9, false); // rose from 4: 6.5 W when the call began
        watts.then(9);
        watts.pass(Duration.ofSeconds(1)); // stays at 9 W as far as is known

        double rising = (2.5 + 5) / 2 * 1;
        assertThat(known(meter.end(span)).joules()).isCloseTo(rising + 5 * 2 + 5, EXACT);
    }

    @Test
    void twoCallsAtOnceShareWhatIsDrawnMeanwhile() {
        watts.idleAt(4);
        watts.then(9, 9); // another program
        Span first = meter.begin();
        watts.then(9);
        Span second = meter.begin();
        watts.then(9, 9);
        Measured firsts = known(meter.end(first));
        watts.then(9);
        Measured seconds = known(meter.end(second));

        assertThat(firsts.joules()).isCloseTo(5 * 2 + 5 * 4 / 2.0, EXACT);
        assertThat(seconds.joules()).isCloseTo(5 * 4 / 2.0 + 5 * 2, EXACT);
        assertThat(firsts.shared()).isTrue();
        assertThat(seconds.shared()).isTrue();

        Span alone = meter.begin();
        watts.then(9, 9);
        Measured alones = known(meter.end(alone));
        assertThat(alones.joules()).isCloseTo(20, EXACT);
        assertThat(alones.shared()).isFalse();
    }

    @Test
    void whatManyCallsGetTogetherIsWhatWasDrawn() {
        watts.idleAt(4);
        Span[] spans = new Span[4];
        for (int i = 0; i < spans.length; i++) {
            spans[i] = meter.begin();
            watts.then(4 + 3 * i, 6);
        }
        double sum = 0;
        double[] drawn = {0, 2, 3, 2, 6, 2, 9, 2}; // above idle
        double expected = 0;
        double before = 0;
        for (double now : drawn) {
            expected += (before + now) / 2 * 2;
            before = now;
        }
        for (Span span : spans) {
            sum += known(meter.end(span)).joules();
        }
        assertThat(sum).isCloseTo(expected, EXACT);
    }

    @Test
    void withoutASourceThatReportsWattsNothingIsMeasured() {
        Span none = meter.begin();
        assertThat(none).isNull();
        meter.look();
        assertThat(meter.end(none)).isNull();

        watts.read(PowerReading.builder("gauge", PowerSupply.BATTERY, watts.clock.instant())
                .charge(80)
                .build());
        assertThat(meter.begin()).isNull();
    }

    @Test
    void untilTheIdleDrawIsKnownNothingIsMeasured() {
        watts.then(4, 4);
        Span span = meter.begin();
        watts.then(9, 9, 9);
        assertThat(meter.end(span)).isNull();

        watts.pass(EnergyMeter.COOLING); // the machine must have rested before it is taken to be idle
        watts.then(4, 4, 4, 4);
        Span next = meter.begin();
        watts.then(9, 9);
        assertThat(known(meter.end(next)).joules()).isCloseTo(5 + 10, EXACT);
    }

    @Test
    void whatIsDrawnShortlyAfterACallIsNotIdle() {
        watts.idleAt(4);
        for (int i = 0; i < 50; i++) {
            Span span = meter.begin();
            watts.then(9, 9);
            assertThat(meter.end(span)).isNotNull();
            watts.then(7, 7, 7, 7); // fans go on for less than ten seconds
        }
        Span last = meter.begin();
        watts.then(7, 7);
        assertThat(known(meter.end(last)).joules()).isCloseTo(3 * 4, EXACT);
    }

    @Test
    void otherProgramsNowAndThenDoNotRaiseTheIdleDraw() {
        for (int i = 0; i < 30; i++) {
            watts.then(4, 12, 4);
        }
        watts.then(9);
        Span span = meter.begin();
        watts.then(9, 9);

        assertThat(known(meter.end(span)).joules()).isCloseTo(20, EXACT);
    }

    @Test
    void aCallShorterThanTheIntervalOfReadingsHasNoEnergy() {
        watts.idleAt(4);
        Span span = meter.begin();
        watts.then(9);
        watts.pass(Duration.ofSeconds(1));

        assertThat(meter.end(span)).isNull();
    }

    @Test
    void aCallDuringWhichReadingsStayedAwayHasNoEnergy() {
        watts.idleAt(4);
        Span span = meter.begin();
        watts.then(9, 9);
        watts.pass(EnergyMeter.LONGEST_GAP.plusSeconds(1));
        assertThat(meter.end(span)).as("at its end").isNull();

        watts.then(4, 4);
        Span other = meter.begin();
        watts.then(9, 9);
        watts.pass(EnergyMeter.LONGEST_GAP.plusSeconds(1));
        watts.then(9, 9, 9);
        assertThat(meter.end(other)).as("in its middle").isNull();
    }

    @Test
    void staleReadingsCountAsNone() {
        watts.idleAt(4);
        Span span = meter.begin();
        watts.then(9, 9);
        watts.pass(Duration.ofSeconds(2));
        watts.read(PowerReading.builder("ups", PowerSupply.MAINS, watts.clock.instant())
                .watts(9, false)
                .quality(PowerReading.Quality.STALE)
                .build());
        watts.then(9, 9);

        assertThat(meter.end(span)).isNull();
    }

    @Test
    void computedWattsAreMarked() {
        watts.idleAt(4);
        Span span = meter.begin();
        watts.then(9);
        watts.pass(Duration.ofSeconds(2));
        watts.read(9, true);
        watts.then(9);
        assertThat(known(meter.end(span)).estimated()).isTrue();

        watts.then(9, 9);
        Span later = meter.begin();
        watts.then(9, 9);
        assertThat(known(meter.end(later)).estimated()).isFalse();
    }

    @Test
    void aMachineThatDrawsLessThanIdleGivesNoNegativeEnergy() {
        watts.idleAt(4);
        Span span = meter.begin();
        watts.then(3, 3, 3);

        assertThat(known(meter.end(span)).joules()).isZero();
    }

    @Test
    void aReadingThatIsSeenLateCountsFromWhenItWasMade() {
        watts.idleAt(4);
        Span span = meter.begin();
        watts.then(9);
        PowerReading made = PowerReading.builder(
                        "ups", PowerSupply.MAINS, watts.clock.instant().plusSeconds(2))
                .watts(13, false)
                .build();
        watts.pass(Duration.ofSeconds(3)); // looked at a second after it was made
        watts.read(made);

        double before = 5 + (5 + 9) / 2.0 * 2;
        assertThat(known(meter.end(span)).joules()).isCloseTo(before + 9 * 1, EXACT);
    }

    @Test
    void aWallClockThatJumpsChangesNothing() {
        watts.idleAt(4);
        Span span = meter.begin();
        watts.then(9);
        for (int days : new int[] {-400, 4_000}) {
            watts.pass(Duration.ofSeconds(2));
            PowerReading made = PowerReading.builder("ups", PowerSupply.MAINS, watts.clock.instant())
                    .watts(9, false)
                    .build();
            watts.clock.advance(Duration.ofDays(days)); // between being made and being looked at
            watts.read(made);
        }

        assertThat(known(meter.end(span)).joules()).isCloseTo(5 + 10 + 10, EXACT);
    }

    @Test
    void aSecondEndGivesNothingAndTakesNothing() {
        watts.idleAt(4);
        Span first = meter.begin();
        Span second = meter.begin();
        watts.then(9, 9);
        assertThat(meter.end(first)).isNotNull();
        assertThat(meter.end(first)).isNull();
        watts.then(9);

        assertThat(known(meter.end(second)).joules()).isCloseTo((5 + 10) / 2.0 + 10, EXACT);
    }

    /** Keeps what it is to do later for the test. */
    private static final class Later extends ScheduledThreadPoolExecutor {

        final Deque<Runnable> work = new ArrayDeque<>();
        Duration delay = Duration.ZERO;

        Later() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long after, TimeUnit unit) {
            work.add(task);
            delay = Duration.ofNanos(unit.toNanos(after));
            return super.schedule(() -> {}, 1, TimeUnit.DAYS);
        }

        void run() {
            work.remove().run();
        }
    }

    @Test
    void itLooksFromTheFirstCallOnAndGivesUpWhenThereAreNoWatts() {
        Later later = new Later();
        meter.start(later);
        assertThat(later.work).isEmpty();
        assertThat(meter.end(meter.begin())).isNull();
        assertThat(meter.end(meter.begin())).isNull();
        assertThat(later.work).hasSize(1);
        assertThat(later.delay).isEqualTo(EnergyMeter.LOOK_SELDOM);

        watts.pass(Duration.ofSeconds(5));
        later.run();
        assertThat(later.work).hasSize(1);
        watts.pass(EnergyMeter.PATIENCE);
        later.run();
        assertThat(later.work).as("nobody asks, and there is nothing to see").isEmpty();

        watts.read(4, false);
        assertThat(meter.end(meter.begin())).isNull();
        assertThat(later.delay).isEqualTo(EnergyMeter.LOOK_EVERY);
        watts.pass(Duration.ofSeconds(2));
        watts.read(4, false);
        watts.pass(Duration.ofSeconds(10));
        watts.read(4, false);
        watts.pass(EnergyMeter.PATIENCE.dividedBy(6));
        later.run();
        assertThat(later.work)
                .as("while there are watts, the idle draw is learned")
                .hasSize(1);
        meter.close();
        later.run();
        assertThat(later.work).isEmpty();
        later.shutdownNow();
    }
}

package ai.primespark.core.power;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.power.PowerProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SpreadResumeTest {

    private final List<PowerProfile> heard = new ArrayList<>();
    private final List<Long> waits = new ArrayList<>();
    private final List<Runnable> planned = new ArrayList<>();

    private final ScheduledThreadPoolExecutor byHand = new ScheduledThreadPoolExecutor(1) {
        @Override
        public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
            waits.add(unit.toNanos(delay));
            planned.add(command);
            return super.schedule((Callable<?>) () -> null, 1, TimeUnit.HOURS);
        }
    };

    private final SpreadResume spread = new SpreadResume(heard::add, Duration.ofSeconds(10), byHand);

    @AfterEach
    void stop() {
        byHand.shutdownNow();
    }

    @Test
    void savingIsFollowedAtOnceAndFullPowerAfterAWhile() {
        spread.accept(PowerProfile.SAVING);
        spread.accept(PowerProfile.CRITICAL);
        spread.accept(PowerProfile.FULL);
        assertThat(heard).containsExactly(PowerProfile.SAVING, PowerProfile.CRITICAL);

        planned.get(0).run();
        assertThat(heard).endsWith(PowerProfile.FULL).hasSize(3);
    }

    @Test
    void afterALongOutageTheBatteryThatChargesIsNotTheMomentAtWhichAllBegin() {
        spread.accept(PowerProfile.CRITICAL);
        spread.accept(PowerProfile.SAVING); // recharging: what was paused may be sent in batches
        assertThat(heard).containsExactly(PowerProfile.CRITICAL);
        assertThat(waits).hasSize(1);

        planned.get(0).run();
        assertThat(heard).containsExactly(PowerProfile.CRITICAL, PowerProfile.SAVING);

        spread.accept(PowerProfile.FULL);
        planned.get(1).run();
        assertThat(heard).endsWith(PowerProfile.FULL).hasSize(3);
    }

    @Test
    void aStepThatIsOutOfDateIsNotTakenInsteadOfTheNext() {
        spread.accept(PowerProfile.CRITICAL);
        spread.accept(PowerProfile.SAVING);
        spread.accept(PowerProfile.FULL);
        planned.get(0).run(); // it could not be stopped any more
        planned.get(1).run();

        assertThat(heard).containsExactly(PowerProfile.CRITICAL, PowerProfile.FULL);
    }

    @Test
    void theNextOutageCancelsWhatWasPlanned() {
        spread.accept(PowerProfile.SAVING);
        spread.accept(PowerProfile.FULL);
        spread.accept(PowerProfile.SAVING);
        planned.get(0).run(); // it could not be stopped any more

        assertThat(heard).containsExactly(PowerProfile.SAVING, PowerProfile.SAVING);
    }

    @Test
    void manyMachinesDoNotBeginAtOnce() {
        for (int i = 0; i < 200; i++) {
            spread.accept(PowerProfile.SAVING);
            spread.accept(PowerProfile.FULL);
        }
        assertThat(waits).hasSize(200).allMatch(wait -> wait >= 0 && wait <= 10_000_000_000L);
        for (long from = 0; from < 10; from += 2) { // in each fifth of the time there are some
            long begin = from * 1_000_000_000L;
            assertThat(waits).anyMatch(wait -> wait >= begin && wait < begin + 2_000_000_000L);
        }
    }
}

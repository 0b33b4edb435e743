package ai.primespark.core.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.health.HealthProbe;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class VitalsTest {

    private final AtomicLong now = new AtomicLong(5);
    private final Vitals vitals = new Vitals(Duration.ofSeconds(10), now::get);

    @Test
    void aTimerThatIsLateIsAliveAndOneThatStandsStillIsNot() {
        now.addAndGet(Duration.ofSeconds(60).toNanos());
        assertThat(vitals.probe()).isEqualTo(new HealthProbe(true, "alive"));
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(vitals.probe()).isEqualTo(new HealthProbe(false, "the instance's timer has not run for 61 s"));
        vitals.beat(Runnable::run);
        assertThat(vitals.probe().passed()).isTrue();
    }

    /** The JVM may find one while a lock is handed over. A new start for that would be an outage for nothing. */
    @Test
    void threadsThatOnlyLookDeadlockedOnceAreNot() {
        AtomicReference<long[]> found = new AtomicReference<>();
        Vitals looking = new Vitals(Duration.ofSeconds(10), now::get, found::get);
        long[] mine = {Thread.currentThread().getId()};
        for (int i = 0; i < 3; i++) {
            found.set(mine);
            looking.beat(Runnable::run);
            assertThat(looking.probe().passed()).isTrue();
            found.set(null);
            looking.beat(Runnable::run);
            assertThat(looking.probe().passed()).isTrue();
        }
        found.set(mine);
        looking.beat(Runnable::run);
        looking.beat(Runnable::run);
        assertThat(looking.probe().message())
                .isEqualTo("these threads wait for each other for ever: "
                        + Thread.currentThread().getName());
    }

    @Test
    void aLookThatGetsNoThreadIsTriedAgain() {
        vitals.beat(look -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
        AtomicInteger looks = new AtomicInteger();
        vitals.beat(look -> looks.incrementAndGet());
        assertThat(looks).hasValue(1);
    }

    @Test
    void threadsThatWaitForEachOtherForEverAreFoundByName() throws Exception {
        ReentrantLock one = new ReentrantLock();
        ReentrantLock other = new ReentrantLock();
        CountDownLatch bothHold = new CountDownLatch(2);
        Thread first = deadlocked("first-of-two", one, other, bothHold);
        Thread second = deadlocked("second-of-two", other, one, bothHold);
        try {
            await().until(() -> {
                vitals.beat(Runnable::run);
                return vitals.probe()
                        .equals(new HealthProbe(
                                false, "these threads wait for each other for ever: first-of-two, second-of-two"));
            });
        } finally {
            first.interrupt();
            second.interrupt();
            first.join();
            second.join();
        }
        vitals.beat(Runnable::run);
        assertThat(vitals.probe().passed()).isTrue();
    }

    private static Thread deadlocked(String name, ReentrantLock held, ReentrantLock wanted, CountDownLatch bothHold) {
        Thread thread = new Thread(
                () -> {
                    held.lock();
                    try {
                        bothHold.countDown();
                        bothHold.await();
                        wanted.lockInterruptibly();
                        wanted.unlock();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt(); // the end of the test
                    } finally {
                        held.unlock();
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}

package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Version;
import ai.primespark.testkit.MutableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class HybridClockTest {

    private final MutableClock wall = new MutableClock();
    private final HybridClock clock = new HybridClock(wall, "here");

    @Test
    void stampsCarryTheWallClocksTimeAndTheNode() {
        Version stamp = clock.tick();
        assertThat(stamp.millis()).isEqualTo(wall.millis());
        assertThat(stamp.node()).isEqualTo("here");
    }

    @Test
    void stampsGrowWhateverTheWallClockAndOtherNodesDo() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Version> seen = new ArrayList<>();
        Version last = clock.tick();
        for (int step = 0; step < 20_000; step++) {
            switch (random.nextInt(4)) {
                case 0 -> wall.advance(Duration.ofMillis(random.nextInt(2_000) - 1_000)); // also back
                case 1 -> {
                    Version other = Version.of(
                            Math.max(0, wall.millis() + random.nextInt(600_000) - 300_000),
                            random.nextInt(65_536),
                            "there");
                    if (clock.observe(other)) {
                        seen.add(other);
                    }
                }
                default -> {
                    Version stamp = clock.tick();
                    assertThat(stamp.isNewerThan(last))
                            .as("seed %s step %s", seed, step)
                            .isTrue();
                    for (Version other : seen) {
                        assertThat(stamp.isNewerThan(other))
                                .as("seed %s step %s", seed, step)
                                .isTrue();
                    }
                    seen.clear();
                    last = stamp;
                }
            }
        }
    }

    @Test
    void stampsOfManyThreadsAreAllDifferentAndGrowInEach() throws InterruptedException {
        ConcurrentLinkedQueue<Version> all = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                Version last = null;
                try {
                    start.await();
                } catch (InterruptedException e) {
                    faults.add("interrupted");
                }
                for (int n = 0; n < 30_000; n++) { // more than a counter holds
                    Version stamp = clock.tick();
                    if (last != null && !stamp.isNewerThan(last)) {
                        faults.add(last + " then " + stamp);
                    }
                    last = stamp;
                    all.add(stamp);
                }
            });
            thread.start();
            threads.add(thread);
        }
        start.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(faults).isEmpty();
        assertThat(all.stream().distinct()).hasSize(120_000);
    }

    @Test
    void versionsOfOthersFarAheadAreNotFollowed() {
        Version wild = Version.of(wall.millis() + Duration.ofMinutes(6).toMillis(), 0, "there");
        assertThat(clock.observe(wild)).isFalse();
        assertThat(wild.isNewerThan(clock.tick())).isTrue();
        Version near = Version.of(wall.millis() + Duration.ofMinutes(4).toMillis(), 0, "there");
        assertThat(clock.observe(near)).isTrue();
        assertThat(clock.tick().isNewerThan(near)).isTrue();
    }

    @Test
    void ownVersionsAreFollowedAfterAStartInThePast() {
        Version own = Version.of(wall.millis() + Duration.ofDays(900).toMillis(), 7, "here");
        assertThat(clock.observe(own)).isTrue();
        assertThat(clock.tick().isNewerThan(own)).isTrue();
    }
}

package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Meters;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.FlakyTier;
import ai.primespark.testkit.InMemoryTier;
import ai.primespark.testkit.TestContext;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What memory does while power is short, and before it goes. */
@Timeout(60)
class SparingMemoryTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void nothingIsBroughtNearAheadWhilePowerIsShortExceptWhatIsUrgent() {
        try (Lives lives = new Lives()) {
            lives.cold();
            Memory memory = lives.memory();
            Memory urgent = memory.namespace("alarm", NamespaceOptions.DEFAULT.withUrgent(true));
            memory.put("key", "value");
            urgent.put("key", "value");
            lives.engine().power(PowerProfile.SAVING, 4);

            assertThat(memory.prefetch("key")).isFalse();
            assertThat(memory.prefetchAll(List.of("key"))).isZero();
            assertThat(urgent.prefetch("key")).isTrue();
            assertThat(memory.find("key", String.class))
                    .as("whoever asks gets it")
                    .contains("value");

            lives.engine().power(PowerProfile.FULL, 1);
            assertThat(memory.prefetch("key")).isTrue();
        }
    }

    @Test
    void beforeThePowerGoesWhatIsOnlyInMemoryIsOnTheDiskAndTheCloudIsNotWaitedFor() {
        try (Lives lives = new Lives()) {
            lives.disk().cold().prepare();
            Memory memory = lives.memory();
            lives.engine().power(PowerProfile.SHUTDOWN, 4);
            memory.put("key", "value", PutOptions.ack(Ack.MEMORY));

            assertThat(lives.engine().drain(Deadline.in(LONG))).isTrue();
            assertThat(lives.stored("disk", "key")).isNotNull();
            assertThat(lives.stored("cold", "key")).isNull();
        }
    }

    @Test
    void withoutADiskItGoesToWhateverTierThereIs() {
        try (Lives lives = new Lives()) {
            lives.cold();
            Memory memory = lives.memory();
            lives.engine().power(PowerProfile.SHUTDOWN, 4);
            memory.put("key", "value", PutOptions.ack(Ack.MEMORY));
            assertThat(lives.stored("cold", "key")).isNull();

            assertThat(lives.engine().drain(Deadline.in(LONG))).isTrue();
            assertThat(lives.stored("cold", "key")).isNotNull();
        }
    }

    @Test
    void whatCannotBeMadeSafeIsSaid() {
        try (Lives lives = new Lives()) {
            lives.cold().prepare();
            lives.get("cold").fail(TierException.Kind.TRANSIENT);
            lives.engine().power(PowerProfile.SHUTDOWN, 4);
            lives.memory().put("key", "value", PutOptions.ack(Ack.MEMORY));

            assertThat(lives.engine().drain(Deadline.in(Duration.ofMillis(50)))).isFalse();
        }
    }

    @Test
    void whatWaitedIsSentWhenPowerIsBack() {
        try (Lives lives = new Lives()) {
            lives.disk().cold().prepare();
            lives.engine().power(PowerProfile.CRITICAL, 4);
            for (int i = 0; i < 300; i++) {
                lives.memory().put("key" + i, "value");
            }
            await().until(() -> lives.stored("disk", "key299") != null);
            assertThat(lives.storage("cold").records()).isEmpty();

            lives.engine().power(PowerProfile.FULL, 1);
            await().until(() -> lives.stored("cold", "key299") != null);
            await().until(() -> lives.memory().stats().tiers().get(2).pending() == 0);
        }
    }

    @Test
    void aTierThatIsDownIsProbedLessOftenWhilePowerIsShort() throws Exception {
        List<Long> pauses = new CopyOnWriteArrayList<>();
        ScheduledThreadPoolExecutor recording = new ScheduledThreadPoolExecutor(1) {
            @Override
            public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
                pauses.add(unit.toMillis(delay));
                return super.schedule((Callable<?>) () -> null, 1, TimeUnit.HOURS);
            }
        };
        try (TestContext context = TestContext.create()) {
            probes(context, recording);
        }
        assertThat(pauses).containsExactly(1_000L, 7_000L);
        recording.shutdownNow();
    }

    /** Lets two tiers go down, one on mains and one while power is short. */
    private static void probes(TestContext context, ScheduledThreadPoolExecutor recording) {
        Surroundings around = new Surroundings(
                context.clock(),
                context.blocking(),
                recording,
                Meters.discarding(),
                event -> {},
                LONG,
                LONG,
                8,
                LONG,
                LONG,
                LONG,
                false);
        for (int stretch : new int[] {1, 7}) {
            FlakyTier tier = new FlakyTier(new InMemoryTier(TierTrait.PERSISTENT));
            tier.fail(TierException.Kind.TRANSIENT);
            TierLink link = new TierLink(1, new ConfiguredTier("nas", "flaky", Zone.EDGE, tier), around);
            link.probeLess(stretch);
            for (int i = 0; i < 20 && !link.isDown(); i++) {
                try {
                    link.call(Deadline.in(LONG), own -> link.tier.get(TierKey.of("default", "key"), own));
                } catch (TierException e) {
                    assertThat(e.kind()).isEqualTo(TierException.Kind.TRANSIENT);
                }
            }
            assertThat(link.isDown()).isTrue();
        }
    }
}

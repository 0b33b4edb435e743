package ai.primespark.core.power;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ai.primespark.event.SparkEvent;
import ai.primespark.power.DrainState;
import ai.primespark.power.ManualPowerSource;
import ai.primespark.power.PowerDecision;
import ai.primespark.power.PowerException;
import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens when a UPS orders a shutdown. */
@Timeout(60)
class ShutdownTest {

    private static final PowerReading ORDERED =
            Play.battery().flags(Set.of(PowerFlag.FORCED_SHUTDOWN)).build();

    private final ManualPowerSource ups = new ManualPowerSource();
    private final List<String> done = new CopyOnWriteArrayList<>();
    private PowerRig rig;

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void agentsThenMemoryThenTheUpsThenTheEvent() {
        AtomicBoolean toldTooSoon = new AtomicBoolean();
        rig = PowerRig.over(ups).start();
        rig.engine.drains().register("memory", Drains.STORAGE, (deadline, decision) -> {
            toldTooSoon.set(ups.isDrained());
            done.add("memory");
        });
        rig.engine.drains().register("agents", Drains.WORK, (deadline, decision) -> {
            assertThat(decision.profile()).isEqualTo(PowerProfile.SHUTDOWN);
            assertThat(deadline.isOver()).isFalse();
            done.add("agents");
        });
        ups.set(ORDERED);

        SparkEvent.PowerDrained event = rig.awaitDrained();
        assertThat(done).containsExactly("agents", "memory");
        assertThat(toldTooSoon).isFalse();
        assertThat(ups.isDrained()).isTrue();
        assertThat(event.safe()).isTrue();
        assertThat(event.decision().rule()).isEqualTo("forced-shutdown");
        assertThat(event.decision().drainBudget()).contains(Duration.ofSeconds(30));
        assertThat(rig.engine.status().drain()).isEqualTo(DrainState.SAFE);
        assertThat(rig.engine.status().isSafeToCut()).isTrue();

        List<Boolean> safeOnMains = new CopyOnWriteArrayList<>();
        rig.runtime
                .events()
                .subscribe(
                        SparkEvent.PowerChanged.class,
                        change -> safeOnMains.add(rig.engine.status().isSafeToCut()));
        ups.mains();
        rig.awaitProfile(PowerProfile.FULL);
        await().until(() -> !safeOnMains.isEmpty());
        assertThat(safeOnMains).as("with the news of the mains it is over").containsOnly(false);
        assertThat(rig.engine.status().drain()).isEqualTo(DrainState.NONE);
    }

    @Test
    void whatHangsOrFailsIsLeftBehindAndNothingUntrueIsTold() {
        rig = PowerRig.over(ups).with("drain.limit", "1 s").start();
        CountDownLatch never = new CountDownLatch(1);
        rig.engine.drains().register("stuck", Drains.WORK, (deadline, decision) -> never.await());
        rig.engine.drains().register("broken", Drains.WORK + 1, (deadline, decision) -> {
            throw new IllegalStateException("a bug");
        });
        rig.engine.drains().register("memory", Drains.STORAGE, (deadline, decision) -> done.add("memory"));
        ups.set(ORDERED);

        SparkEvent.PowerDrained event = rig.awaitDrained();
        assertThat(event.safe()).isFalse();
        assertThat(event.unfinished()).containsExactly("stuck", "broken");
        assertThat(done).containsExactly("memory");
        assertThat(ups.isDrained()).isFalse();
        assertThat(rig.engine.status().drain()).isEqualTo(DrainState.INCOMPLETE);
    }

    @Test
    void mainsCallItOff() throws Exception {
        rig = PowerRig.over(ups).start();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        rig.engine.drains().register("agents", Drains.WORK, (deadline, decision) -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        rig.engine.drains().register("memory", Drains.STORAGE, (deadline, decision) -> done.add("memory"));
        ups.set(ORDERED);
        begun.await();
        assertThat(rig.engine.status().drain()).isEqualTo(DrainState.DRAINING);

        ups.mains();
        interrupted.await();
        rig.awaitProfile(PowerProfile.FULL);
        assertThat(rig.engine.status().drain()).isEqualTo(DrainState.NONE);
        assertThat(done).isEmpty();
        assertThat(ups.isDrained()).isFalse();

        ups.set(ORDERED); // and the next one is followed as the first
        rig.awaitProfile(PowerProfile.SHUTDOWN);
        await().until(() -> rig.engine.status().drain() == DrainState.DRAINING);
    }

    /** Takes all threads of the instance in the moment at which it orders a shutdown. */
    private final class Greedy implements PowerSource {

        private final CountDownLatch release = new CountDownLatch(1);
        private boolean greedy = true;

        @Override
        public PowerReading read(Deadline deadline) {
            try {
                for (int i = 0; greedy && i < 600; i++) { // virtual threads have no end
                    var unused = rig.runtime.executors().blocking().submit(() -> release.await(1, TimeUnit.MINUTES));
                }
            } catch (RejectedExecutionException e) {
                done.add("no thread is left");
            }
            greedy = false;
            return ORDERED;
        }

        @Override
        public void close() {}
    }

    @Test
    void noThreadOfTheOthersIsNeeded() {
        Greedy source = new Greedy();
        rig = PowerRig.over(source).make();
        rig.engine.drains().register("memory", Drains.STORAGE, (deadline, decision) -> done.add("memory"));
        try {
            rig.engine.start();
            SparkEvent.PowerDrained event = rig.awaitDrained();

            assertThat(event.safe()).isTrue();
            assertThat(done).contains("memory");
            if (!rig.runtime.executors().virtual()) {
                assertThat(done).contains("no thread is left");
            }
        } finally {
            source.release.countDown();
        }
    }

    /** Waits for this machine for a while, and cannot be told anything. */
    private static final class Patient implements PowerSource {

        private final Duration grace;
        private volatile PowerReading reading = Play.mains().build();

        Patient(Duration grace) {
            this.grace = grace;
        }

        @Override
        public PowerReading read(Deadline deadline) {
            return reading;
        }

        @Override
        public Optional<Duration> shutdownGrace() {
            return Optional.of(grace);
        }

        @Override
        public void drained(Deadline deadline) {
            throw new PowerException("the line is dead", true, null);
        }

        @Override
        public void close() {}
    }

    @Test
    void theUpsOwnPatienceAndTheBatteryShortenTheTime() {
        Patient patient = new Patient(Duration.ofSeconds(15));
        rig = PowerRig.over(patient).start();
        patient.reading = ORDERED;
        SparkEvent.PowerDrained event = rig.awaitDrained();
        assertThat(event.decision().drainBudget()).contains(Duration.ofMillis(11_900));
        assertThat(event.safe())
                .as("the machine is ready, even if its UPS is deaf")
                .isTrue();

        patient.reading = Play.mains().build();
        rig.awaitProfile(PowerProfile.FULL);
        patient.reading =
                ORDERED.toBuilder().runtime(Duration.ofSeconds(20), false).build();
        rig.awaitProfile(PowerProfile.SHUTDOWN);
        assertThat(decision().drainBudget()).contains(Duration.ofSeconds(10));

        patient.reading = Play.mains().build();
        rig.awaitProfile(PowerProfile.FULL);
        patient.reading =
                ORDERED.toBuilder().runtime(Duration.ofSeconds(1), false).build();
        rig.awaitProfile(PowerProfile.SHUTDOWN);
        assertThat(decision().drainBudget())
                .as("something can be done in a second")
                .contains(Duration.ofSeconds(1));
    }

    @Test
    void anOrderThatWouldBeSeenTooLateIsRefusedAtTheStart() {
        rig = PowerRig.over(new Patient(Duration.ofSeconds(15)))
                .with("poll-interval", "11 s")
                .make();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PowerRig.over(new Patient(Duration.ofSeconds(15)))
                        .with("poll-interval", "20 s")
                        .make())
                .withMessageContaining("'ups0' waits only 15000 ms");
    }

    private PowerDecision decision() {
        return rig.engine.status().lastDecision().orElseThrow();
    }
}

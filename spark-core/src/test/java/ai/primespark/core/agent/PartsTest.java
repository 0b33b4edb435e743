package ai.primespark.core.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.Priority;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskScope;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.testkit.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The parts of the engine that decide, one by one. */
class PartsTest {

    private static final AgentProfile PI = AgentProfile.builder("pi")
            .label("location", "attic")
            .capabilities("camera")
            .build();
    private static final AgentProfile PC = AgentProfile.builder("pc").build();

    private static Terms terms(PowerProfile power, Set<TaskScope> paused) {
        return new Terms(
                PI,
                Set.of("job"),
                power,
                power == PowerProfile.FULL ? Optional.empty() : Optional.of(Duration.ofSeconds(60)),
                type -> Optional.of(Duration.ofSeconds(10)),
                paused);
    }

    private static TaskLane lane(Priority priority, Requirements requirements) {
        return TaskLane.of(TaskRequest.of("job", "")
                .priority(priority)
                .requires(requirements)
                .build());
    }

    private static TaskLane preferring(String preferred) {
        return TaskLane.of(TaskRequest.of("job", "").prefer(preferred).build());
    }

    private static AgentStatus status(AgentProfile profile, int running) {
        return new AgentStatus(
                profile, AgentStatus.State.ACTIVE, running, 0, PowerProfile.FULL, Instant.EPOCH, Set.of("job"));
    }

    @Test
    void anAgentTakesWhatItsHandlersRequirementsPausesAndPowerAllow() {
        TaskLane normal = lane(Priority.NORMAL, Requirements.all("camera"));

        assertThat(terms(PowerProfile.FULL, Set.of()).refusal(normal)).isEmpty();
        assertThat(terms(PowerProfile.FULL, Set.of()).refusal(lane(Priority.LOW, Requirements.NONE)))
                .isEmpty();
        assertThat(terms(PowerProfile.FULL, Set.of())
                        .refusal(TaskLane.of(TaskRequest.of("other", "").build())))
                .hasValueSatisfying(why -> assertThat(why).contains("no handler"));
        assertThat(terms(PowerProfile.FULL, Set.of()).refusal(lane(Priority.LOW, Requirements.all("gpu"))))
                .hasValueSatisfying(why -> assertThat(why).contains("gpu"));
        assertThat(terms(PowerProfile.SAVING, Set.of()).refusal(normal)).isEmpty();
        assertThat(terms(PowerProfile.SAVING, Set.of()).refusal(lane(Priority.LOW, Requirements.NONE)))
                .isPresent();
        assertThat(terms(PowerProfile.CRITICAL, Set.of()).refusal(normal)).isPresent();
        assertThat(terms(PowerProfile.CRITICAL, Set.of()).refusal(lane(Priority.URGENT, Requirements.NONE)))
                .isEmpty();
        assertThat(terms(PowerProfile.SHUTDOWN, Set.of()).refusal(lane(Priority.URGENT, Requirements.NONE)))
                .isPresent();
    }

    @Test
    void eachPauseHoldsForItsScopeOnly() {
        TaskLane normal = lane(Priority.NORMAL, Requirements.NONE);
        for (TaskScope scope : List.of(
                new TaskScope.All(),
                new TaskScope.OfType("job"),
                new TaskScope.UpTo(Priority.NORMAL),
                new TaskScope.OnAgent("pi"))) {
            assertThat(terms(PowerProfile.FULL, Set.of(scope)).refusal(normal))
                    .as("%s", scope)
                    .isPresent();
        }
        for (TaskScope scope :
                List.of(new TaskScope.OfType("other"), new TaskScope.UpTo(Priority.LOW), new TaskScope.OnAgent("pc"))) {
            assertThat(terms(PowerProfile.FULL, Set.of(scope)).refusal(normal))
                    .as("%s", scope)
                    .isEmpty();
        }
    }

    @Test
    void anIdleAgentOnMainsDoesNotHesitateAndTheWorstHesitatesLongest() {
        assertThat(BidDelay.share(0, 0.5, PowerProfile.FULL)).isZero();
        assertThat(BidDelay.share(0.5, 0, PowerProfile.FULL)).isCloseTo(0.25, within(1e-9));
        assertThat(BidDelay.share(0, 0, PowerProfile.SAVING)).isGreaterThan(BidDelay.share(0.5, 0, PowerProfile.FULL));
        assertThat(BidDelay.share(1, 9, PowerProfile.SAVING)).isEqualTo(1);
        assertThat(BidDelay.share(0, 1, PowerProfile.FULL)).isCloseTo(0.2, within(1e-9));
    }

    @Test
    void aTaskIsLeftToWhomItPrefersForAWhile() {
        Deference pc = new Deference(PC, 100);
        TaskLane attic = preferring("location=attic");

        assertThat(pc.left(attic, List.of(), 0)).isZero();
        assertThat(pc.left(attic, List.of(status(PI, 1)), 0)).isZero(); // no room
        assertThat(pc.left(attic, List.of(status(PI, 0)), 10)).isEqualTo(100);
        assertThat(pc.left(attic, List.of(status(PI, 0)), 60)).isEqualTo(50);
        assertThat(pc.left(attic, List.of(status(PI, 0)), 110)).isZero();
        pc.claimed(Set.of(attic), 120); // the patience begins anew
        assertThat(pc.left(attic, List.of(status(PI, 0)), 150)).isEqualTo(70);
        assertThat(new Deference(PI, 100).left(attic, List.of(status(PI, 0)), 0))
                .isZero();
        assertThat(new Deference(PI, 100).left(preferring("pi"), List.of(status(PI, 0)), 0))
                .isZero();
        assertThat(pc.left(lane(Priority.LOW, Requirements.NONE), List.of(status(PI, 0)), 0))
                .isZero();
    }

    @Test
    void idsSortByTimeEvenWhenTheClockIsSetBack() {
        MutableClock clock = new MutableClock();
        TaskIds ids = new TaskIds(clock);
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            made.add(ids.next());
            if (i == 500) {
                clock.advance(Duration.ofMillis(3));
            } else if (i == 700) {
                clock.advance(Duration.ofHours(-1));
            }
        }

        assertThat(made).isSorted().doesNotHaveDuplicates();
        assertThat(new TaskEnvelope(
                                made.get(0), TaskRequest.of("job", new byte[0]).build(), "bytes")
                        .id())
                .hasSize(22);
        assertThat(new TaskIds(clock).next()).doesNotEndWith(made.get(0).substring(14));
    }

    @Test
    void whatIsUsualIsWhat95Of100DoNotExceed() {
        Durations durations = new Durations();
        for (int i = 1; i <= 4; i++) {
            durations.record(i);
        }
        assertThat(durations.p95()).isEmpty();
        for (int i = 1; i <= 64; i++) {
            durations.record(i);
        }
        assertThat(durations.p95()).hasValue(61);
    }

    @Test
    void onlyWorkThatIsOverInABlinkIsTakenInBatches() {
        Pace pace = new Pace();
        assertThat(pace.batch()).isEqualTo(1);
        for (int i = 0; i < 200; i++) {
            pace.record(10_000);
        }
        assertThat(pace.batch()).isBetween(100, 256);
        pace.record(Duration.ofSeconds(1).toNanos());
        assertThat(pace.batch()).isEqualTo(1);
    }

    @Test
    void aListenerThatIsSlowLosesTheOldestEventsAndOneThatThrowsGoesOn() {
        List<Runnable> later = new ArrayList<>();
        Executor executor = later::add;
        List<String> got = new ArrayList<>();
        AtomicInteger calls = new AtomicInteger();
        Feed feed = new Feed(
                event -> {
                    got.add(event.note());
                    if (calls.incrementAndGet() == 1) {
                        throw new IllegalStateException("a listener that fails");
                    }
                },
                executor);
        for (int i = 0; i < Feed.MAX_BACKLOG + 5; i++) {
            feed.offer(new TaskEvent("t", TaskEvent.Kind.OUTPUT, Instant.EPOCH, String.valueOf(i)));
        }
        feed.end(new TaskEvent("t", TaskEvent.Kind.ENDED, Instant.EPOCH, "end"));
        feed.offer(new TaskEvent("t", TaskEvent.Kind.OUTPUT, Instant.EPOCH, "late"));
        later.forEach(Runnable::run);

        assertThat(got).hasSize(Feed.MAX_BACKLOG).startsWith("6", "7").endsWith("end");
    }

    @Test
    void errorsAreDescribedWithWhatCausedThemAndCut() {
        Exception wrapped = new java.util.concurrent.ExecutionException(
                new IllegalStateException("no", new java.io.IOException("disk")));

        assertThat(Verdicts.describe(wrapped)).isEqualTo("IllegalStateException: no, caused by IOException: disk");
        assertThat(Verdicts.describe(new IllegalStateException("x".repeat(5_000))))
                .hasSize(1_000);
        assertThat(Verdicts.describe(new NullPointerException())).isEqualTo("NullPointerException");
    }
}

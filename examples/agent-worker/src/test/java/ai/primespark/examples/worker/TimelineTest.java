package ai.primespark.examples.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskEvent.Kind;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TimelineTest {

    private static final Instant START = Instant.parse("2026-11-25T20:00:00Z");

    private final Timeline timeline = new Timeline();

    @Test
    void theTableIsInTheOrderOfTimeAndNamesWhoHeldTheTask() {
        timeline.name("1", "any-1");
        happened(0, Kind.SUBMITTED, "");
        happened(2_000, Kind.LOST, "");
        happened(10, Kind.STARTED, "desk");
        happened(20, Kind.PROGRESS, "half");
        timeline.mark(START.plusMillis(1_000), "kill -9", "desk");
        happened(2_100, Kind.STARTED, "attic");
        happened(4_000, Kind.ENDED, "SUCCEEDED");

        assertThat(timeline.table())
                .containsExactly(
                        "TIME     TASK   EVENT      AGENT",
                        "  0.000  any-1  submitted",
                        "  0.010  any-1  started    desk",
                        "  1.000         kill -9    desk",
                        "  2.000  any-1  lost       desk",
                        "  2.100  any-1  started    attic",
                        "  4.000  any-1  succeeded  attic");
    }

    @Test
    void theFirstRowOfAKindAfterAMomentIsFound() {
        happened(10, Kind.STARTED, "desk");
        happened(1_500, Kind.STARTED, "attic");
        assertThat(timeline.first(START.plusMillis(1_000), row -> row.event().equals("started")))
                .hasValueSatisfying(row -> assertThat(row.agent()).isEqualTo("attic"));
        assertThat(timeline.first(START.plusMillis(2_000), row -> true)).isEmpty();
        assertThat(timeline.count(row -> row.event().equals("started"))).isEqualTo(2);
    }

    private void happened(long millis, Kind kind, String note) {
        timeline.add(new TaskEvent("1", kind, START.plusMillis(millis), note));
    }
}

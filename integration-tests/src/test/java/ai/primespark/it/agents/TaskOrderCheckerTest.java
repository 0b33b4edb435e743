package ai.primespark.it.agents;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.Priority;
import ai.primespark.it.agents.TaskEvidence.Kind;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskOrderCheckerTest {

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final TaskHistory history = new TaskHistory();

    private void task(String id, Priority priority, long ready, long began) {
        say(Kind.ACKED, id, ready, priority.name());
        say(Kind.START, id, began, "1");
    }

    private void say(Kind kind, String id, long at, String word) {
        history.add(List.of(new TaskEvidence(kind, id, 1, at, word).line()));
    }

    private List<String> violations(int ahead) {
        return new TaskOrderChecker(ahead).check(history);
    }

    @Test
    void findsALowTaskThatBeganBeforeAnUrgentOne() {
        task("low", Priority.LOW, 1, 10);
        task("urgent", Priority.URGENT, 2, 11);

        assertThat(violations(0)).singleElement().asString().contains("low", "1 tasks");
    }

    @Test
    void acceptsAsManyAsMayBeClaimedAlready() {
        task("low", Priority.LOW, 1, 10);
        task("urgent", Priority.URGENT, 2, 11);

        assertThat(violations(1)).isEmpty();
    }

    @Test
    void acceptsAnUrgentTaskThatCameAfterTheLowOneHadBegun() {
        task("low", Priority.LOW, 1, 10);
        task("urgent", Priority.URGENT, 11, 12);

        assertThat(violations(0)).isEmpty();
    }

    @Test
    void findsAnUrgentTaskThatPassedALowOneWhichHadWaitedBeyondTheBound() {
        task("low", Priority.LOW, 0, 22 * MINUTE);
        task("urgent", Priority.URGENT, 21 * MINUTE, 21 * MINUTE + 1);

        assertThat(violations(0)).singleElement().asString().contains("urgent");
    }

    @Test
    void acceptsAnUrgentTaskThatPassesALowOneWithinTheBound() {
        task("low", Priority.LOW, 0, 20 * MINUTE);
        task("urgent", Priority.URGENT, 19 * MINUTE, 19 * MINUTE + 1);

        assertThat(violations(0)).isEmpty();
    }

    @Test
    void leavesOutTasksThatWereNotReadyAtOnceOrNeverBegan() {
        say(Kind.ACKED, "later", 1, "-");
        say(Kind.ACKED, "cancelled", 1, Priority.URGENT.name());
        task("low", Priority.LOW, 2, 10);
        say(Kind.START, "later", 11, "1");

        assertThat(violations(0)).isEmpty();
    }
}

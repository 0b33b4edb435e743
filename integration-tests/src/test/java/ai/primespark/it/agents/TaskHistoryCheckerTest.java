package ai.primespark.it.agents;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.TaskStatus;
import ai.primespark.it.agents.TaskEvidence.Kind;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TaskHistoryCheckerTest {

    private final TaskHistory history = new TaskHistory();
    private long now = 1;

    private TaskHistoryCheckerTest saw(Kind kind, long fence, String word) {
        history.add(List.of(new TaskEvidence(kind, "t", fence, now++, word).line()));
        return this;
    }

    private List<String> violations(TaskStatus status, String result) {
        return new TaskHistoryChecker(history, Set.of(TaskStatus.SUCCEEDED))
                .check(task -> Optional.of(new TaskHistoryChecker.End(status, result)));
    }

    @Test
    void acceptsATaskThatWasTakenOverAndEndedOnce() {
        saw(Kind.ACKED, 0, "-").saw(Kind.START, 1, "1").saw(Kind.EFFECT, 1, "true");
        saw(Kind.START, 2, "2").saw(Kind.EFFECT, 2, "true").saw(Kind.EFFECT, 1, "false");
        saw(Kind.RETURN, 2, "-").saw(Kind.ENDED, 0, "SUCCEEDED");

        assertThat(violations(TaskStatus.SUCCEEDED, "2")).isEmpty();
        assertThat(history.repeats()).isEqualTo(1);
    }

    @Test
    void acceptsACancellationThatCameTooLateOrWasPromised() {
        saw(Kind.ACKED, 0, "-").saw(Kind.START, 1, "1").saw(Kind.ASKED, 0, "-").saw(Kind.CANCELLED, 0, "REQUESTED");

        assertThat(violations(TaskStatus.SUCCEEDED, "1")).isEmpty();
        assertThat(violations(TaskStatus.CANCELLED, null)).isEmpty();
    }

    @Test
    void acceptsACancellationWhoseAnswerNobodyLivedToSee() {
        saw(Kind.ACKED, 0, "-").saw(Kind.ASKED, 0, "-");

        assertThat(violations(TaskStatus.CANCELLED, null)).isEmpty();
    }

    @Test
    void findsATaskThatNobodyCancelled() {
        saw(Kind.ACKED, 0, "-");

        assertThat(violations(TaskStatus.CANCELLED, null))
                .singleElement()
                .asString()
                .contains("ended as CANCELLED");
    }

    @Test
    void findsATaskThatIsLost() {
        saw(Kind.ACKED, 0, "-");

        assertThat(new TaskHistoryChecker(history, Set.of(TaskStatus.SUCCEEDED)).check(task -> Optional.empty()))
                .singleElement()
                .asString()
                .contains("is lost");
    }

    @Test
    void findsATaskThatNeverEnds() {
        saw(Kind.ACKED, 0, "-").saw(Kind.START, 1, "1");

        assertThat(violations(TaskStatus.READY, null))
                .singleElement()
                .asString()
                .contains("ended as READY");
    }

    @Test
    void findsTwoAttemptsUnderOneLease() {
        saw(Kind.ACKED, 0, "-").saw(Kind.START, 1, "1").saw(Kind.START, 1, "1");

        assertThat(violations(TaskStatus.SUCCEEDED, "1"))
                .singleElement()
                .asString()
                .contains("under one lease");
    }

    @Test
    void acceptsAWorkerThatStoodStillBetweenItsClaimAndItsHandler() {
        saw(Kind.ACKED, 0, "-")
                .saw(Kind.START, 2, "2")
                .saw(Kind.EFFECT, 2, "true")
                .saw(Kind.ENDED, 0, "SUCCEEDED");
        saw(Kind.START, 1, "1").saw(Kind.EFFECT, 1, "false");

        assertThat(violations(TaskStatus.SUCCEEDED, "2")).isEmpty();
    }

    @Test
    void findsAWriteThatUndidANewerOne() {
        saw(Kind.ACKED, 0, "-").saw(Kind.START, 1, "1").saw(Kind.START, 2, "2");
        saw(Kind.EFFECT, 2, "true").saw(Kind.EFFECT, 1, "true");

        assertThat(violations(TaskStatus.SUCCEEDED, "2"))
                .singleElement()
                .asString()
                .contains("undid");
    }

    @Test
    void findsWorkAfterAPromisedCancellation() {
        saw(Kind.ACKED, 0, "-")
                .saw(Kind.ASKED, 0, "-")
                .saw(Kind.CANCELLED, 0, "CANCELLED")
                .saw(Kind.START, 1, "1");

        assertThat(violations(TaskStatus.CANCELLED, null))
                .singleElement()
                .asString()
                .contains("it was over");
    }

    @Test
    void findsACancelledTaskThatSucceeded() {
        saw(Kind.ACKED, 0, "-").saw(Kind.START, 1, "1").saw(Kind.CANCELLED, 0, "CANCELLED");

        assertThat(violations(TaskStatus.SUCCEEDED, "1"))
                .singleElement()
                .asString()
                .contains("ended as SUCCEEDED");
    }

    @Test
    void findsWorkAfterTheEnd() {
        saw(Kind.ACKED, 0, "-")
                .saw(Kind.START, 1, "1")
                .saw(Kind.ENDED, 0, "SUCCEEDED")
                .saw(Kind.START, 2, "2");

        assertThat(violations(TaskStatus.SUCCEEDED, "2"))
                .singleElement()
                .asString()
                .contains("it was over");
    }

    @Test
    void findsATaskThatEndsTwice() {
        saw(Kind.ACKED, 0, "-")
                .saw(Kind.START, 1, "1")
                .saw(Kind.ENDED, 0, "SUCCEEDED")
                .saw(Kind.ENDED, 0, "SUCCEEDED");

        assertThat(violations(TaskStatus.SUCCEEDED, "1"))
                .singleElement()
                .asString()
                .contains("ended twice");
    }

    @Test
    void findsTheResultOfAWorkerThatHadLostItsLease() {
        saw(Kind.ACKED, 0, "-").saw(Kind.START, 1, "1").saw(Kind.START, 2, "2").saw(Kind.RETURN, 1, "-");

        assertThat(violations(TaskStatus.SUCCEEDED, "1"))
                .singleElement()
                .asString()
                .contains("the last was 2");
    }

    @Test
    void findsAnEndThatWasToldOtherwise() {
        saw(Kind.ACKED, 0, "-").saw(Kind.START, 1, "1").saw(Kind.ENDED, 0, "DEAD");

        assertThat(violations(TaskStatus.SUCCEEDED, "1"))
                .singleElement()
                .asString()
                .contains("was told as DEAD");
    }

    private List<String> violationsOfFollower(TaskStatus follower, TaskStatus before) {
        return new TaskHistoryChecker(history, Set.of(TaskStatus.SUCCEEDED))
                .check(task -> Optional.of(
                        task.equals("t")
                                ? new TaskHistoryChecker.End(follower, "1")
                                : new TaskHistoryChecker.End(before, "1")));
    }

    private void beforeSaw(Kind kind, long fence, String word) {
        history.add(List.of(new TaskEvidence(kind, "before", fence, now++, word).line()));
    }

    @Test
    void acceptsAFollowerThatWaitsAndOneThatIsCancelledWithWhatItWaitsFor() {
        saw(Kind.AFTER, 0, "before").saw(Kind.ACKED, 0, "-");
        beforeSaw(Kind.START, 1, "1");
        beforeSaw(Kind.RETURN, 1, "-");

        assertThat(violationsOfFollower(TaskStatus.CANCELLED, TaskStatus.CANCELLED))
                .isEmpty();
        saw(Kind.START, 1, "1");
        assertThat(violationsOfFollower(TaskStatus.SUCCEEDED, TaskStatus.SUCCEEDED))
                .isEmpty();
    }

    @Test
    void findsAFollowerThatDidNotWait() {
        saw(Kind.AFTER, 0, "before").saw(Kind.ACKED, 0, "-").saw(Kind.START, 1, "1");
        beforeSaw(Kind.RETURN, 1, "-");

        assertThat(violationsOfFollower(TaskStatus.SUCCEEDED, TaskStatus.SUCCEEDED))
                .singleElement()
                .asString()
                .contains("before had returned");
    }

    @Test
    void findsAFollowerThatWasCancelledForNothing() {
        saw(Kind.AFTER, 0, "before").saw(Kind.ACKED, 0, "-");
        beforeSaw(Kind.RETURN, 1, "-");

        assertThat(violationsOfFollower(TaskStatus.CANCELLED, TaskStatus.SUCCEEDED))
                .singleElement()
                .asString()
                .contains("nobody asked");
    }

    @Test
    void leavesOutLinesThatAKillHasCut() {
        history.add(List.of("evidence ACKED t 0 1 -", "evidence START t 1 2 1", "WARN something"));

        assertThat(history.acknowledged()).isEmpty();
        assertThat(history.remarks()).contains("WARN something");
    }
}

package ai.primespark.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.agent.Priority;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.TaskRequest;
import org.junit.jupiter.api.Test;

class TaskLaneTest {

    @Test
    void tasksThatAskForTheSameShareALane() {
        TaskRequest one = TaskRequest.of("t", new byte[] {1})
                .requires(Requirements.all("a", "b"))
                .priority(Priority.LOW)
                .build();
        TaskRequest other = TaskRequest.of("t", new byte[] {2})
                .requires(Requirements.all("b", "a"))
                .priority(Priority.LOW)
                .build();

        assertThat(TaskLane.of(one)).isEqualTo(TaskLane.of(other));
        assertThat(TaskLane.of(one)).isEqualTo(new TaskLane("t", "a,b", Priority.LOW, false, ""));
    }

    @Test
    void anEnvelopeHoldsBytesAndASafeIdOnly() {
        TaskRequest encoded = TaskRequest.of("t", new byte[] {1}).build();
        assertThat(new TaskEnvelope("id-1", encoded, "json").payload()).containsExactly(1);
        assertThatIllegalArgumentException().isThrownBy(() -> new TaskEnvelope("{id}", encoded, "json"));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new TaskEnvelope("id", TaskRequest.of("t", "text").build(), "json"));
    }
}

package ai.primespark.examples.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BarsTest {

    @Test
    void aBarIsAsLongAsTheWorkHasCome() {
        TaskSnapshot task = TaskSnapshot.builder(
                        "id-1", "device.wait", TaskStatus.RUNNING, Priority.NORMAL, Instant.EPOCH)
                .progress(0.5, "half\u001b[2Jway")
                .build();
        assertThat(Bars.bar(task)).isEqualTo("  id-1 device.wait      [############............]  50% half [2Jway");
    }
}

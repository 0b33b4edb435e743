package ai.primespark.it.agents;

import static ai.primespark.it.agents.TaskLab.awaitLines;

import ai.primespark.PrimeSpark;
import ai.primespark.agent.TaskStatus;
import ai.primespark.it.JavaProcess;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The durable queue of one process: whenever it is killed, nothing that it had acknowledged is lost. */
class DurableQueueKillIT {

    private static final boolean EXHAUSTIVE = Boolean.getBoolean("spark.exhaustive");

    @TempDir
    Path directory;

    @Test
    void aProcessThatIsKilledAtRandomLosesNothing() throws Exception {
        int rounds = EXHAUSTIVE ? 200 : 10;
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (TaskLab lab = new TaskLab(directory)) {
            Path configuration = lab.configuration("{type = file}", "one", directory.resolve("data"));
            for (int round = 0; round < rounds; round++) {
                JavaProcess process = lab.start(configuration, 0, true, 1_000_000, seed + round);
                awaitLines(process, "evidence ACKED", 1 + random.nextInt(60));
                process.kill();
            }
            try (PrimeSpark spark = TaskLab.open(configuration)) {
                lab.workHere(spark);
                TaskHistory history = lab.judge(spark, Set.of(TaskStatus.SUCCEEDED), rounds + " rounds, seed " + seed);
                System.out.printf(
                        "%d kills, seed %d: %d tasks acknowledged, %d attempts more than one, no violation%n",
                        rounds, seed, history.acknowledged().size(), history.repeats());
            }
        }
    }
}

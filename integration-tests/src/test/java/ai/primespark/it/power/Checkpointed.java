package ai.primespark.it.power;

import ai.primespark.agent.TaskContext;
import java.util.concurrent.CountDownLatch;

/** Work that power interrupts. */
final class Checkpointed {

    private Checkpointed() {}

    /** The first attempt saves where it is and waits to be told to stop; the next one goes on there. */
    static String count(TaskContext context, CountDownLatch first) throws InterruptedException {
        int at = context.checkpoint(Integer.class).orElse(0);
        if (at > 0) {
            return "went on at " + at;
        }
        context.saveCheckpoint(7);
        CountDownLatch stop = new CountDownLatch(1);
        context.onCancel(reason -> stop.countDown());
        first.countDown();
        stop.await();
        throw new InterruptedException("told to stop");
    }
}

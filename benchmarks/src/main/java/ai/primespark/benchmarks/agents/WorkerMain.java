package ai.primespark.benchmarks.agents;

import ai.primespark.PrimeSpark;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An agent in a process of its own. Prints when it is ready, and the monotonic clock when a task begins or is cancelled. */
final class WorkerMain {

    private WorkerMain() {}

    /** Arguments: a directory, the node's id, the port of Redis. */
    public static void main(String[] args) throws Exception {
        PrimeSpark spark = Sparks.open(Path.of(args[0]), args[1], Sparks.redis(Integer.parseInt(args[2])), 4);
        spark.agents()
                .local()
                .handle("work", Integer.class, (millis, context) -> {
                    CountDownLatch cancelled = new CountDownLatch(1);
                    context.onCancel(reason -> {
                        System.out.println("cancelled " + System.nanoTime());
                        cancelled.countDown();
                    });
                    System.out.println("started " + System.nanoTime());
                    boolean unused = cancelled.await(millis, TimeUnit.MILLISECONDS);
                    return 0;
                })
                .start();
        System.out.println("ready");
        new CountDownLatch(1).await(); // its threads are daemons
    }
}

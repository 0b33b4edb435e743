package ai.primespark.examples.worker;

import ai.primespark.PrimeSpark;
import ai.primespark.agent.Agent;
import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.DrainReport;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The agent of a machine: what it is and where its queue is say the settings, what it does say {@link PiTasks}. */
@Command(
        name = "work",
        description = "Works on tasks until the process is told to end (Ctrl-C, SIGTERM).",
        mixinStandardHelpOptions = true)
final class Worker implements Callable<Integer> {

    @Mixin
    private final Configuration configuration = new Configuration();

    @Option(names = "--drain", paramLabel = "SECONDS", description = "how long running work may take at the end")
    private int drainSeconds = 20;

    @Option(names = "--progress", paramLabel = "auto|always|never", description = "progress bars; auto: on a terminal")
    private Bars.When progress = Bars.When.auto;

    @Override
    public Integer call() throws InterruptedException {
        PrimeSpark spark = PrimeSpark.builder().config(configuration.load()).build();
        Agent agent = spark.agents().local().handlers(new PiTasks());
        Bars bars = Bars.of(spark.agents(), agent, System.out, progress);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(spark, agent, bars), "drain"));
        agent.start();
        AgentProfile me = agent.status().profile();
        System.out.println("agent " + me.id() + " works: " + me.slots() + " at once, capabilities " + me.capabilities()
                + ", labels " + me.labels() + ", tasks " + agent.status().types());
        new CountDownLatch(1).await(); // the rest is done on other threads, and the end by the hook
        return 0;
    }

    private void stop(PrimeSpark spark, Agent agent, Bars bars) {
        System.out.println("draining for " + drainSeconds + " s at most");
        DrainReport report = agent.drain(Duration.ofSeconds(Math.max(1, drainSeconds)), CancelReason.SHUTDOWN);
        bars.close();
        System.out.println("drained: " + report.finished() + " finished, " + report.released() + " handed back, "
                + report.abandoned() + " left behind");
        spark.close();
    }
}

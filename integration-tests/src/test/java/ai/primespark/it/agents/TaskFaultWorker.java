package ai.primespark.it.agents;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.agent.Agent;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.TaskContext;
import ai.primespark.it.agents.TaskEvidence.Kind;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A process that is an agent, or submits tasks, or both, and prints {@link TaskEvidence}. Arguments: the configuration's file, the
 * directory of {@link FencedFile}s, by how many milliseconds its clock is wrong, whether it works, how many tasks it submits (0 for
 * none), a seed. One that works goes on until it is killed or told to end by a line on its standard input.
 *
 * <p>Payloads say for how many milliseconds to work. Handlers: {@code work}; {@code stubborn}, which heeds no cancellation;
 * {@code faulty}, whose first attempt throws an {@link Error}; {@code poison}, which ends the process.
 */
final class TaskFaultWorker {

    private final FencedFile elsewhere;
    private final Consumer<String> out;

    TaskFaultWorker(Path directory, Consumer<String> out) {
        this.elsewhere = new FencedFile(directory);
        this.out = out;
    }

    public static void main(String[] args) throws Exception {
        PrintStream stream = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        Consumer<String> out = line -> print(stream, line);
        TaskFaultWorker worker = new TaskFaultWorker(Path.of(args[1]), out);
        try (PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty().withFile(Path.of(args[0])))
                .clock(Clock.offset(Clock.systemUTC(), Duration.ofMillis(Long.parseLong(args[2]))))
                .build()) {
            boolean works = Boolean.parseBoolean(args[3]);
            if (works) {
                worker.handlers(spark.agents().local()).start();
            }
            out.accept("started");
            int tasks = Integer.parseInt(args[4]);
            if (tasks > 0) {
                new TaskFaultSubmitter(spark.agents(), out, Long.parseLong(args[5])).submit(tasks);
                out.accept("submitted");
            }
            if (works) {
                int unused = System.in.read();
            }
        }
        out.accept("closed");
    }

    /** Has an agent do the tasks of this test. */
    Agent handlers(Agent agent) {
        return agent.handle("work", Integer.class, (millis, context) -> work(millis, context, false))
                .handle("stubborn", Integer.class, (millis, context) -> work(millis, context, true))
                .handle("faulty", Integer.class, (millis, context) -> {
                    if (context.attempt() == 1) {
                        begin(context);
                        throw new StackOverflowError("as an attempt's handler may throw");
                    }
                    return work(millis, context, false);
                })
                .handle("poison", Integer.class, (millis, context) -> {
                    begin(context);
                    Runtime.getRuntime().halt(9);
                    return "";
                });
    }

    private void begin(TaskContext context) {
        say(Kind.START, context, String.valueOf(context.attempt()));
    }

    private String work(int millis, TaskContext context, boolean stubborn) {
        begin(context);
        CountDownLatch stop = new CountDownLatch(1);
        if (!stubborn) {
            context.onCancel(reason -> stop.countDown());
        }
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        context.progress(0.5, "half");
        boolean stopped = await(stop, end);
        boolean letIn = elsewhere.write(context.taskId(), context.fence());
        say(Kind.EFFECT, context, String.valueOf(letIn));
        if (stopped) {
            say(
                    Kind.STOPPED,
                    context,
                    context.cancelled().map(CancelReason::name).orElse("-"));
        }
        say(Kind.RETURN, context, "-");
        return String.valueOf(context.fence());
    }

    /** Waits until a moment whatever the thread is told; true when it was told by the latch. */
    private static boolean await(CountDownLatch stop, long end) {
        boolean interrupted = false;
        boolean stopped = false;
        while (!stopped && System.nanoTime() < end) {
            try {
                stopped = stop.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return stopped;
    }

    private void say(Kind kind, TaskContext context, String word) {
        out.accept(new TaskEvidence(kind, context.taskId(), context.fence(), System.nanoTime(), word).line());
    }

    private static void print(PrintStream out, String line) {
        synchronized (out) {
            out.println(line);
            if (out.checkError()) { // flushes; nobody reads any more, so the test that started this process is gone
                Runtime.getRuntime().halt(3);
            }
        }
    }
}

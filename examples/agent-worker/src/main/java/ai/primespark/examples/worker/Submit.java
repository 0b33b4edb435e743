package ai.primespark.examples.worker;

import ai.primespark.PrimeSpark;
import ai.primespark.agent.Agents;
import ai.primespark.agent.Priority;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Submits tasks and follows them to their end. */
@Command(
        name = "submit",
        description = "Submits a task, or several, and follows them to their end.",
        mixinStandardHelpOptions = true)
final class Submit implements Callable<Integer> {

    @Mixin
    private final Configuration configuration = new Configuration();

    @Parameters(index = "0", paramLabel = "TYPE", description = "the type of task, for example text.count")
    private String type = "";

    @Parameters(
            index = "1",
            paramLabel = "PAYLOAD",
            arity = "0..1",
            description = "JSON (an object or list), or a text")
    private String payload = "";

    @Option(names = "--priority", paramLabel = "LOW|NORMAL|HIGH|URGENT", description = "how urgent it is")
    private Priority priority = Priority.NORMAL;

    @Option(
            names = "--requires",
            paramLabel = "TERMS",
            description = "what is asked of the agent, for example camera,location=attic")
    private String requires = "";

    @Option(names = "--prefer", paramLabel = "AGENT", description = "who should do it: an agent's id, or label=value")
    private @Nullable String prefer;

    @Option(names = "--key", paramLabel = "KEY", description = "idempotency key: the same again is the same task")
    private @Nullable String key;

    @Option(names = "--count", paramLabel = "N", description = "how many of it")
    private int count = 1;

    @Option(names = "--no-follow", description = "print the ids and end")
    private boolean detached;

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "how long to follow")
    private long timeout = 3600;

    @Override
    public Integer call() {
        try (PrimeSpark spark = configuration.open()) {
            List<TaskHandle> tasks = submit(spark.agents());
            if (detached) {
                tasks.forEach(task -> System.out.println(task.id()));
                return 0;
            }
            return follow(tasks, Duration.ofSeconds(timeout), System.out);
        }
    }

    private List<TaskHandle> submit(Agents agents) {
        if (count < 1 || count > 10_000 || key != null && count > 1) {
            throw new IllegalArgumentException("--count is 1 to 10000, and 1 with --key");
        }
        List<TaskRequest> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(request());
        }
        return agents.submitAll(requests);
    }

    private TaskRequest request() {
        TaskRequest.Builder request =
                TaskRequest.of(type, Payloads.read(payload)).priority(priority).requires(Requirements.parse(requires));
        if (prefer != null) {
            request.prefer(prefer);
        }
        if (key != null) {
            request.idempotencyKey(key);
        }
        return request.build();
    }

    /** Prints each task's end; 0 when all succeeded. */
    static int follow(List<TaskHandle> tasks, Duration timeout, PrintStream out) {
        long end = System.nanoTime() + timeout.toNanos();
        int code = 0;
        for (TaskHandle task : tasks) {
            TaskSnapshot snapshot = task.await(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            String words = snapshot.status() == TaskStatus.SUCCEEDED
                    ? task.result(String.class, Duration.ofSeconds(10)).orElse("")
                    : snapshot.error().or(snapshot::parkedReason).orElse("");
            out.println(task.id() + "  " + snapshot.type() + "  " + snapshot.status() + "  "
                    + snapshot.agentId().orElse("-") + "  " + words);
            code = snapshot.status() == TaskStatus.SUCCEEDED ? code : Main.FAILED;
        }
        return code;
    }
}

package ai.primespark.it.agents;

import ai.primespark.agent.Agents;
import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.Priority;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.it.agents.TaskEvidence.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** Submits tasks of all kinds, some twice under one idempotency key, cancels some, and says what the queue answered. */
final class TaskFaultSubmitter {

    private static final RetryPolicy PATIENT = RetryPolicy.DEFAULT
            .withMaxFailures(20)
            .withMaxLosses(50)
            .withBackoff(Duration.ofMillis(20), Duration.ofMillis(200));

    private final Agents agents;
    private final Consumer<String> out;
    private final Random random;
    private final long seed;
    private final List<TaskHandle> taken = new ArrayList<>();

    TaskFaultSubmitter(Agents agents, Consumer<String> out, long seed) {
        this.agents = agents;
        this.out = out;
        this.random = new Random(seed);
        this.seed = seed;
        var unused = agents.onEvent(event -> {
            if (event.kind() == TaskEvent.Kind.ENDED) {
                long self = ProcessHandle.current().pid();
                out.accept(new TaskEvidence(Kind.ENDED, event.taskId(), self, System.nanoTime(), event.note()).line());
            }
        });
    }

    void submit(int tasks) {
        for (int number = 0; number < tasks; number++) {
            TaskRequest.Builder request = TaskRequest.of(type(), random.nextInt(40))
                    .priority(List.of(Priority.values()).get(random.nextInt(4)))
                    .submitter("s" + random.nextInt(3))
                    .retry(PATIENT)
                    .idempotencyKey(seed + "-" + number);
            if (random.nextInt(8) == 0) {
                request.notBefore(Instant.now().plusMillis(random.nextInt(500)));
            }
            if (!taken.isEmpty() && random.nextInt(8) == 0) {
                request.after(any().id());
            }
            submit(request.build());
            if (!taken.isEmpty() && random.nextInt(12) == 0) {
                cancel(any());
            }
        }
    }

    private String type() {
        int dice = random.nextInt(10);
        return dice == 0 ? "faulty" : dice == 1 ? "stubborn" : "work";
    }

    private TaskHandle any() {
        return taken.get(random.nextInt(taken.size()));
    }

    /** Again and again under one key, until the queue has answered: what a program that must not lose it would do. */
    private void submit(TaskRequest request) {
        for (int attempt = 1; ; attempt++) {
            try {
                TaskHandle handle = agents.submit(request);
                request.after().forEach(before -> say(Kind.AFTER, handle.id(), before));
                boolean ready = request.after().isEmpty() && request.notBefore().isEmpty();
                say(Kind.ACKED, handle.id(), ready ? request.priority().name() : "-");
                taken.add(handle);
                if (random.nextInt(10) > 0) {
                    return;
                }
                TaskHandle again = agents.submit(request);
                if (!again.id().equals(handle.id())) {
                    throw new AssertionError("one idempotency key made two tasks: " + handle.id() + ", " + again.id());
                }
                return;
            } catch (TaskException e) {
                out.accept("refused " + e.getMessage());
                if (attempt == 200) {
                    throw e;
                }
                pause();
            }
        }
    }

    private void cancel(TaskHandle handle) {
        say(Kind.ASKED, handle.id(), "-");
        try {
            CancelOutcome outcome = handle.cancel("because");
            say(Kind.CANCELLED, handle.id(), outcome.name());
        } catch (TaskException e) {
            out.accept("could not cancel " + e.getMessage());
        }
    }

    private void pause() {
        try {
            Thread.sleep(20 + random.nextInt(80));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void say(Kind kind, String task, String word) {
        out.accept(new TaskEvidence(kind, task, 0, System.nanoTime(), word).line());
    }
}

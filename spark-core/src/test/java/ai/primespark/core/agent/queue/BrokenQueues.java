package ai.primespark.core.agent.queue;

import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import ai.primespark.spi.TaskQueueProvider;
import ai.primespark.testkit.TaskQueueContract;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** Queues that break one rule each, over the memory queue that keeps them all. */
final class BrokenQueues {

    private static final AtomicLong NUMBERS = new AtomicLong();

    private BrokenQueues() {}

    /** Does something else than a method does; {@link #SAME} for what it does. */
    interface Fault {
        Object SAME = new Object();

        Object call(TaskQueue queue, String method, Object[] args) throws Throwable;
    }

    /** A contract around one broken queue. */
    abstract static class Broken extends TaskQueueContract {

        private final MemoryQueueProvider real = new MemoryQueueProvider();

        abstract Fault fault();

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(4);
        }

        @Override
        protected Map<String, Object> settingsForRoom(int tasks) {
            return Map.of("max-tasks", tasks);
        }

        @Override
        protected TaskQueueProvider provider() {
            return new TaskQueueProvider() {
                @Override
                public String name() {
                    return "broken";
                }

                @Override
                public int spiLevel() {
                    return SPI_LEVEL;
                }

                @Override
                public List<ai.primespark.spi.Setting<?>> settings() {
                    return real.settings();
                }

                @Override
                public TaskQueue create(ProviderContext context) {
                    return broken(real.create(context), fault());
                }
            };
        }
    }

    private static TaskQueue broken(TaskQueue queue, Fault fault) {
        return (TaskQueue) Proxy.newProxyInstance(
                TaskQueue.class.getClassLoader(), new Class<?>[] {TaskQueue.class}, (proxy, method, args) -> {
                    Object instead = fault.call(queue, method.getName(), args);
                    try {
                        return instead == Fault.SAME ? method.invoke(queue, args) : instead;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @SuppressWarnings("unchecked") // the types of the method's parameters
    private static List<TaskEnvelope> tasks(Object[] args) {
        return (List<TaskEnvelope>) args[0];
    }

    /** Submits what is made of each task instead of it. */
    private static Fault submitting(UnaryOperator<TaskRequest> change) {
        return (queue, method, args) -> method.equals("submit")
                ? queue.submit(
                        tasks(args).stream()
                                .map(task -> new TaskEnvelope(task.id(), change.apply(task.request()), task.encoding()))
                                .toList(),
                        (Deadline) args[1])
                : Fault.SAME;
    }

    /** The same request without one of its settings. */
    private static TaskRequest without(TaskRequest request, String setting) {
        TaskRequest.Builder copy = TaskRequest.of(request.type(), request.payload())
                .priority(request.priority())
                .requires(request.requirements())
                .retry(request.retry())
                .retention(request.retention())
                .power(request.power());
        request.notBefore().ifPresent(copy::notBefore);
        request.preferred().ifPresent(copy::prefer);
        request.maxRuntime().ifPresent(copy::maxRuntime);
        if (!request.submitter().isEmpty()) {
            copy.submitter(request.submitter());
        }
        if (!setting.equals("deadline")) {
            request.deadline().ifPresent(copy::deadline);
        }
        if (!setting.equals("key")) {
            request.idempotencyKey().ifPresent(copy::idempotencyKey);
        }
        if (!setting.equals("after")) {
            copy.after(request.after().toArray(new String[0]));
        }
        return copy.build();
    }

    static class Nothing extends Broken {
        @Override
        Fault fault() {
            return (queue, method, args) -> Fault.SAME;
        }
    }

    /** TASK-01. */
    static class LosesEveryTenth extends Broken {
        @Override
        Fault fault() {
            return (queue, method, args) -> {
                if (!method.equals("submit") || tasks(args).size() < 10) {
                    return Fault.SAME;
                }
                List<TaskEnvelope> kept = new ArrayList<>(tasks(args));
                kept.removeIf(task -> tasks(args).indexOf(task) % 10 == 9);
                queue.submit(kept, (Deadline) args[1]);
                return tasks(args).stream()
                        .map(task -> new TaskQueue.Submitted(task.id(), TaskQueue.Submitted.Outcome.CREATED))
                        .toList();
            };
        }
    }

    /** TASK-02. */
    static class IgnoresKeys extends Broken {
        @Override
        Fault fault() {
            return submitting(request -> without(request, "key"));
        }
    }

    /** TASK-03: who finds nothing gets what somebody else has. */
    static class GivesLeasesTwice extends Broken {
        @Override
        Fault fault() {
            Map<TaskLane, TaskLease> last = new ConcurrentHashMap<>();
            return (queue, method, args) -> {
                if (!method.equals("claim")) {
                    return Fault.SAME;
                }
                TaskClaim claim = (TaskClaim) args[0];
                List<TaskLease> leases = queue.claim(claim, (Deadline) args[1]);
                leases.forEach(lease -> last.put(lease.task().lane(), lease));
                Optional<TaskLease> other = claim.lanes().stream()
                        .filter(last::containsKey)
                        .map(last::get)
                        .findFirst();
                return leases.isEmpty() ? other.map(List::of).orElse(List.of()) : leases;
            };
        }
    }

    /** TASK-04: takes every lease for the newest of its task. */
    static class IgnoresFences extends Broken {
        @Override
        Fault fault() {
            Map<String, TaskLease.Ref> newest = new ConcurrentHashMap<>();
            return (queue, method, args) -> {
                if (method.equals("claim")) {
                    List<TaskLease> leases = queue.claim((TaskClaim) args[0], (Deadline) args[1]);
                    leases.forEach(lease -> newest.put(lease.ref().taskId(), lease.ref()));
                    return leases;
                }
                if (method.equals("complete")) {
                    TaskLease.Ref ref = (TaskLease.Ref) args[0];
                    return queue.complete(
                            newest.getOrDefault(ref.taskId(), ref), (TaskCompletion) args[1], (Deadline) args[2]);
                }
                return Fault.SAME;
            };
        }
    }

    /** TASK-05. */
    static class AcceptsEveryCompletion extends Broken {
        @Override
        Fault fault() {
            return (queue, method, args) -> {
                if (!method.equals("complete")) {
                    return Fault.SAME;
                }
                boolean unused = queue.complete((TaskLease.Ref) args[0], (TaskCompletion) args[1], (Deadline) args[2]);
                return true;
            };
        }
    }

    /** TASK-06. */
    static class IgnoresPriorities extends Broken {
        @Override
        Fault fault() {
            return (queue, method, args) -> {
                if (!method.equals("claim")) {
                    return Fault.SAME;
                }
                TaskClaim claim = (TaskClaim) args[0];
                List<TaskLane> lanes = new ArrayList<>(claim.lanes());
                lanes.sort(java.util.Comparator.comparing(TaskLane::priority).reversed());
                for (TaskLane lane : lanes) {
                    List<TaskLease> some = queue.claim(
                            new TaskClaim(
                                    claim.requestId(),
                                    claim.agentId(),
                                    Set.of(lane),
                                    claim.max(),
                                    claim.life(),
                                    claim.limits()),
                            (Deadline) args[1]);
                    if (!some.isEmpty()) {
                        return some;
                    }
                }
                return List.of();
            };
        }
    }

    private static Fault claiming(UnaryOperator<TaskClaim> change) {
        return (queue, method, args) -> method.equals("claim")
                ? queue.claim(change.apply((TaskClaim) args[0]), (Deadline) args[1])
                : Fault.SAME;
    }

    /** TASK-07. */
    static class ForgetsRequests extends Broken {
        @Override
        Fault fault() {
            return claiming(claim -> new TaskClaim(
                    "n" + NUMBERS.incrementAndGet(),
                    claim.agentId(),
                    claim.lanes(),
                    claim.max(),
                    claim.life(),
                    claim.limits()));
        }
    }

    /** TASK-08. */
    static class SaysCancelledAndRunsIt extends Broken {
        @Override
        Fault fault() {
            return (queue, method, args) -> method.equals("cancel") ? CancelOutcome.CANCELLED : Fault.SAME;
        }
    }

    /** TASK-09. */
    static class IgnoresDeadlines extends Broken {
        @Override
        Fault fault() {
            return submitting(request -> without(request, "deadline"));
        }
    }

    /** TASK-10. */
    static class NeverWakes extends Broken {
        @Override
        Fault fault() {
            return (queue, method, args) -> {
                if (!method.equals("awaitWork")) {
                    return Fault.SAME;
                }
                boolean unused = queue.awaitWork(Set.of(), (Duration) args[1]);
                return false;
            };
        }
    }

    /** TASK-11. */
    static class IsNeverFull extends Broken {
        @Override
        protected Map<String, Object> settingsForRoom(int tasks) {
            return Map.of("max-tasks", 1_000);
        }

        @Override
        Fault fault() {
            return (queue, method, args) -> Fault.SAME;
        }
    }

    /** TASK-12. */
    static class WorksAfterClose extends Broken {
        @Override
        Fault fault() {
            return (queue, method, args) -> method.equals("close") ? null : Fault.SAME;
        }
    }

    /** TASK-13. */
    static class IgnoresLimits extends Broken {
        @Override
        Fault fault() {
            return claiming(claim -> new TaskClaim(
                    claim.requestId(), claim.agentId(), claim.lanes(), claim.max(), claim.life(), Map.of()));
        }
    }

    /** TASK-14. */
    static class IgnoresDependencies extends Broken {
        @Override
        Fault fault() {
            return submitting(request -> without(request, "after"));
        }
    }

    /** TASK-15. */
    static class KeepsOneError extends Broken {
        @Override
        @SuppressWarnings("unchecked")
        Fault fault() {
            return (queue, method, args) -> method.equals("find")
                    ? queue.find((String) args[0], (Deadline) args[1]).map(BrokenQueues::withOneError)
                    : Fault.SAME;
        }
    }

    private static TaskSnapshot withOneError(TaskSnapshot task) {
        List<String> errors = task.errors();
        return TaskSnapshot.builder(task.id(), task.type(), task.status(), task.priority(), task.submittedAt())
                .counts(task.attempts(), task.failures(), task.losses())
                .progress(task.progress(), task.progressNote())
                .agentId(task.agentId().orElse(null))
                .error(task.error().orElse(null))
                .errors(errors.isEmpty() ? errors : errors.subList(errors.size() - 1, errors.size()))
                .parkedReason(task.parkedReason().orElse(null))
                .notBefore(task.notBefore().orElse(null))
                .deadline(task.deadline().orElse(null))
                .startedAt(task.startedAt().orElse(null))
                .endedAt(task.endedAt().orElse(null))
                .build();
    }
}

package ai.primespark.core.agent;

import ai.primespark.TypeRef;
import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskFailedException;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.agent.TaskTimeoutException;
import ai.primespark.event.SparkEvents.Subscription;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A task as its submitter sees it: an id and the engine. */
record Handle(String id, AgentsEngine engine) implements TaskHandle {

    @Override
    public TaskSnapshot snapshot() {
        return engine.snapshot(id).orElseThrow(() -> TaskWatch.forgotten(id));
    }

    @Override
    public TaskSnapshot await(Duration timeout) {
        return engine.watch().await(id, Objects.requireNonNull(timeout, "timeout"));
    }

    @Override
    public <R> Optional<R> result(Class<R> type, Duration timeout) {
        return read(Objects.requireNonNull(type, "type"), timeout);
    }

    @Override
    public <R> Optional<R> result(TypeRef<R> type, Duration timeout) {
        return read(type.type(), timeout);
    }

    private <R> Optional<R> read(Type type, Duration timeout) {
        TaskSnapshot task = await(timeout);
        if (!task.status().isFinal()) {
            throw new TaskTimeoutException(id, timeout);
        }
        if (task.status() != TaskStatus.SUCCEEDED) {
            throw new TaskFailedException(task);
        }
        return engine.result(id).map(body -> {
            @SuppressWarnings("unchecked") // decode() reads the type it was asked for
            R value = (R) TaskCodec.decode("the result of task " + id, body, type);
            return value;
        });
    }

    @Override
    public CompletableFuture<TaskSnapshot> ended() {
        return engine.watch().end(id);
    }

    @Override
    public CancelOutcome cancel(String reason) {
        return engine.cancel(id, Objects.requireNonNull(reason, "reason"));
    }

    @Override
    public Subscription onEvent(Consumer<TaskEvent> listener) {
        return engine.watch().listen(id, Objects.requireNonNull(listener, "listener"));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TaskHandle that && id.equals(that.id());
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "TaskHandle[" + id + "]";
    }
}

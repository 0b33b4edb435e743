package ai.primespark.agent.http;

import ai.primespark.agent.CancelReason;
import ai.primespark.agent.TaskContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An attempt as the engine would give it, without an engine. */
final class FakeAttempt implements TaskContext {

    private final String taskId;
    private final long fence;
    private @Nullable Instant deadline;
    private @Nullable CancelReason reason; // guarded by this
    private final List<Consumer<CancelReason>> actions = new CopyOnWriteArrayList<>();
    final List<String> output = new CopyOnWriteArrayList<>();
    final List<Double> progress = new CopyOnWriteArrayList<>();

    FakeAttempt(String taskId, long fence) {
        this.taskId = taskId;
        this.fence = fence;
    }

    FakeAttempt until(Instant end) {
        deadline = end;
        return this;
    }

    /** What the engine does when the attempt is to stop, without the interrupt. */
    void cancel(CancelReason why) {
        synchronized (this) {
            reason = why;
        }
        actions.forEach(action -> action.accept(why));
    }

    @Override
    public String taskId() {
        return taskId;
    }

    @Override
    public int attempt() {
        return (int) fence;
    }

    @Override
    public long fence() {
        return fence;
    }

    @Override
    public String effectKey() {
        return "effect-" + taskId;
    }

    @Override
    public Optional<Instant> deadline() {
        return Optional.ofNullable(deadline);
    }

    @Override
    public synchronized Optional<CancelReason> cancelled() {
        return Optional.ofNullable(reason);
    }

    @Override
    public void onCancel(Consumer<CancelReason> action) {
        actions.add(action);
        cancelled().ifPresent(action);
    }

    @Override
    public Optional<Duration> drainTimeLeft() {
        return Optional.empty();
    }

    @Override
    public void progress(double fraction, String note) {
        progress.add(fraction);
    }

    @Override
    public void emit(String piece) {
        if (piece.getBytes(StandardCharsets.UTF_8).length > 64 * 1024) {
            throw new IllegalArgumentException("too large");
        }
        output.add(piece);
    }

    @Override
    public <C> Optional<C> checkpoint(Class<C> type) {
        return Optional.empty();
    }

    @Override
    public void saveCheckpoint(Object state) {
        throw new UnsupportedOperationException("agents behind HTTP save none");
    }
}

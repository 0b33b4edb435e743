package ai.primespark.core.llm;

import ai.primespark.llm.LlmResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A call that looks for an answer which others wait for as well. Thread-safe. */
final class Flight {

    /** A call whose consumer does not come back for that long is not waited for. */
    private static final long STALL_NANOS = Duration.ofSeconds(1).toNanos();

    private final RequestKey key;
    private final CompletableFuture<Optional<LlmResponse>> landed = new CompletableFuture<>();
    private volatile boolean pulling;
    private volatile long leftAt = System.nanoTime();

    Flight(RequestKey key) {
        this.key = key;
    }

    RequestKey key() {
        return key;
    }

    /** Its consumer waits for an event. */
    void entered() {
        pulling = true;
    }

    /** Its consumer does something else. */
    void left() {
        leftAt = System.nanoTime();
        pulling = false;
    }

    /** Whether its consumer has been away for so long that nobody can say when it will go on. */
    boolean isStalled() {
        return !pulling && System.nanoTime() - leftAt > STALL_NANOS;
    }

    void land(@Nullable LlmResponse answer) {
        landed.complete(Optional.ofNullable(answer));
    }

    boolean hasLanded() {
        return landed.isDone();
    }

    /** What came of it: null when it failed, was cancelled, or its answer cannot be shared, and while it is running. */
    @Nullable
    LlmResponse answer() {
        return landed.getNow(Optional.empty()).orElse(null);
    }

    void whenLanded(Runnable action) {
        CompletableFuture<Void> unused = landed.thenRun(action);
    }
}

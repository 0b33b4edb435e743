package ai.primespark.memory.nfs;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Work that waits for a thread of {@link MountThreads}, runs, or was given up. Its stage ends once, whoever is first. Thread-safe.
 */
final class MountCall<R extends @Nullable Object> {

    static final int QUEUED = 0;
    static final int RUNNING = 1;
    static final int LEAVING = 2;
    static final int ABANDONED = 3;
    static final int DONE = 4;

    final Deadline deadline;
    final CompletableFuture<R> result = new CompletableFuture<>();
    final AtomicInteger state = new AtomicInteger(QUEUED);
    private final String who;
    private final MountThreads.Work<R> work;
    private final Function<IOException, TierException> classify;

    MountCall(String who, Deadline deadline, MountThreads.Work<R> work, Function<IOException, TierException> classify) {
        this.who = who;
        this.deadline = deadline;
        this.work = work;
        this.classify = classify;
    }

    boolean begin() {
        return state.compareAndSet(QUEUED, RUNNING);
    }

    boolean isFailed() {
        return state.get() == ABANDONED;
    }

    void fail(TierException why) {
        if (state.compareAndSet(QUEUED, ABANDONED) || state.compareAndSet(RUNNING, ABANDONED)) {
            result.completeExceptionally(why);
        }
    }

    /** Whether somebody still waited for the outcome. */
    boolean run() {
        R value = null;
        TierException failure = null;
        try {
            value = work.run(deadline);
        } catch (IOException e) {
            failure = classify.apply(e);
        } catch (TierException e) {
            failure = e;
        } catch (Throwable e) { // must reach the caller, whatever it is
            failure = new TierException(Kind.PERMANENT, who + ": " + e, e);
        }
        if (!state.compareAndSet(RUNNING, DONE)) {
            while (state.get() == LEAVING) {
                Thread.onSpinWait(); // a few instructions of another thread
            }
            return false;
        }
        if (failure != null) {
            result.completeExceptionally(failure);
        } else {
            complete(value);
        }
        return true;
    }

    @SuppressWarnings("NullAway") // null only where the work gave it
    private void complete(@Nullable R value) {
        result.complete(value);
    }
}

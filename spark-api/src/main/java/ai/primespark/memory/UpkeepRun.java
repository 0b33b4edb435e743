package ai.primespark.memory;

import ai.primespark.Experimental;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Work on the tiers in the background. Thread-safe.
 *
 * @param <R> the report
 */
@Experimental
public interface UpkeepRun<R> {

    /**
     * How far it is.
     *
     * @return the latest progress; all zero before it begins
     */
    UpkeepProgress progress();

    /**
     * The report, when it is done.
     *
     * @return a future of the caller's own: completing it has no effect on the work. It fails with {@link MemoryException} when
     *     the work cannot be done
     */
    CompletableFuture<R> future();

    /**
     * Waits for the report.
     *
     * @param timeout how long to wait at most
     * @return empty when the time was over first; the work goes on
     * @throws MemoryException when the work cannot be done, or the waiting thread was interrupted
     */
    Optional<R> await(Duration timeout);

    /** Ends the work soon, with a report of what was done until then. Without effect once it is done. */
    void cancel();
}

package ai.primespark.spi;

import ai.primespark.Experimental;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Locks with an end, for single-flight over machines. Time is the tier's, not the caller's. Thread-safe. */
@Experimental
public interface LeaseTier {

    /**
     * Tries to take a lease.
     *
     * @param key what to lock
     * @param life how long it holds unless released; positive
     * @param deadline when the answer is of no more use
     * @return the lease, or empty when somebody else holds it
     */
    CompletionStage<Optional<Lease>> acquire(TierKey key, Duration life, Deadline deadline);

    /**
     * Gives a lease back; harmless when it is over.
     *
     * @param lease the lease
     * @param deadline when the answer is of no more use
     * @return when it is released
     */
    CompletionStage<Void> release(Lease lease, Deadline deadline);

    /**
     * A lease that was taken.
     *
     * @param key what is locked
     * @param fence grows with every lease of the key; whoever writes under the lease stores it, and refuses smaller ones
     */
    record Lease(TierKey key, long fence) {}
}

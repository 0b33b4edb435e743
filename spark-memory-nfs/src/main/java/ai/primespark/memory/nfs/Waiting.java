package ai.primespark.memory.nfs;

import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Waits for what the tier's threads do; that always ends, at the deadline at the latest. */
final class Waiting {

    private Waiting() {}

    static <R> R on(CompletableFuture<R> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TierException(Kind.TRANSIENT, "interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof TierException tier
                    ? tier
                    : new TierException(Kind.PERMANENT, String.valueOf(e.getCause()), e);
        }
    }
}

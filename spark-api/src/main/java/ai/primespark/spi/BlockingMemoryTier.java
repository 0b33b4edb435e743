package ai.primespark.spi;

import ai.primespark.memory.Version;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A skeleton for tiers whose storage is read and written by blocking calls. Implement the blocking methods; they run on the
 * given executor, and what they throw is turned into a {@link TierException}.
 *
 * <p>Pass {@link ProviderContext#blocking()}, unless the calls can never hang (a local disk, the heap): then {@code Runnable::run}
 * saves the hand-over.
 */
public abstract class BlockingMemoryTier implements MemoryTier {

    private final Executor executor;

    /**
     * Makes a tier.
     *
     * @param executor where the blocking methods run
     */
    protected BlockingMemoryTier(Executor executor) {
        this.executor = executor;
    }

    /**
     * Reads a record.
     *
     * @param key the key
     * @return the record held, or null
     * @throws IOException when the storage fails
     */
    protected abstract @Nullable TierRecord read(TierKey key) throws IOException;

    /**
     * Stores a record under the law and a condition; see {@link Condition#decide}.
     *
     * @param record the record
     * @param condition what must hold besides
     * @return the outcome
     * @throws IOException when the storage fails
     */
    protected abstract Applied write(TierRecord record, Condition condition) throws IOException;

    /**
     * Lists records.
     *
     * @param namespace the namespace
     * @param prefix what the keys begin with
     * @param cursor null for the first page
     * @param limit at least 1
     * @return a page
     * @throws IOException when the storage fails
     */
    protected abstract TierPage list(String namespace, String prefix, @Nullable String cursor, int limit)
            throws IOException;

    /**
     * Removes a record physically.
     *
     * @param key the key
     * @param atMost the newest version that may be removed
     * @return whether a record was removed
     * @throws IOException when the storage fails
     */
    protected abstract boolean remove(TierKey key, Version atMost) throws IOException;

    /**
     * Asks the storage who it is.
     *
     * @return its identity
     * @throws IOException when the storage fails
     */
    protected abstract TierIdentity identify() throws IOException;

    /**
     * Measures the storage.
     *
     * @return its usage
     * @throws IOException when the storage fails
     */
    protected abstract TierUsage measure() throws IOException;

    /**
     * Says what an exception of the storage means. Override where more is known.
     *
     * @param failure what a blocking method threw
     * @return a {@link TierException.Kind#TRANSIENT} one, unless overridden
     */
    protected TierException classify(IOException failure) {
        return new TierException(TierException.Kind.TRANSIENT, String.valueOf(failure), failure);
    }

    @Override
    @SuppressWarnings("NullAway") // does not see through the type variable that R is nullable here
    public final CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        return run(deadline, () -> read(key));
    }

    @Override
    public final CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return run(deadline, () -> write(record, condition));
    }

    @Override
    public final CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        return run(deadline, () -> list(namespace, prefix, cursor, limit));
    }

    @Override
    public final CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return run(deadline, () -> remove(key, atMost));
    }

    @Override
    public final CompletionStage<TierIdentity> probe(Deadline deadline) {
        return run(deadline, this::identify);
    }

    @Override
    public final CompletionStage<TierUsage> usage(Deadline deadline) {
        return run(deadline, this::measure);
    }

    private <R extends @Nullable Object> CompletionStage<R> run(Deadline deadline, Call<R> call) {
        CompletableFuture<R> result = new CompletableFuture<>();
        try {
            executor.execute(() -> {
                try {
                    if (deadline.isOver()) { // waited too long for a thread: nobody listens any more
                        throw new TierException(TierException.Kind.TRANSIENT, "no thread was free in time", null);
                    }
                    result.complete(call.call());
                } catch (IOException e) {
                    result.completeExceptionally(classify(e));
                } catch (Throwable e) { // must reach the caller, whatever it is
                    result.completeExceptionally(
                            e instanceof TierException
                                    ? e
                                    : new TierException(TierException.Kind.PERMANENT, String.valueOf(e), e));
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(
                    new TierException(TierException.Kind.TRANSIENT, "no thread is free for this tier", e));
        }
        return result;
    }

    /**
     * Waits for a stage of a tier, for tests and tools.
     *
     * @param stage the stage
     * @param <R> the result
     * @return the result
     * @throws TierException when the stage failed
     */
    public static <R extends @Nullable Object> R await(CompletionStage<R> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TierException tier) {
                throw tier;
            }
            throw e;
        }
    }

    @FunctionalInterface
    private interface Call<R extends @Nullable Object> {
        R call() throws IOException;
    }
}

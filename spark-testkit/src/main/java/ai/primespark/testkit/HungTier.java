package ai.primespark.testkit;

import ai.primespark.spi.MemoryTier;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A tier that does not answer: operations neither fail nor end, without regard to their deadlines, as with a hard mount whose
 * server is away, until it is released or closed. Thread-safe.
 */
public final class HungTier extends DelegatingTier {

    private final AtomicLong operations = new AtomicLong();
    private final CompletableFuture<Boolean> released = new CompletableFuture<>();

    /**
     * Wraps a tier.
     *
     * @param tier what works underneath once it is released; closed together with this
     */
    public HungTier(MemoryTier tier) {
        super(tier);
    }

    /** Works from now on. Operations that hang go on. */
    public void release() {
        released.complete(true);
    }

    /**
     * How many operations were asked for so far.
     *
     * @return never decreases
     */
    public long operations() {
        return operations.get();
    }

    @Override
    protected <R extends @Nullable Object> CompletionStage<R> pass(Supplier<CompletionStage<R>> operation) {
        operations.incrementAndGet();
        return released.isDone() ? operation.get() : released.thenCompose(now -> operation.get());
    }

    /** Closes the tier underneath. Operations that hang then fail as the closed tier lets them. */
    @Override
    public void close() throws Exception {
        super.close();
        release();
    }
}

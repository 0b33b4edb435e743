package ai.primespark.testkit;

import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A tier that works until a test says otherwise: then it fails, hangs or is slow, and later works again. Thread-safe.
 *
 * <pre>{@code
 * FlakyTier nas = new FlakyTier(new InMemoryTier(TierTrait.PERSISTENT));
 * nas.hang();   // operations neither fail nor answer, as with a hard mount whose server is away
 * nas.heal();   // they go on where they hung
 * }</pre>
 */
public final class FlakyTier extends DelegatingTier {

    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong waiting = new AtomicLong();
    private final Object lock = new Object();
    private Mood mood = Mood.WELL; // guarded by lock
    private TierException.Kind kind = TierException.Kind.TRANSIENT; // guarded by lock
    private long failures; // guarded by lock
    private Duration delay = Duration.ZERO; // guarded by lock
    private CompletableFuture<Boolean> gate = CompletableFuture.completedFuture(true); // guarded by lock

    private enum Mood {
        WELL,
        FAILING,
        HANGING,
        SLOW
    }

    /**
     * Wraps a tier.
     *
     * @param tier what works underneath; closed together with this
     */
    public FlakyTier(MemoryTier tier) {
        super(tier);
    }

    /**
     * Lets every operation fail from now on.
     *
     * @param failure the kind of failure
     */
    public void fail(TierException.Kind failure) {
        failNext(Long.MAX_VALUE, failure);
    }

    /**
     * Lets the next operations fail; after them it works.
     *
     * @param times how many
     * @param failure the kind of failure
     */
    public void failNext(long times, TierException.Kind failure) {
        synchronized (lock) {
            kind = Objects.requireNonNull(failure, "failure");
            failures = times;
        }
        change(Mood.FAILING);
    }

    /** Lets every operation hang from now on, without regard to its deadline, until {@link #heal()}. */
    public void hang() {
        change(Mood.HANGING);
    }

    /**
     * Lets every operation take longer from now on.
     *
     * @param longer how much longer
     */
    public void slow(Duration longer) {
        synchronized (lock) {
            delay = Objects.requireNonNull(longer, "longer");
        }
        change(Mood.SLOW);
    }

    /** Works again from now on. Operations that hang go on. */
    public void heal() {
        change(Mood.WELL);
    }

    /**
     * How many operations were asked for so far, whatever became of them.
     *
     * @return never decreases
     */
    public long operations() {
        return operations.get();
    }

    /**
     * How many operations hang now.
     *
     * @return not negative
     */
    public long hanging() {
        return waiting.get();
    }

    /** Closes the tier underneath. Operations that hang then fail as the closed tier lets them. */
    @Override
    public void close() throws Exception {
        super.close();
        change(Mood.WELL);
    }

    @Override
    public String toString() {
        synchronized (lock) {
            return "FlakyTier[" + mood + ", " + tier() + "]";
        }
    }

    private void change(Mood next) {
        CompletableFuture<Boolean> opened;
        synchronized (lock) {
            mood = next;
            opened = gate;
            gate = next == Mood.HANGING ? new CompletableFuture<>() : CompletableFuture.completedFuture(true);
        }
        opened.complete(true); // outside of the lock, because what hung goes on here
    }

    @Override
    protected <R extends @Nullable Object> CompletionStage<R> pass(Supplier<CompletionStage<R>> operation) {
        operations.incrementAndGet();
        CompletableFuture<Boolean> passed;
        Duration later;
        synchronized (lock) {
            if (mood == Mood.FAILING) {
                if (failures > 0) {
                    failures--;
                    return CompletableFuture.failedFuture(
                            new TierException(kind, "the test lets this tier fail", null));
                }
                mood = Mood.WELL;
            }
            passed = gate;
            later = mood == Mood.SLOW ? delay : Duration.ZERO;
        }
        if (!later.isZero()) {
            return CompletableFuture.supplyAsync(
                            () -> true, CompletableFuture.delayedExecutor(later.toNanos(), TimeUnit.NANOSECONDS))
                    .thenCompose(now -> operation.get());
        }
        if (passed.isDone()) {
            return operation.get();
        }
        waiting.incrementAndGet();
        return passed.thenCompose(now -> {
            waiting.decrementAndGet();
            return operation.get();
        });
    }
}

package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.MemoryStats.TierState;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierTrait;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.event.CircuitBreakerOnStateTransitionEvent;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One tier as the engine calls it: with a time limit, a circuit breaker, and counts. When the breaker opens, the tier is not
 * called any more; a probe every second finds out when it works again. Thread-safe.
 */
final class TierLink implements AutoCloseable {

    static final Duration PROBE_INTERVAL = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(TierLink.class);
    private static final int WINDOW = 10;

    final int number;
    final String id;
    final Zone zone;
    final MemoryTier tier;
    final StripedCount hits = new StripedCount();
    final StripedCount misses = new StripedCount();

    private final String type;
    private final Surroundings around;
    private final CircuitBreaker breaker;
    private final LongAdder errors = new LongAdder();
    private final AtomicBoolean down = new AtomicBoolean();
    private volatile String trouble = "";
    private volatile @Nullable String storage;
    private volatile Runnable onRecovery = () -> {};
    private volatile Consumer<TierIdentity> onReturn = identity -> {};
    private volatile Runnable onFull = () -> {};
    private volatile String distrust = "";
    private volatile @Nullable CompletableFuture<Boolean> check;
    private volatile boolean closed;

    TierLink(int number, ConfiguredTier configured, Surroundings around) {
        this.number = number;
        this.id = configured.id();
        this.type = configured.type();
        this.zone = configured.zone();
        this.tier = configured.tier();
        this.around = around;
        this.breaker = CircuitBreaker.of(
                "memory-" + id,
                CircuitBreakerConfig.custom()
                        .slidingWindowSize(WINDOW)
                        .minimumNumberOfCalls(5)
                        .failureRateThreshold(50)
                        .waitDurationInOpenState(Duration.ofDays(365)) // probes close it, never a caller's operation
                        .build());
        breaker.getEventPublisher().onStateTransition(this::onTransition);
        around.meters().gauge("spark.memory.tier.hits", hits::sum, "tier", id);
        around.meters().gauge("spark.memory.tier.misses", misses::sum, "tier", id);
        around.meters().gauge("spark.memory.tier.errors", errors::sum, "tier", id);
        around.meters().gauge("spark.memory.tier.up", () -> down.get() ? 0 : 1, "tier", id);
    }

    boolean has(TierTrait trait) {
        return tier.traits().contains(trait);
    }

    boolean isDown() {
        return down.get();
    }

    /** Runs on some thread each time the tier is found working again. */
    void onRecovery(Runnable action) {
        onRecovery = action;
    }

    /** Runs when the tier answers again, before operations are let through; see {@link TierTrust}. */
    void onReturn(Consumer<TierIdentity> action) {
        onReturn = action;
    }

    /** Runs each time the tier refuses a write because it is full; must not block. */
    void onFull(Runnable action) {
        onFull = action;
    }

    /** Whether what the tier holds may be believed; see {@link TierTrust}. */
    boolean isTrusted() {
        return check == null && distrust.isEmpty();
    }

    /** Why not. */
    String distrust() {
        return check == null ? distrust : "not looked at yet";
    }

    /** As {@link #distrust()}, once it is known; waits for that as long as an operation may wait for a tier. */
    String distrust(Deadline deadline) {
        CompletableFuture<Boolean> running = check;
        if (running != null) {
            try {
                boolean unused =
                        running.get(deadline.orIn(around.tierTimeout()).remainingNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException | ExecutionException e) {
                return "not looked at yet";
            } catch (InterruptedException e) {
                throw Surroundings.interrupted("tier '" + id + "'");
            }
        }
        return distrust;
    }

    /** Whether it may be believed is being found out. */
    void beginCheck() {
        check = new CompletableFuture<>();
    }

    void distrust(String reason) {
        distrust = reason;
        endCheck();
    }

    void trust() {
        distrust = "";
        endCheck();
    }

    private void endCheck() {
        CompletableFuture<Boolean> running = check;
        check = null;
        if (running != null) {
            running.complete(true);
        }
    }

    /** An operation that has begun. */
    record Ongoing<R extends @Nullable Object>(CompletableFuture<R> result, Deadline deadline, long began) {}

    /**
     * Calls the tier and waits for the answer.
     *
     * @throws TierException when the tier fails, takes too long, or is down
     */
    <R extends @Nullable Object> R call(Deadline deadline, Function<Deadline, CompletionStage<R>> operation) {
        return await(begin(deadline, operation));
    }

    /** Calls the tier; {@link #await} must follow. */
    <R extends @Nullable Object> Ongoing<R> begin(Deadline deadline, Function<Deadline, CompletionStage<R>> operation) {
        if (!breaker.tryAcquirePermission()) {
            throw new TierException(TierException.Kind.TRANSIENT, "circuit open (" + trouble + ")", null);
        }
        Deadline own = deadline.orIn(around.tierTimeout());
        CompletableFuture<R> result;
        try {
            result = operation.apply(own).toCompletableFuture();
        } catch (RuntimeException e) { // against the rules, but no reason to treat it otherwise
            result = CompletableFuture.failedFuture(e);
        }
        return new Ongoing<>(result, own, System.nanoTime());
    }

    /** Waits for the answer of an operation. */
    <R extends @Nullable Object> R await(Ongoing<R> operation) {
        try {
            R answer = operation.result().isDone()
                    ? operation.result().join()
                    : operation.result().get(operation.deadline().remainingNanos(), TimeUnit.NANOSECONDS);
            breaker.onSuccess(System.nanoTime() - operation.began(), TimeUnit.NANOSECONDS);
            return answer;
        } catch (TimeoutException e) {
            long millis = (System.nanoTime() - operation.began()) / 1_000_000;
            throw failed(
                    operation.began(),
                    new TierException(TierException.Kind.TRANSIENT, "no answer within " + millis + " ms", null));
        } catch (ExecutionException | CompletionException e) {
            throw failed(operation.began(), asTierException(e.getCause() == null ? e : e.getCause()));
        } catch (InterruptedException e) {
            breaker.releasePermission();
            throw Surroundings.interrupted("tier '" + id + "'");
        }
    }

    static TierException asTierException(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof TierException tier
                ? tier
                : new TierException(TierException.Kind.PERMANENT, String.valueOf(cause), cause);
    }

    private TierException failed(long began, TierException failure) {
        errors.increment();
        trouble =
                failure.kind() == TierException.Kind.CORRUPT ? "damaged records" : String.valueOf(failure.getMessage());
        switch (failure.kind()) {
            case FULL -> {
                breaker.releasePermission(); // it answers; only this cannot be done
                onFull.run();
            }
            case CORRUPT -> breaker.releasePermission();
            case TRANSIENT, PERMANENT -> breaker.onError(System.nanoTime() - began, TimeUnit.NANOSECONDS, failure);
        }
        return failure;
    }

    /** By the breaker's own word, because a success may open it, too: when it makes the count of calls full. */
    private void onTransition(CircuitBreakerOnStateTransitionEvent event) {
        if (event.getStateTransition().getToState() == CircuitBreaker.State.OPEN && down.compareAndSet(false, true)) {
            LOG.warn("Memory tier '{}' is down and will be probed until it answers: {}", id, trouble);
            changed(TierState.DOWN, trouble);
            probeLater();
        }
    }

    private void probeLater() {
        try {
            // a probe may block, so it does not run on the timer's thread
            var unused = around.scheduler().schedule(this::probeSoon, PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the instance is closing; nobody needs the tier any more
        }
    }

    private void probeSoon() {
        if (closed) {
            return;
        }
        try {
            around.blocking().execute(this::probe);
        } catch (RejectedExecutionException e) { // all threads are busy: later
            probeLater();
        }
    }

    private void probe() {
        Deadline deadline = Deadline.in(around.tierTimeout());
        try {
            TierIdentity identity =
                    tier.probe(deadline).toCompletableFuture().get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
            recovered(identity);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            probeLater();
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            probeLater();
        }
    }

    private void recovered(TierIdentity identity) {
        String before = storage;
        storage = identity.storage();
        if (before != null && !before.equals(identity.storage())) {
            LOG.warn("Memory tier '{}' came back with another storage: what it held before is not there any more", id);
        }
        onReturn.accept(identity);
        trouble = "";
        down.set(false); // before the breaker lets calls through, which may open it again
        breaker.reset();
        LOG.info("Memory tier '{}' is up again: {}", id, identity.detail());
        changed(TierState.UP, identity.detail());
        onRecovery.run();
    }

    private void changed(TierState state, String reason) {
        around.events().accept(new SparkEvent.TierChanged(around.clock().instant(), id, state, reason));
    }

    MemoryStats.TierStats stats(long pending, long records, long bytes) {
        TierState state = down.get() ? TierState.DOWN : trouble.isEmpty() ? TierState.UP : TierState.DEGRADED;
        CircuitBreaker.Metrics recent = breaker.getMetrics();
        boolean allWell = recent.getNumberOfFailedCalls() == 0 && recent.getNumberOfBufferedCalls() >= WINDOW;
        if (state == TierState.DEGRADED && allWell) {
            trouble = "";
            state = TierState.UP;
        }
        String doubt = distrust();
        boolean doubted = state != TierState.DOWN && !doubt.isEmpty();
        return new MemoryStats.TierStats(
                id,
                type,
                number,
                zone,
                doubted ? TierState.DEGRADED : state,
                doubted ? doubt : trouble,
                records,
                bytes,
                hits.sum(),
                misses.sum(),
                errors.sum(),
                pending);
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return "TierLink[" + number + " " + id + "]";
    }
}

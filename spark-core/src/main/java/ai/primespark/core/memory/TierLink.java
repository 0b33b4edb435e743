package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.MemoryStats.TierState;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.Meters;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.event.CircuitBreakerOnStateTransitionEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One tier as the engine calls it: with a time limit, a circuit breaker, and counts. When the breaker opens, the tier is not
 * called any more; a probe every second, less often while power is short, finds out when it works again. Thread-safe.
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

    /** Set for caches, whose hints end: they are not believed while they may lack some. */
    final @Nullable DoubtedTier doubted;

    private final String type;
    private final Semaphore inFlight;
    private final Surroundings around;
    private final MissBatcher batcher;
    private final CircuitBreaker breaker;
    private final LongAdder errors = new LongAdder();

    /** Damaged records that were replaced while they were read. */
    final Meters.Counter repairs;

    private final AtomicBoolean down = new AtomicBoolean();
    private volatile String trouble = "";
    private volatile @Nullable String storage;
    private final StallWatch stalls;
    private final List<Runnable> onDown = new CopyOnWriteArrayList<>();

    /** Moves on with each recovery, so that calls from before do not count against what came back. */
    private final AtomicInteger era = new AtomicInteger();

    private volatile Runnable onRecovery = () -> {};
    private volatile Consumer<TierIdentity> onReturn = identity -> {};
    private volatile Runnable onFull = () -> {};
    private volatile String distrust = "";
    private volatile boolean undecided;
    private volatile int stretch = 1;
    private volatile @Nullable CompletableFuture<Boolean> check;
    private volatile boolean closed;

    TierLink(int number, ConfiguredTier configured, Surroundings around) {
        this.number = number;
        this.id = configured.id();
        this.type = configured.type();
        this.zone = configured.zone();
        this.doubted = DoubtedTier.isCache(configured.tier()) ? new DoubtedTier(id, configured.tier()) : null;
        this.tier = doubted == null ? configured.tier() : doubted;
        this.around = around;
        this.inFlight = new Semaphore(around.tierMaxInFlight());
        this.stalls = new StallWatch(around.patience());
        this.batcher = MissBatcher.of(tier, around.batchReads());
        this.breaker = CircuitBreaker.of(
                "memory-" + id,
                CircuitBreakerConfig.custom()
                        .slidingWindowSize(WINDOW)
                        .minimumNumberOfCalls(5)
                        .failureRateThreshold(50)
                        .waitDurationInOpenState(Duration.ofDays(365)) // probes close it, never a caller's operation
                        .build());
        breaker.getEventPublisher().onStateTransition(this::onTransition);
        this.repairs = around.meters().counter("spark.memory.tier.repairs", "tier", id);
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

    /** Runs when the tier is found not to work, before anybody is told. */
    void onDown(Runnable action) {
        onDown.add(action);
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

    /** Whether nobody has found out yet if it may be believed. */
    boolean isUndecided() {
        return undecided;
    }

    /** Whether it may be believed is being found out. */
    void beginCheck() {
        undecided = true;
        check = new CompletableFuture<>();
    }

    void distrust(String reason) {
        distrust = reason;
        endCheck(false);
    }

    /** It could not be found out, for now. */
    void leaveUndecided(String trouble) {
        distrust = "not looked at yet" + trouble;
        endCheck(true);
    }

    void trust() {
        distrust = "";
        endCheck(false);
    }

    private void endCheck(boolean stillUndecided) {
        CompletableFuture<Boolean> running = check;
        check = null;
        undecided = stillUndecided; // after the outcome, so that whoever sees it decided sees how
        if (running != null) {
            running.complete(true);
        }
    }

    /** An operation that has begun. Its outcome counts once, whoever finds it. */
    static final class Ongoing<R extends @Nullable Object> {

        private final CompletableFuture<R> result;
        private final Deadline deadline;
        private final long began = System.nanoTime();
        private final int era;
        private final AtomicBoolean counted = new AtomicBoolean();

        private Ongoing(CompletableFuture<R> result, Deadline deadline, int era) {
            this.result = result;
            this.deadline = deadline;
            this.era = era;
        }

        CompletableFuture<R> result() {
            return result;
        }

        Deadline deadline() {
            return deadline;
        }
    }

    /**
     * Calls the tier and waits for the answer.
     *
     * @throws TierException when the tier fails, takes too long, or is down
     */
    <R extends @Nullable Object> R call(Deadline deadline, Function<Deadline, CompletionStage<R>> operation) {
        return await(begin(deadline, operation));
    }

    /** Calls the tier; {@link #await} or {@link #abandon} must follow. */
    <R extends @Nullable Object> Ongoing<R> begin(Deadline deadline, Function<Deadline, CompletionStage<R>> operation) {
        int now = era.get(); // before the permission: a recovery in between makes this call one of the old era at worst
        if (!breaker.tryAcquirePermission()) {
            throw new TierException(TierException.Kind.TRANSIENT, "circuit open (" + trouble + ")", null);
        }
        if (!inFlight.tryAcquire()) { // the bulkhead: what hangs in one tier must not take all threads along
            breaker.releasePermission();
            throw new TierException(
                    TierException.Kind.TRANSIENT,
                    around.tierMaxInFlight() + " operations are under way there already (tier-max-in-flight)",
                    null);
        }
        Deadline own = deadline.orIn(around.tierTimeout());
        CompletableFuture<R> result;
        try {
            result = operation.apply(own).toCompletableFuture();
        } catch (RuntimeException e) { // against the rules, but no reason to treat it otherwise
            result = CompletableFuture.failedFuture(e);
        }
        if (result.isDone()) {
            inFlight.release();
        } else {
            var unused = result.whenComplete((answer, e) -> inFlight.release()); // not when the caller gives up
        }
        return new Ongoing<>(result, own, now);
    }

    /** Reads a key, together with others that are asked for meanwhile. */
    Ongoing<@Nullable TierRecord> beginGet(TierKey key, Deadline deadline) {
        return begin(deadline, own -> batcher.get(key, own));
    }

    /** Waits for the answer of an operation. */
    <R extends @Nullable Object> R await(Ongoing<R> operation) {
        try {
            R answer = operation.result.isDone()
                    ? operation.result.join()
                    : operation.result.get(operation.deadline.remainingNanos(), TimeUnit.NANOSECONDS);
            succeeded(operation);
            return answer;
        } catch (TimeoutException e) {
            throw failed(operation, late(operation));
        } catch (ExecutionException | CompletionException | CancellationException e) {
            throw failed(operation, asTierException(e.getCause() == null ? e : e.getCause()));
        } catch (InterruptedException e) {
            abandon(operation);
            throw Surroundings.interrupted("tier '" + id + "'");
        }
    }

    /** The caller does not wait any longer; the outcome counts all the same when it is there, or when the time is over. */
    void abandon(Ongoing<?> operation) {
        if (operation.result.isDone()) {
            count(operation);
            return;
        }
        Future<?> alarm;
        try {
            alarm = around.scheduler()
                    .schedule(
                            () -> {
                                TierException unused = failed(operation, late(operation));
                            },
                            Math.max(0, operation.deadline.remainingNanos()),
                            TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            return; // the instance is closing
        }
        var unused = operation.result.whenComplete((answer, failure) -> {
            boolean ignored = alarm.cancel(false);
            count(operation);
        });
    }

    /** Someone has waited for an answer as long as patience goes. */
    void overdue(Ongoing<?> operation) {
        if (operation.era == era.get() && stalls.overdue(operation.began)) {
            trouble = "no answer to " + stalls.count() + " calls";
            breaker.transitionToOpenState();
        }
    }

    private void count(Ongoing<?> operation) {
        if (operation.result.isCompletedExceptionally()) {
            TierException unused = failed(
                    operation,
                    asTierException(operation.result.handle((r, e) -> e).join()));
        } else {
            succeeded(operation);
        }
    }

    private void succeeded(Ongoing<?> operation) {
        if (operation.counted.compareAndSet(false, true)) {
            long took = System.nanoTime() - operation.began;
            stalls.answered(took);
            if (operation.era == era.get()) {
                breaker.onSuccess(took, TimeUnit.NANOSECONDS);
            }
        }
    }

    private static TierException late(Ongoing<?> operation) {
        long millis = (System.nanoTime() - operation.began) / 1_000_000;
        return new TierException(TierException.Kind.TRANSIENT, "no answer within " + millis + " ms", null);
    }

    static TierException asTierException(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof TierException tier
                ? tier
                : new TierException(TierException.Kind.PERMANENT, String.valueOf(cause), cause);
    }

    private TierException failed(Ongoing<?> operation, TierException failure) {
        if (!operation.counted.compareAndSet(false, true)) {
            return failure;
        }
        if (DoubtedTier.isDoubt(failure)) { // it was not even asked
            if (operation.era == era.get()) {
                breaker.releasePermission();
            }
            return failure;
        }
        errors.increment();
        if (operation.era != era.get()) {
            return failure;
        }
        trouble =
                failure.kind() == TierException.Kind.CORRUPT ? "damaged records" : String.valueOf(failure.getMessage());
        switch (failure.kind()) {
            case FULL, CORRUPT -> { // it answers; only this cannot be done
                stalls.answered(System.nanoTime() - operation.began);
                breaker.releasePermission();
                if (failure.kind() == TierException.Kind.FULL) {
                    onFull.run();
                }
            }
            case TRANSIENT, PERMANENT ->
                breaker.onError(System.nanoTime() - operation.began, TimeUnit.NANOSECONDS, failure);
        }
        return failure;
    }

    /** By the breaker's own word, because a success may open it, too: when it makes the count of calls full. */
    private void onTransition(CircuitBreakerOnStateTransitionEvent event) {
        if (event.getStateTransition().getToState() == CircuitBreaker.State.OPEN && down.compareAndSet(false, true)) {
            onDown.forEach(Runnable::run);
            LOG.warn("Memory tier '{}' is down and will be probed until it answers: {}", id, trouble);
            changed(TierState.DOWN, trouble);
            probeLater();
        }
    }

    /** Says how many times as far apart as usual probes are. */
    void probeLess(int times) {
        stretch = times;
    }

    private void probeLater() {
        try {
            // a probe may block, so it does not run on the timer's thread
            long pause = PROBE_INTERVAL.toMillis() * stretch;
            var unused = around.scheduler().schedule(this::probeSoon, pause, TimeUnit.MILLISECONDS);
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
        int unused = era.incrementAndGet();
        stalls.reset();
        down.set(false); // before the breaker lets calls through, which may open it again
        breaker.reset();
        LOG.info("Memory tier '{}' is up again: {}", id, identity.detail());
        changed(TierState.UP, identity.detail());
        onRecovery.run();
    }

    private void changed(TierState state, String reason) {
        around.events().accept(new SparkEvent.TierChanged(around.clock().instant(), id, state, reason));
    }

    MemoryStats.TierStats stats(Backlog backlog, long records, long bytes, long nowMillis) {
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
                backlog.size(),
                backlog.bytes(),
                age(backlog.oldestMillis(), nowMillis));
    }

    /** How long something waits already, or -1 when nothing does. */
    static long age(long sinceMillis, long nowMillis) {
        return sinceMillis < 0 ? -1 : Math.max(0, nowMillis - sinceMillis);
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

package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmStats;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A backend and what the router knows about it: admission, circuit, and how fast it is. Thread-safe.
 *
 * <p>Every admission that {@link #admit} granted is given back by exactly one {@link #leave}.
 */
final class BackendHandle {

    private static final double NEWEST_WEIGHS = 0.3;
    private static final String ATTEMPTS = "spark.llm.attempts";

    private final LlmBackend backend;
    private final BackendInfo info;
    private final @Nullable Circuit circuit;
    private final int maxInFlight;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final LongAdder requests = new LongAdder();
    private final LongAdder failures = new LongAdder();

    /** Smoothed nanoseconds to the first token; 0 while not known. */
    private final AtomicLong firstToken = new AtomicLong();

    private final Meters meters;
    private final Meters.Counter answered;
    private final Meters.Timer firstTokens;

    BackendHandle(
            LlmBackend backend, Settings settings, InstantSource clock, Meters meters, Consumer<SparkEvent> events) {
        this.backend = backend;
        this.info = backend.info();
        // what answers without a model is the last hope: it is asked even if it failed before
        this.circuit = info.lastResort() ? null : new Circuit(info.id(), settings, clock, events);
        this.maxInFlight = settings.get(LlmSettings.MAX_IN_FLIGHT).intValue();
        this.meters = meters;
        this.answered = meters.counter(ATTEMPTS, "backend", info.id(), "outcome", "answered");
        this.firstTokens = meters.timer("spark.llm.first.token", "backend", info.id());
        meters.gauge("spark.llm.in.flight", inFlight::get, "backend", info.id());
    }

    LlmBackend backend() {
        return backend;
    }

    BackendInfo info() {
        return info;
    }

    String id() {
        return info.id();
    }

    Zone zone() {
        return info.zone();
    }

    boolean lastResort() {
        return info.lastResort();
    }

    int inFlight() {
        return inFlight.get();
    }

    @Nullable
    Duration expectedFirstToken() {
        long nanos = firstToken.get();
        return nanos == 0 ? null : Duration.ofNanos(nanos);
    }

    /** Smoothed nanoseconds to the first token; 0 while not known. */
    long firstTokenNanos() {
        return firstToken.get();
    }

    boolean isCircuitBlocking() {
        return circuit != null && circuit.isBlocking();
    }

    boolean isProbing() {
        return circuit != null && circuit.isProbing();
    }

    /** Lets a call in. Gives null, or the reason why not. */
    @Nullable
    String admit() {
        int running;
        do {
            running = inFlight.get();
            if (running >= maxInFlight) {
                return "busy: " + running + " calls are running, which is the limit (max-in-flight)";
            }
        } while (!inFlight.compareAndSet(running, running + 1));
        if (circuit != null && !circuit.tryEnter()) {
            inFlight.decrementAndGet();
            return circuit.isProbing()
                    ? "the circuit is half open: another call is finding out whether it works again"
                    : CandidateOrder.CIRCUIT_OPEN;
        }
        requests.increment();
        return null;
    }

    /** The first token came; a backend that is on probation has passed then, however long its answer may be. */
    void firstToken(long nanos, boolean probe) {
        firstToken.accumulateAndGet(
                Math.max(nanos, 1),
                (old, now) -> old == 0 ? now : Math.max(1, (long) (old + NEWEST_WEIGHS * (now - old))));
        firstTokens.record(Duration.ofNanos(nanos));
        if (probe && circuit != null) {
            circuit.succeeded(nanos);
        }
    }

    /**
     * Ends what {@link #admit} began.
     *
     * @param nanos how long it took
     * @param failure null when it answered
     * @param passed whether a probe passed already, so that success has been noted
     */
    void leave(long nanos, @Nullable LlmException failure, boolean passed) {
        inFlight.decrementAndGet();
        if (failure == null) {
            answered.increment();
        } else {
            boolean cancelled = failure.kind() == LlmException.Kind.CANCELLED;
            if (!cancelled) {
                failures.increment();
            }
            meters.counter(
                            ATTEMPTS,
                            "backend",
                            info.id(),
                            "outcome",
                            failure.kind().name().toLowerCase(Locale.ROOT))
                    .increment();
        }
        if (circuit != null) {
            if (failure != null && isTrouble(failure.kind())) {
                circuit.failed(nanos, failure);
            } else if (!passed && failure == null) {
                circuit.succeeded(nanos);
            } else if (!passed) {
                circuit.neither();
            }
        }
    }

    LlmStats.BackendStats stats() {
        return new LlmStats.BackendStats(
                info.id(),
                info.type(),
                info.endpoint(),
                info.zone(),
                circuit == null ? LlmStats.Circuit.CLOSED : circuit.state(),
                inFlight.get(),
                requests.sum(),
                failures.sum(),
                expectedFirstToken());
    }

    /** Whether a failure says something about the backend, rather than about the request. */
    private static boolean isTrouble(LlmException.Kind kind) {
        return switch (kind) {
            case UNREACHABLE, TIMEOUT, OVERLOADED, SERVER_ERROR, RESET, TRUNCATED, PROTOCOL, UNAUTHORIZED -> true;
            case MODEL_NOT_FOUND, REJECTED, PRIVACY, NO_BACKEND, INVALID_ANSWER, STEP_LIMIT, CANCELLED -> false;
        };
    }

    @Override
    public String toString() {
        return "BackendHandle[" + info.id() + "]";
    }
}

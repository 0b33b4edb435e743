package ai.primespark.core.llm;

import ai.primespark.event.SparkEvent;
import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.RouteTrace;
import ai.primespark.spi.Meters;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps account of calls: numbers, meters, the latest traces, and the event at each end. Thread-safe and without locks. */
final class Ledger {

    static final int RECENT = 50;

    private static final Logger log = LoggerFactory.getLogger(Ledger.class);

    private final InstantSource clock;
    private final Consumer<SparkEvent> events;
    private final LongAdder requests = new LongAdder();
    private final LongAdder cacheHits = new LongAdder();
    private final LongAdder failovers = new LongAdder();
    private final AtomicReferenceArray<@Nullable RouteTrace> recent = new AtomicReferenceArray<>(RECENT);
    private final AtomicLong written = new AtomicLong();

    private final Meters.Counter answered;
    private final Meters.Counter cached;
    private final Meters.Counter staleAnswer;
    private final Meters.Counter degraded;
    private final Meters.Counter smaller;
    private final Meters.Counter cancelled;
    private final Meters.Counter failed;
    private final Meters.Counter failedOver;
    private final Meters.Counter hit;
    private final Meters.Counter miss;
    private final Meters.Counter stale;

    Ledger(InstantSource clock, Meters meters, Consumer<SparkEvent> events) {
        this.clock = clock;
        this.events = events;
        this.answered = calls(meters, "answered");
        this.cached = calls(meters, "cached");
        this.staleAnswer = calls(meters, "stale");
        this.degraded = calls(meters, "degraded");
        this.smaller = calls(meters, "smaller");
        this.cancelled = calls(meters, "cancelled");
        this.failed = calls(meters, "failed");
        this.failedOver = meters.counter("spark.llm.failovers");
        this.hit = meters.counter("spark.llm.cache", "outcome", "hit");
        this.miss = meters.counter("spark.llm.cache", "outcome", "miss");
        this.stale = meters.counter("spark.llm.cache", "outcome", "stale");
    }

    private static Meters.Counter calls(Meters meters, String outcome) {
        return meters.counter("spark.llm.calls", "outcome", outcome);
    }

    void begun() {
        requests.increment();
    }

    void missed() {
        miss.increment();
    }

    /** A call ended; {@code error} is null when it was answered. */
    void ended(RouteTrace trace, LlmException.@Nullable Kind error) {
        if (error != null) {
            (error == LlmException.Kind.CANCELLED ? cancelled : failed).increment();
        } else {
            answered(trace);
        }
        long number = written.getAndIncrement();
        recent.set((int) (number % RECENT), trace);
        log.debug(
                "call {}: {} after {}, {} attempts, {} skipped",
                trace.requestId(),
                error == null ? "answered" : error,
                trace.total(),
                trace.attempts().size(),
                trace.skipped().size());
        events.accept(new SparkEvent.CallEnded(clock.instant(), trace, error));
    }

    private void answered(RouteTrace trace) {
        if (trace.cached()) {
            cacheHits.increment();
            if (trace.similarity().isEmpty()) { // others are counted where they were found
                (trace.stale() ? stale : hit).increment();
            }
            (trace.stale() ? staleAnswer : cached).increment();
            return;
        }
        boolean handedDown = trace.source() == AnswerSource.SMALLER_MODEL;
        (trace.degraded() ? degraded : handedDown ? smaller : answered).increment();
        if (isFailover(trace.attempts())) {
            failovers.increment();
            failedOver.increment();
        }
    }

    /** Whether another backend answered because the first one failed, rather than was only slower to begin. */
    private static boolean isFailover(List<RouteTrace.Attempt> attempts) {
        int last = attempts.size() - 1;
        return last > 0
                && !attempts.get(0).backend().equals(attempts.get(last).backend())
                && attempts.stream().anyMatch(a -> a.outcome() == RouteTrace.Outcome.FAILED);
    }

    long requests() {
        return requests.sum();
    }

    long cacheHits() {
        return cacheHits.sum();
    }

    long failovers() {
        return failovers.sum();
    }

    /** The latest traces, newest first. */
    List<RouteTrace> recent() {
        long next = written.get();
        List<RouteTrace> traces = new ArrayList<>(RECENT);
        for (long number = next - 1; number >= 0 && number >= next - RECENT; number--) {
            RouteTrace trace = recent.get((int) (number % RECENT));
            if (trace != null) { // its writer may be between the two steps
                traces.add(trace);
            }
        }
        return traces;
    }
}

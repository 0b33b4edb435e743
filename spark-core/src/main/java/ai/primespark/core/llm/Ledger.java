package ai.primespark.core.llm;

import ai.primespark.core.llm.observe.CallMeters;
import ai.primespark.event.SparkEvent;
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

/** Keeps account of calls: numbers, meters, the latest traces, and the event at each end. Thread-safe and without locks. */
final class Ledger {

    static final int RECENT = 50;

    private final InstantSource clock;
    private final Consumer<SparkEvent> events;
    private final LongAdder requests = new LongAdder();
    private final LongAdder cacheHits = new LongAdder();
    private final LongAdder failovers = new LongAdder();
    private final AtomicReferenceArray<@Nullable RouteTrace> recent = new AtomicReferenceArray<>(RECENT);
    private final AtomicLong written = new AtomicLong();

    private final CallMeters calls;
    private final Meters.Counter hit;
    private final Meters.Counter miss;
    private final Meters.Counter stale;

    Ledger(InstantSource clock, Meters meters, Consumer<SparkEvent> events) {
        this.clock = clock;
        this.events = events;
        this.calls = new CallMeters(meters);
        this.hit = meters.counter("spark.llm.cache", "outcome", "hit");
        this.miss = meters.counter("spark.llm.cache", "outcome", "miss");
        this.stale = meters.counter("spark.llm.cache", "outcome", "stale");
    }

    void begun() {
        requests.increment();
    }

    void missed() {
        miss.increment();
    }

    /** A call ended; {@code error} is null when it was answered. */
    void ended(RouteTrace trace, LlmException.@Nullable Kind error) {
        calls.ended(trace, error);
        if (error == null) {
            answered(trace);
        }
        long number = written.getAndIncrement();
        recent.set((int) (number % RECENT), trace);
        events.accept(new SparkEvent.CallEnded(clock.instant(), trace, error));
    }

    private void answered(RouteTrace trace) {
        if (trace.cached()) {
            switch (trace.answerSource().orElseThrow()) {
                case CACHE -> hit.increment();
                case STALE_CACHE -> stale.increment();
                default -> {} // the semantic cache counts by itself, and what was recalled is no hit
            }
            if (!trace.degraded()) {
                cacheHits.increment();
            }
            return;
        }
        List<RouteTrace.Attempt> attempts = trace.attempts();
        if (isFailover(attempts)) {
            failovers.increment();
            calls.failedOver(
                    attempts.get(0).backend(), attempts.get(attempts.size() - 1).backend());
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

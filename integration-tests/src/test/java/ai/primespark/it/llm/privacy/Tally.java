package ai.primespark.it.llm.privacy;

import ai.primespark.Zone;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.RouteTrace;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** What came of the sequences. Thread-safe. */
final class Tally {

    private static final int ENOUGH = 10;

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final Queue<String> breaches = new ConcurrentLinkedQueue<>();

    void count(String what) {
        count(what, 1);
    }

    void count(String what, long times) {
        counts.computeIfAbsent(what, key -> new LongAdder()).add(times);
    }

    void add(LlmStats stats) {
        count("hedges", stats.hedges());
        count("failovers", stats.failovers());
        count("cache hits", stats.cacheHits());
    }

    void failed(LlmException failure) {
        count("failed: " + failure.kind());
        failure.trace().ifPresent(this::add);
    }

    void add(RouteTrace trace) {
        count("attempts", trace.attempts().size());
        count(
                "retries",
                trace.attempts().stream()
                        .filter(attempt -> attempt.reason().startsWith("tried again"))
                        .count());
    }

    /** Something that must not happen. */
    void breach(String what) {
        count("breaches");
        if (breaches.size() < ENOUGH) {
            breaches.add(what);
        }
    }

    /** A round ended in which nothing may have gone to a zone. */
    void hid(int sequences, Zone zone, Round.Arrived arrived) {
        count("sequences hidden from " + zone, sequences);
        count("bytes to " + zone + " that should be none", arrived.bytes());
        count("connections to " + zone + " that should be none", arrived.connections());
    }

    long of(String what) {
        LongAdder counted = counts.get(what);
        return counted == null ? 0 : counted.sum();
    }

    Queue<String> breaches() {
        return breaches;
    }

    @Override
    public String toString() {
        return new TreeMap<>(counts).toString();
    }
}

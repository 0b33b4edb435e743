package ai.primespark.agent.http;

import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Ids of tokens that were used and have not expired. Holds a bounded number; when that many are alive, none is accepted: a token
 * that is forgotten could be used again, and a callback that is refused is sent again. Thread-safe.
 */
final class SeenTokens {

    private static final int MOST = 50_000;

    private final InstantSource clock;
    private final Map<String, Instant> expiries = new LinkedHashMap<>(); // guarded by this

    SeenTokens(InstantSource clock) {
        this.clock = clock;
    }

    /** Remembers an id until its expiry; false when it is known, or there are too many. */
    synchronized boolean add(String id, Instant expiry) {
        if (expiries.size() >= MOST) {
            Instant now = clock.instant();
            expiries.values().removeIf(end -> !end.isAfter(now));
        }
        return expiries.size() < MOST && expiries.putIfAbsent(id, expiry) == null;
    }
}

package ai.primespark.core.llm;

import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One call's use of the cache: finds a known answer, waits for the same one that another call is just finding, or announces
 * that this call is finding it. The reading thread's, except for {@link #end}.
 */
final class CacheVisit {

    private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();

    private final AnswerCache cache;
    private final LlmRequest request;
    private final RequestKey key;
    private final Waiter waiter;
    private volatile @Nullable Flight flight; // set by the reading thread

    CacheVisit(AnswerCache cache, LlmRequest request, String logicalModel, Waiter waiter) {
        this.cache = cache;
        this.request = request;
        this.key = RequestKey.of(request, logicalModel);
        this.waiter = waiter;
    }

    /** A good answer; null when this call must find one, or when it has ended meanwhile. */
    @Nullable
    LlmResponse find() throws InterruptedException {
        if (request.cache() != CacheMode.USE) {
            return null;
        }
        LlmResponse known = cache.fresh(key, request.privacy());
        if (known != null) {
            return known;
        }
        Flight other = announce();
        if (other == null) {
            return cache.fresh(key, request.privacy()); // the one before may just have landed
        }
        other.whenLanded(waiter::wake);
        while (!other.hasLanded() && !other.isStalled() && !waiter.hasEnded()) {
            waiter.pause(LOOK_NANOS, other::hasLanded);
        }
        LlmResponse shared = other.answer();
        if (shared != null && request.privacy().allows(shared.zone())) {
            return shared;
        }
        announce(); // now it is our turn; whoever comes later may wait for us
        return null;
    }

    /** Any answer, for when nobody can give a better one. */
    @Nullable
    Replay stale() {
        if (request.cache() != CacheMode.USE) {
            return null;
        }
        LlmResponse old = cache.evenStale(key, request.privacy());
        return old == null ? null : new Replay(old, cache.fresh(key, request.privacy()) == null, false);
    }

    /** What a backend without a model answered lately from the same documents, for when it would be asked again. */
    @Nullable
    Replay recalled() {
        if (request.cache() != CacheMode.USE) {
            return null;
        }
        LlmResponse recalled = cache.recalled(key, request.privacy());
        return recalled == null ? null : new Replay(recalled, false, true);
    }

    void store(LlmResponse response) {
        cache.store(key, response);
    }

    /** The consumer waits for an event. */
    void entered() {
        Flight mine = flight;
        if (mine != null) {
            mine.entered();
        }
    }

    /** The consumer got what it waited for. */
    void left() {
        Flight mine = flight;
        if (mine != null) {
            mine.left();
        }
    }

    /**
     * The call ended. From any thread; harmless when repeated. Who calls it while {@link #find} is running must have it called
     * again afterwards.
     */
    void end(boolean answered) {
        Flight landing = flight;
        if (landing != null) {
            cache.land(landing, answered ? cache.fresh(key, request.privacy()) : null);
        }
    }

    /** Gives the call that was announced before; null when ours is announced now. */
    private @Nullable Flight announce() {
        Flight mine = new Flight(key);
        mine.entered();
        Flight other = cache.announce(mine);
        if (other == null) {
            flight = mine;
        }
        return other;
    }
}

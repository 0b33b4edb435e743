package ai.primespark.core.llm;

import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One call's use of the cache: finds a known answer, waits for the same one that another call is just finding, or announces
 * that this call is finding it. The reading thread's, except for {@link #end}.
 */
final class CacheVisit {

    private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();

    /** How often it is looked whether a server has said what its model is. */
    private static final long STATUS_LOOK_NANOS = Duration.ofMillis(5).toNanos();

    private final AnswerCache cache;
    private final LlmRequest request;
    private final String logicalModel;
    private final Privacy reach;
    private final RequestKey key;
    private final Waiter waiter;
    private volatile @Nullable Flight flight; // set by the reading thread
    private boolean asked; // whether memory was, or could not be
    private SharedAnswers.@Nullable Inquiry inquiry;

    /**
     * Makes one.
     *
     * @param reach how far the answer may travel: as far as the request, at most
     */
    CacheVisit(AnswerCache cache, LlmRequest request, String logicalModel, Privacy reach, Waiter waiter) {
        this.cache = cache;
        this.reach = reach;
        this.request = request;
        this.logicalModel = logicalModel;
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
            known = cache.fresh(key, request.privacy()); // the one before may just have landed
            return known != null ? known : freshOfMemory();
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

    /** What memory's tiers have, if it is surely what would be answered now. */
    private @Nullable LlmResponse freshOfMemory() throws InterruptedException {
        SharedAnswers shared = cache.shared();
        if (shared == null) {
            return null;
        }
        long until = System.nanoTime() + shared.patience().toNanos();
        KeptAnswer kept = askMemory(shared, until);
        if (kept == null || !cache.isFresh(kept)) {
            return null;
        }
        ModelIdentity identity = cache.identity();
        while (identity.isAwaited(kept) && until - System.nanoTime() > 0 && !waiter.hasEnded()) {
            waiter.pause(Math.min(STATUS_LOOK_NANOS, until - System.nanoTime()), () -> false);
        }
        if (identity.of(kept, logicalModel, request.privacy()) != ModelIdentity.Standing.CURRENT) {
            return null;
        }
        cache.adopt(key, kept);
        return kept.answer();
    }

    /** What memory's tiers have within the time, even if it is over its own; null when that is nothing. */
    private @Nullable KeptAnswer askMemory(SharedAnswers shared, long until) throws InterruptedException {
        if (!asked) {
            asked = true;
            SharedAnswers.Inquiry mine = shared.ask(key, reach, waiter::wake);
            inquiry = mine;
            if (mine != null) {
                waiter.pause(until - System.nanoTime(), mine::isDone);
                if (!mine.isDone() && !waiter.hasEnded()) {
                    mine.giveUp();
                }
            }
        }
        KeptAnswer kept = inquiry == null ? null : inquiry.answer(); // it may have come late
        return kept != null && cache.isKept(kept) ? kept : null;
    }

    /** Any answer, for when nobody can give a better one. */
    @Nullable
    Replay stale() throws InterruptedException {
        if (request.cache() != CacheMode.USE) {
            return null;
        }
        KeptAnswer ours = cache.evenStale(key, request.privacy());
        if (ours != null && cache.isFresh(ours) && !cache.identity().isReplaced(ours)) {
            return new Replay(ours.answer(), AnswerSource.CACHE);
        }
        SharedAnswers shared = cache.shared();
        KeptAnswer theirs = shared == null
                ? null
                : askMemory(shared, System.nanoTime() + shared.patience().toNanos());
        if (theirs != null && (ours == null || theirs.at().isAfter(ours.at()))) {
            boolean good = cache.isFresh(theirs)
                    && cache.identity().of(theirs, logicalModel, request.privacy()) != ModelIdentity.Standing.REPLACED;
            return new Replay(theirs.answer(), good ? AnswerSource.CACHE : AnswerSource.STALE_CACHE);
        }
        return ours == null ? null : new Replay(ours.answer(), AnswerSource.STALE_CACHE);
    }

    /** What a backend without a model answered lately from the same documents, for when it would be asked again. */
    @Nullable
    Replay recalled() {
        if (request.cache() != CacheMode.USE) {
            return null;
        }
        LlmResponse recalled = cache.recalled(key, request.privacy());
        return recalled == null ? null : new Replay(recalled, AnswerSource.RECALL);
    }

    /** Why there is no answer here, in words. */
    String words() {
        if (request.cache() != CacheMode.USE) {
            return "the request wants no answer of the cache";
        }
        boolean silent = inquiry != null && !inquiry.isDone();
        return "the cache has no answer to this very request, not even an old one"
                + (silent ? ", but memory's tiers have not said yet" : "");
    }

    void store(LlmResponse response) {
        var unused = cache.store(key, reach, logicalModel, response);
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

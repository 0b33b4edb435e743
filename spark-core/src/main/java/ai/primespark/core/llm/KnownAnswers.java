package ai.primespark.core.llm;

import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import org.jspecify.annotations.Nullable;

/**
 * What one call can be told without asking a backend: the answer to the very same request, to a similar question, or what was
 * recalled lately. The reading thread's own, except for {@link #end}.
 */
final class KnownAnswers {

    private final RouterContext context;
    private final CallState state;
    private final LlmRequest request;
    private final String logicalModel;
    private final Waiter waiter;
    private final @Nullable SimilarVisit similar;
    private volatile @Nullable CacheVisit visit; // set by the reading thread
    private volatile boolean missed;

    /**
     * Makes it; looks for nothing.
     *
     * @param context what all calls share
     * @param state the call's
     * @param request what is asked
     * @param logicalModel what the model is called before it has a backend
     * @param waiter where the call waits
     */
    KnownAnswers(RouterContext context, CallState state, LlmRequest request, String logicalModel, Waiter waiter) {
        this.context = context;
        this.state = state;
        this.request = request;
        this.logicalModel = logicalModel;
        this.waiter = waiter;
        SimilarAnswers answers = context.similar();
        this.similar = answers == null ? null : answers.visit(request, logicalModel, waiter);
    }

    /** A good answer to the very same request, known already or just being found by another call; null when there is none. */
    @Nullable
    Replay same() throws InterruptedException {
        AnswerCache cache = context.cache();
        if (cache == null || request.cache() == CacheMode.BYPASS) {
            return null;
        }
        CacheVisit mine =
                new CacheVisit(cache, request, logicalModel, context.order().reach(request), waiter);
        visit = mine;
        LlmResponse known = mine.find();
        if (state.hasEnded()) { // end() may not have seen what find() announced
            mine.end(false);
            state.throwIfEnded();
        }
        missed = known == null && request.cache() == CacheMode.USE;
        return known == null ? null : new Replay(known, AnswerSource.CACHE);
    }

    /** Whether {@link #same} was asked and had none. From any thread. */
    boolean missed() {
        return missed;
    }

    /** A good answer to a similar question, if that is wanted before a backend is asked; null when there is none. */
    @Nullable
    Replay inFront(long remaining) throws InterruptedException {
        return similar == null ? null : told(similar.inFront(remaining));
    }

    /** The best that there is when nobody can answer: an old answer of a model is better than one without a model. */
    @Nullable
    Replay offline(long remaining) throws InterruptedException {
        CacheVisit mine = visit;
        Replay stored = mine == null ? null : mine.stale();
        if (stored == null && similar != null) {
            stored = told(similar.offline(remaining));
        }
        return stored == null && mine != null ? mine.recalled() : stored;
    }

    private @Nullable Replay told(SimilarAnswers.@Nullable Similar known) {
        state.throwIfEnded();
        if (known == null) {
            return null;
        }
        state.similar(known.similarity(), known.stale());
        return known.replay();
    }

    /** Keeps an answer that a backend gave all of, to the request as it is. */
    void store(LlmResponse whole) {
        CacheVisit mine = visit;
        if (mine != null) {
            mine.store(whole);
        }
        if (similar != null) {
            similar.store(whole);
        }
    }

    /** Why there is no answer here, in words. */
    String words() {
        CacheVisit mine = visit;
        return mine == null ? "the cache is off, or the request bypasses it" : mine.words();
    }

    /** The consumer waits for an event. */
    void entered() {
        CacheVisit mine = visit;
        if (mine != null) {
            mine.entered();
        }
    }

    /** The consumer got what it waited for. */
    void left() {
        CacheVisit mine = visit;
        if (mine != null) {
            mine.left();
        }
    }

    /** The call ended. From any thread; harmless when repeated. */
    void end(boolean answered) {
        CacheVisit mine = visit;
        if (mine != null) {
            mine.end(answered);
        }
    }
}

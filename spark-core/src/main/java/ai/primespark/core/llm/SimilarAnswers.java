package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.core.llm.semantic.SemanticCache;
import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.SemanticCacheUse;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers to questions that ask the same in other words. Thread-safe.
 *
 * <p>A question is embedded only when there is an answer to one with the same facts, together with that one: so most questions
 * cost nothing, nothing is embedded for storing, and vectors of two models are never compared. It is embedded no farther from
 * here than where the request itself might be answered now.
 *
 * <p>No failure gets out of here. After {@value #MAX_FAILURES} in a row, nothing is embedded for a while, so that a server that hangs
 * does not cost every call its patience.
 */
final class SimilarAnswers {

    static final int MAX_FAILURES = 3;
    static final Duration PAUSE = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(SimilarAnswers.class);
    private static final long MAX_CHARS = 16_000_000;

    private final SemanticCache<RequestKey> cache;
    private final SemanticCacheUse use;
    private final String model;
    private final double threshold;
    private final Duration patience;
    private final CandidateOrder order;
    private final ModelIdentity identity;
    private final Function<EmbedRequest, Embeddings> embedder;
    private final ExecutorService blocking;
    private final InstantSource clock;

    private final AtomicInteger failures = new AtomicInteger();
    private volatile long pausedUntil; // milliseconds by the clock

    private final Meters.Counter hit;
    private final Meters.Counter below;
    private final Meters.Counter guarded;
    private final Meters.Counter unavailable;

    private SimilarAnswers(
            Settings settings,
            String model,
            CandidateOrder order,
            ModelIdentity identity,
            Function<EmbedRequest, Embeddings> embedder,
            ExecutorService blocking,
            InstantSource clock,
            Meters meters) {
        this.cache = new SemanticCache<>(
                clock,
                settings.get(LlmSettings.CACHE_LIFE),
                AnswerCache.STALE_LIFE,
                settings.get(LlmSettings.SEMANTIC_MAX_ENTRIES).intValue(),
                MAX_CHARS);
        this.use = settings.get(LlmSettings.SEMANTIC_USE);
        this.model = model;
        this.threshold = settings.get(LlmSettings.SEMANTIC_THRESHOLD);
        this.patience = settings.get(LlmSettings.SEMANTIC_PATIENCE);
        this.order = order;
        this.identity = identity;
        this.embedder = embedder;
        this.blocking = blocking;
        this.clock = clock;
        this.hit = outcome(meters, "hit");
        this.below = outcome(meters, "below-threshold");
        this.guarded = outcome(meters, "guarded");
        this.unavailable = outcome(meters, "unavailable");
    }

    /** As the settings say; null when it is off. */
    static @Nullable SimilarAnswers of(
            Settings settings,
            CandidateOrder order,
            ModelIdentity identity,
            Function<EmbedRequest, Embeddings> embedder,
            ExecutorService blocking,
            InstantSource clock,
            Meters meters) {
        if (!settings.get(LlmSettings.SEMANTIC_ENABLED)) {
            return null;
        }
        String model = settings.find(LlmSettings.SEMANTIC_MODEL)
                .orElseThrow(() -> new IllegalArgumentException("primespark.llm.semantic-cache.enabled is true, but"
                        + " primespark.llm.semantic-cache.model names no embedding model; add one, such as"
                        + " \"nomic-embed-text\""));
        return new SimilarAnswers(settings, model, order, identity, embedder, blocking, clock, meters);
    }

    private static Meters.Counter outcome(Meters meters, String outcome) {
        return meters.counter("spark.llm.semantic", "outcome", outcome);
    }

    SimilarVisit visit(LlmRequest request, String logicalModel, Waiter waiter) {
        return new SimilarVisit(this, request, logicalModel, waiter);
    }

    SemanticCache<RequestKey> cache() {
        return cache;
    }

    ModelIdentity identity() {
        return identity;
    }

    boolean inFront() {
        return use == SemanticCacheUse.ALWAYS;
    }

    void guarded() {
        guarded.increment();
    }

    /** The most similar of some answers, if it is similar enough; null otherwise, and when that cannot be found out in time. */
    @Nullable
    Similar best(String question, List<SemanticCache.Known> known, LlmRequest request, long remaining, Waiter waiter)
            throws InterruptedException {
        List<float[]> vectors = isPaused() ? null : embed(question, known, request, remaining, waiter);
        if (vectors == null) {
            if (!waiter.hasEnded()) {
                unavailable.increment();
            }
            return null;
        }
        SemanticCache.Known best = null;
        double most = threshold;
        for (int i = 0; i < known.size(); i++) {
            double similarity = cosine(vectors.get(0), vectors.get(i + 1));
            if (best == null ? similarity >= most : similarity > most) { // of equals the newest
                most = similarity;
                best = known.get(i);
            }
        }
        (best == null ? below : hit).increment();
        return best == null
                ? null
                : new Similar(new Replay(best.answer(), AnswerSource.SEMANTIC_CACHE), best.stale(), Math.min(most, 1));
    }

    private @Nullable List<float[]> embed(
            String question, List<SemanticCache.Known> known, LlmRequest request, long remaining, Waiter waiter)
            throws InterruptedException {
        List<String> texts = new ArrayList<>(known.size() + 1);
        texts.add(question);
        known.forEach(k -> texts.add(k.question()));
        EmbedRequest asked = new EmbedRequest(texts, model, reach(request, known, remaining));
        CompletableFuture<Embeddings> answer = new CompletableFuture<>();
        Future<?> work;
        try {
            work = blocking.submit(() -> ask(asked, answer));
        } catch (RejectedExecutionException e) {
            return null; // Prime Spark is being closed
        }
        try {
            CompletableFuture<Embeddings> unused = answer.whenComplete((vectors, failure) -> waiter.wake());
            waiter.pause(Math.min(patience.toNanos(), remaining), answer::isDone);
            if (waiter.hasEnded()) {
                return null;
            }
            if (!answer.isDone()) {
                failed("it takes longer than semantic-cache.patience, " + patience);
                return null;
            }
            List<float[]> vectors = answer.join().vectors();
            failures.set(0);
            return vectors;
        } catch (CompletionException e) {
            failed(told(e.getCause()));
            return null;
        } finally {
            work.cancel(true); // so that the server is left as well, and not blamed for our haste
        }
    }

    private void ask(EmbedRequest asked, CompletableFuture<Embeddings> answer) {
        try {
            answer.complete(embedder.apply(asked));
        } catch (RuntimeException | LinkageError e) {
            answer.completeExceptionally(e);
        }
    }

    /**
     * How far the questions may travel: the new one where the request itself might go now, by its privacy, its strategy, the
     * application's policy and the present power; the known ones where they were answered.
     */
    private Privacy reach(LlmRequest request, List<SemanticCache.Known> known, long remaining) {
        Zone farthest = Zone.EDGE;
        for (Choice choice : order.plan(request, remaining).choices()) {
            farthest = Collections.max(List.of(farthest, choice.backend().zone()));
        }
        for (SemanticCache.Known other : known) {
            farthest = Collections.min(List.of(farthest, other.answer().zone()));
        }
        Zone reach = farthest;
        return Arrays.stream(Privacy.values())
                .filter(privacy -> privacy.reach() == reach)
                .findFirst()
                .orElse(Privacy.EDGE_ONLY);
    }

    /** What went wrong, in words that do not quote what was asked: others' messages may. */
    private static String told(@Nullable Throwable cause) {
        if (cause instanceof LlmException) {
            return String.valueOf(cause.getMessage());
        }
        return cause == null ? "" : cause.getClass().getName();
    }

    private boolean isPaused() {
        long left = pausedUntil - clock.millis();
        return left > 0 && left <= PAUSE.toMillis(); // more, when the clock was set back
    }

    private void failed(String why) {
        if (failures.incrementAndGet() >= MAX_FAILURES) {
            failures.set(0);
            pausedUntil = clock.millis() + PAUSE.toMillis();
            log.warn(
                    "similar questions are not looked for in the next {} s, because the model '{}' makes no embeddings: {}",
                    PAUSE.toSeconds(),
                    model,
                    why);
        }
    }

    /** How alike two vectors are, from -1 to 1; -1 when that cannot be told. */
    static double cosine(float[] one, float[] other) {
        if (one.length != other.length) {
            return -1;
        }
        double dot = 0;
        double a = 0;
        double b = 0;
        for (int i = 0; i < one.length; i++) {
            dot += (double) one[i] * other[i];
            a += (double) one[i] * one[i];
            b += (double) other[i] * other[i];
        }
        double cosine = dot / Math.sqrt(a * b);
        return Double.isFinite(cosine) ? cosine : -1;
    }

    /**
     * An answer to a question that asks the same.
     *
     * @param replay the answer
     * @param stale whether it is over its time
     * @param similarity up to 1
     */
    record Similar(Replay replay, boolean stale, double similarity) {}
}

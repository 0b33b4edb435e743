package ai.primespark.core.llm;

import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whole answers to whole requests, bounded by their characters, and the calls that are just now finding one. Thread-safe. What
 * it has itself, it gives without any input or output; the answers beyond the process are behind {@link #shared()}.
 *
 * <p>An answer over its time is kept for a while: it is better than none when nothing can be reached.
 */
final class AnswerCache {

    static final Duration STALE_LIFE = Duration.ofDays(7);

    private static final long MAX_CHARS = 16_000_000;
    private static final long MAX_RECALLED = 1_000; // answers of a few passages each
    private static final Duration RECALLED_LIFE = Duration.ofMinutes(10);
    private static final int ENTRY_CHARS = 250; // what an entry takes besides its texts

    private final InstantSource clock;
    private final Duration life;
    private final Duration staleLife;
    private final ModelIdentity identity;
    private final @Nullable SharedAnswers shared;
    private final Cache<RequestKey, KeptAnswer> answers;
    private final Cache<RequestKey, Recalled> recalled;
    private final LongSupplier documents;
    private final ConcurrentMap<RequestKey, Flight> flights = new ConcurrentHashMap<>();

    /** With {@code documents} to tell whether what is recalled from them has changed: a number that grows with each change. */
    AnswerCache(
            InstantSource clock,
            Duration life,
            LongSupplier documents,
            ModelIdentity identity,
            @Nullable SharedAnswers shared) {
        this.clock = clock;
        this.life = life;
        this.staleLife = staleLife(life);
        this.documents = documents;
        this.identity = identity;
        this.shared = shared;
        this.recalled = Caffeine.newBuilder()
                .maximumSize(MAX_RECALLED)
                .expireAfterWrite(RECALLED_LIFE)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .executor(Runnable::run)
                .build();
        this.answers = Caffeine.newBuilder()
                .maximumWeight(MAX_CHARS)
                .<RequestKey, KeptAnswer>weigher((key, kept) -> weight(kept.answer()))
                .expireAfterWrite(staleLife)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .executor(Runnable::run)
                .build();
    }

    /** An answer that is good now and that the request may see; null when there is none. */
    @Nullable
    LlmResponse fresh(RequestKey key, Privacy privacy) {
        KeptAnswer kept = evenStale(key, privacy);
        return kept != null && isFresh(kept) && !identity.isReplaced(kept) ? kept.answer() : null;
    }

    /** An answer, however old, that the request may see; null when there is none. */
    @Nullable
    KeptAnswer evenStale(RequestKey key, Privacy privacy) {
        KeptAnswer kept = answers.getIfPresent(key);
        return kept != null && isKept(kept) && privacy.allows(kept.answer().zone()) ? kept : null;
    }

    /** What is beyond the process; null when that is off. */
    @Nullable
    SharedAnswers shared() {
        return shared;
    }

    ModelIdentity identity() {
        return identity;
    }

    /** Takes in what came from beyond the process and is good. */
    void adopt(RequestKey key, KeptAnswer kept) {
        answers.put(key, kept);
    }

    /** How long answers are of any use. */
    static Duration staleLife(Duration life) {
        return life.compareTo(STALE_LIFE) > 0 ? life : STALE_LIFE;
    }

    /** What a backend without a model answered lately, if the documents are still the same; null when there is none. */
    @Nullable
    LlmResponse recalled(RequestKey key, Privacy privacy) {
        Recalled stored = recalled.getIfPresent(key);
        return stored != null
                        && stored.documents() == documents.getAsLong()
                        && privacy.allows(stored.answer().zone())
                ? stored.answer()
                : null;
    }

    /**
     * Keeps an answer if it may be given again: complete, without wishes for tools, and of the model that was wanted. What no
     * model made is kept apart, for calls that would have to recall it again.
     */
    boolean store(RequestKey key, Privacy privacy, String logicalModel, LlmResponse response) {
        boolean worth =
                isWhole(response) && !response.cached() && response.answerSource() != AnswerSource.SMALLER_MODEL;
        if (worth) {
            LlmResponse bare = response.withTrace(RouteTrace.DIRECT);
            if (response.degraded()) {
                recalled.put(key, new Recalled(bare, documents.getAsLong()));
            } else {
                KeptAnswer kept = new KeptAnswer(
                        bare,
                        clock.instant(),
                        identity.asked(bare.backend(), logicalModel),
                        identity.digest(bare.backend(), bare.model()));
                answers.put(key, kept);
                if (shared != null) {
                    shared.keep(key, privacy, kept);
                }
            }
        }
        return worth;
    }

    /** Whether an answer may be given again, as far as its content says: complete, and without wishes for tools. */
    static boolean isWhole(LlmResponse response) {
        return response.finish() == FinishReason.STOP
                && response.toolCalls().isEmpty()
                && !response.text().isEmpty();
    }

    /** Announces a call that looks for an answer; gives the one that was announced before, or null. */
    @Nullable
    Flight announce(Flight flight) {
        return flights.putIfAbsent(flight.key(), flight);
    }

    /** Ends an announced call and wakes those that wait for it. */
    void land(Flight flight, @Nullable LlmResponse answer) {
        flights.remove(flight.key(), flight);
        flight.land(answer);
    }

    int announced() {
        return flights.size();
    }

    boolean isFresh(KeptAnswer kept) {
        return age(kept).compareTo(life) < 0;
    }

    /** Whether it is of use at all; what came from elsewhere may be older than this cache. */
    boolean isKept(KeptAnswer kept) {
        return age(kept).compareTo(staleLife) < 0;
    }

    /** A clock that was wrong and was set back must not keep an answer for years. */
    private Duration age(KeptAnswer kept) {
        return Duration.between(kept.at(), clock.instant()).abs();
    }

    private static int weight(LlmResponse answer) {
        return ENTRY_CHARS * (1 + answer.sources().size())
                + answer.text().length()
                + answer.thinking().length();
    }

    private record Recalled(LlmResponse answer, long documents) {}
}

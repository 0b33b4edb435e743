package ai.primespark.core.llm;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whole answers to whole requests, bounded by their characters, and the calls that are just now finding one. Thread-safe.
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
    private final Cache<RequestKey, Stored> answers;
    private final Cache<RequestKey, Recalled> recalled;
    private final LongSupplier documents;
    private final ConcurrentMap<RequestKey, Flight> flights = new ConcurrentHashMap<>();

    /** With {@code documents} to tell whether what is recalled from them has changed: a number that grows with each change. */
    AnswerCache(InstantSource clock, Duration life, LongSupplier documents) {
        this.clock = clock;
        this.life = life;
        this.documents = documents;
        this.recalled = Caffeine.newBuilder()
                .maximumSize(MAX_RECALLED)
                .expireAfterWrite(RECALLED_LIFE)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .executor(Runnable::run)
                .build();
        this.answers = Caffeine.newBuilder()
                .maximumWeight(MAX_CHARS)
                .<RequestKey, Stored>weigher((key, stored) -> weight(stored.answer()))
                .expireAfterWrite(life.compareTo(STALE_LIFE) > 0 ? life : STALE_LIFE)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .executor(Runnable::run)
                .build();
    }

    /** An answer that is good now and that the request may see; null when there is none. */
    @Nullable
    LlmResponse fresh(RequestKey key, Privacy privacy) {
        Stored stored = answers.getIfPresent(key);
        return stored != null
                        && isFresh(stored)
                        && privacy.allows(stored.answer().zone())
                ? stored.answer()
                : null;
    }

    /** An answer, however old, that the request may see; null when there is none. */
    @Nullable
    LlmResponse evenStale(RequestKey key, Privacy privacy) {
        Stored stored = answers.getIfPresent(key);
        return stored != null && privacy.allows(stored.answer().zone()) ? stored.answer() : null;
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
     * Keeps an answer if it may be given again: complete, without wishes for tools. What no model made is kept apart, for calls
     * that would have to recall it again.
     */
    boolean store(RequestKey key, LlmResponse response) {
        boolean worth = response.finish() == FinishReason.STOP
                && response.toolCalls().isEmpty()
                && !response.text().isEmpty()
                && !response.cached();
        if (worth) {
            LlmResponse bare = response.withTrace(RouteTrace.DIRECT);
            if (response.degraded()) {
                recalled.put(key, new Recalled(bare, documents.getAsLong()));
            } else {
                answers.put(key, new Stored(bare, clock.instant()));
            }
        }
        return worth;
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

    private boolean isFresh(Stored stored) {
        // a clock that was wrong and was set back must not keep an answer for years
        return Duration.between(stored.at(), clock.instant()).abs().compareTo(life) < 0;
    }

    private static int weight(LlmResponse answer) {
        return ENTRY_CHARS * (1 + answer.sources().size())
                + answer.text().length()
                + answer.thinking().length();
    }

    private record Stored(LlmResponse answer, Instant at) {}

    private record Recalled(LlmResponse answer, long documents) {}
}

package ai.primespark.core.llm;

import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.Expense;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.RouteTrace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects how an answer comes about. Not thread-safe: its call guards it. */
final class TraceBuilder {

    private final String requestId;
    private final long startedAt;
    private String strategy;
    private final List<RouteTrace.Attempt> attempts = new ArrayList<>(2);
    private final List<RouteTrace.Skipped> skipped = new ArrayList<>(2);
    private @Nullable Plan plan;
    private @Nullable Double similarity;
    private boolean staleSimilar;
    private Expense expense = Expense.NONE;

    TraceBuilder(String requestId, String strategy, long startedAt) {
        this.requestId = requestId;
        this.strategy = strategy;
        this.startedAt = startedAt;
    }

    void planned(Plan plan) {
        strategy = plan.strategy();
        skipped.addAll(plan.skipped());
        this.plan = plan;
    }

    /** Notes that the answer is that to a similar question. */
    void similar(double similarity, boolean stale) {
        this.similarity = similarity;
        this.staleSimilar = stale;
    }

    /** Notes why a backend is not asked, unless it was asked before or a reason is noted. */
    void skip(BackendHandle backend, String reason) {
        String id = backend.id();
        for (RouteTrace.Attempt attempt : attempts) {
            if (attempt.backend().equals(id)) {
                return;
            }
        }
        for (RouteTrace.Skipped other : skipped) {
            if (other.backend().equals(id)) {
                return;
            }
        }
        skipped.add(new RouteTrace.Skipped(id, backend.zone(), reason));
    }

    /** Notes an attempt that ended just now; {@code failure} is null when it answered. */
    void attempted(Attempt attempt, @Nullable LlmException failure) {
        boolean cancelled = failure != null && failure.kind() == LlmException.Kind.CANCELLED;
        RouteTrace.Outcome outcome = failure == null
                ? RouteTrace.Outcome.ANSWERED
                : cancelled ? RouteTrace.Outcome.CANCELLED : RouteTrace.Outcome.FAILED;
        add(attempt, outcome, failure == null || cancelled ? null : failure.kind(), failure);
    }

    /** Notes an attempt that is broken off just now, because another one was sooner; {@code why} says so. */
    void outrun(Attempt attempt, LlmException why) {
        add(attempt, RouteTrace.Outcome.OUTRUN, null, why);
    }

    private void add(
            Attempt attempt,
            RouteTrace.Outcome outcome,
            LlmException.@Nullable Kind error,
            @Nullable LlmException failure) {
        expense = expense.plus(attempt.settle(failure));
        BackendHandle backend = attempt.backend();
        long token = attempt.firstTokenNanos();
        attempts.add(new RouteTrace.Attempt(
                backend.id(),
                backend.zone(),
                attempt.model(),
                attempt.reason(),
                outcome,
                error,
                failure == null ? "" : String.valueOf(failure.getMessage()),
                Duration.ofNanos(attempt.startedAt() - startedAt),
                token < 0 ? null : Duration.ofNanos(token),
                Duration.ofNanos(attempt.nanos()),
                attempt.chars()));
        skipped.removeIf(s -> s.backend().equals(backend.id())); // it was busy, and then it was not
    }

    List<RouteTrace.Attempt> attempts() {
        return attempts;
    }

    List<RouteTrace.Skipped> skipped() {
        return skipped;
    }

    /** The trace of an answer from {@code source}, or of a failure when that is null; {@code cached} when it was given before. */
    RouteTrace build(@Nullable AnswerSource source, boolean cached) {
        boolean similar = source == AnswerSource.SEMANTIC_CACHE;
        return new RouteTrace(
                requestId,
                strategy,
                attempts,
                skipped,
                plan == null ? List.of() : plan.candidates(),
                source,
                cached,
                source == AnswerSource.STALE_CACHE || similar && staleSimilar,
                source == AnswerSource.RECALL,
                similar ? similarity : null,
                Duration.ofNanos(System.nanoTime() - startedAt),
                expense);
    }
}

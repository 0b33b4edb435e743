package ai.primespark.core.llm;

import ai.primespark.core.llm.budget.BudgetAccount;
import ai.primespark.core.llm.observe.CallWatch;
import ai.primespark.core.llm.observe.RequestMdc;
import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.Usage;
import ai.primespark.spi.CallLimits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Turns texts into vectors on the first backend that can. Thread-safe. */
final class Embedder {

    private final RouterContext context;

    Embedder(RouterContext context) {
        this.context = context;
    }

    Embeddings embed(EmbedRequest request, String requestId) {
        long startedAt = System.nanoTime();
        TraceBuilder trace = new TraceBuilder(requestId, context.order().name(), startedAt);
        String logical = context.models().logical(request.model());
        CallWatch watch = context.reports().embedding(requestId, RateBook.key(logical), request.privacy());
        String before = RequestMdc.enter(requestId);
        @Nullable Kind error = Kind.PROTOCOL; // unless it goes well, or better is known
        try {
            Embeddings embeddings = embed(request, logical, watch, trace, startedAt);
            error = null;
            return embeddings;
        } catch (LlmException e) {
            error = e.kind();
            throw e;
        } finally {
            watch.ended(trace.build(error == null ? AnswerSource.LIVE : null, false), null, error);
            RequestMdc.leave(before);
        }
    }

    private Embeddings embed(
            EmbedRequest request, String logical, CallWatch watch, TraceBuilder trace, long startedAt) {
        Plan plan = context.order().plan(request.privacy(), logical);
        trace.planned(plan);
        Workload work =
                new Workload(request.inputs().stream().mapToLong(String::length).sum(), 0, 0);
        for (Choice choice : plan.choices()) {
            BackendHandle backend = choice.backend();
            long remaining = context.limits().total().toNanos() - (System.nanoTime() - startedAt);
            String obstacle = context.order().barrier(backend, request.privacy());
            if (obstacle == null && remaining <= 0) {
                obstacle = "the total limit of " + context.limits().total() + " is over";
            }
            String model = context.models().on(backend.id(), logical);
            Bill bill = new Bill(backend, model, work, 1);
            if (obstacle == null) {
                obstacle = bill.enter();
            }
            if (obstacle != null) {
                trace.skip(backend, obstacle);
                continue;
            }
            Attempt attempt = new Attempt(backend, model, choice.reason(), null, watch);
            bill.open();
            try {
                Embeddings embeddings = ask(backend, request, model, remaining);
                attempt.vectors(embeddings.model(), embeddings.usage());
                trace.attempted(attempt, null);
                var unused = bill.settle(embeddings.model(), embeddings.usage(), 0, null);
                attempt.leave(null);
                return embeddings;
            } catch (LlmException failure) {
                var unused = bill.settle(model, Usage.NONE, 0, failure);
                attempt.leave(failure);
                trace.attempted(attempt, failure);
                if (!failure.retryable()) {
                    throw traced(failure, trace);
                }
            }
        }
        String message = NoBackendMessage.of(trace.attempts(), trace.skipped(), List.of());
        BudgetAccount.Block spent = trace.attempts().isEmpty() ? context.order().onlyBudgets(request.privacy()) : null;
        throw LlmException.builder(spent == null ? Kind.NO_BACKEND : Kind.BUDGET, RouterContext.ROUTER, message)
                .retryAfter(spent == null ? null : spent.remaining())
                .trace(trace.build(null, false))
                .build();
    }

    private Embeddings ask(BackendHandle backend, EmbedRequest request, String model, long remainingNanos) {
        boolean same = model.equals(request.modelName().orElse(""));
        EmbedRequest there = same ? request : new EmbedRequest(request.inputs(), model, request.privacy());
        CallLimits limits = context.limits().withTotalAtMost(Duration.ofNanos(remainingNanos));
        CompletableFuture<Embeddings> answer;
        try {
            answer = backend.backend().embed(there, limits).toCompletableFuture();
        } catch (LlmException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw faulty(backend, e);
        }
        RunningCalls.Running running = new RunningCalls.Running() {
            @Override
            public void cancel() {
                answer.cancel(true);
            }

            @Override
            public boolean hasEnded() {
                return answer.isDone();
            }
        };
        try {
            if (!context.running().enter(running)) {
                throw new CancellationException();
            }
            Embeddings embeddings = answer.get(remainingNanos, TimeUnit.NANOSECONDS);
            int vectors = embeddings == null ? 0 : embeddings.vectors().size();
            if (vectors != request.inputs().size()) {
                throw failure(
                        Kind.PROTOCOL,
                        backend,
                        "gave " + vectors + " vectors for " + request.inputs().size() + " texts",
                        null);
            }
            return embeddings;
        } catch (TimeoutException e) {
            throw failure(Kind.TIMEOUT, backend, "made no embeddings within the total limit", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(Kind.CANCELLED, backend, "was given up: the waiting thread was interrupted", e);
        } catch (CancellationException e) {
            throw failure(Kind.CANCELLED, backend, "was given up: Prime Spark was closed", e);
        } catch (ExecutionException e) {
            throw unwrapped(backend, e.getCause() == null ? e : e.getCause());
        } finally {
            context.running().leave(running);
            answer.cancel(true); // harmless when done; otherwise nobody wants it any more
        }
    }

    private static LlmException unwrapped(BackendHandle backend, Throwable cause) {
        Throwable real = cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
        return real instanceof LlmException known ? known : faulty(backend, real);
    }

    private static LlmException faulty(BackendHandle backend, Throwable cause) {
        return failure(
                Kind.PROTOCOL,
                backend,
                "is faulty: it threw " + cause.getClass().getName(),
                cause);
    }

    private static LlmException failure(Kind kind, BackendHandle backend, String what, @Nullable Throwable cause) {
        return LlmException.builder(kind, backend.id(), "backend '" + backend.id() + "' " + what)
                .cause(cause)
                .build();
    }

    private static LlmException traced(LlmException failure, TraceBuilder trace) {
        return LlmException.builder(failure.kind(), failure.backend(), String.valueOf(failure.getMessage()))
                .retryAfter(failure.retryAfter().orElse(null))
                .cause(failure.getCause())
                .trace(trace.build(null, false))
                .build();
    }
}

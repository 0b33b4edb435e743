package ai.primespark.llm.ollama;

import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/** Chains whose links are cancelled when the end is, unlike those of {@link CompletableFuture}. Failures are passed on bare. */
@SuppressWarnings("FutureReturnValueIgnored") // every failure goes on to the next future
final class Futures {

    private Futures() {}

    /** Goes on with a value; failures of the function fail the result. */
    static <A, B> CompletableFuture<B> map(CompletableFuture<A> first, Function<A, B> function) {
        return then(first, value -> CompletableFuture.completedFuture(function.apply(value)));
    }

    /** Goes on with another future. */
    static <A, B> CompletableFuture<B> then(CompletableFuture<A> first, Function<A, CompletableFuture<B>> next) {
        CompletableFuture<B> result = new CompletableFuture<>();
        first.whenComplete((value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(bare(failure));
            } else if (result.isDone()) {
                discard(value);
            } else {
                begin(value, next, result);
            }
        });
        cancelWith(result, first);
        return result;
    }

    private static <A, B> void begin(A value, Function<A, CompletableFuture<B>> next, CompletableFuture<B> result) {
        try {
            CompletableFuture<B> second = next.apply(value);
            pass(second, result);
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    /** The same with another failure. */
    static <T> CompletableFuture<T> refine(CompletableFuture<T> first, Function<Throwable, Throwable> function) {
        CompletableFuture<T> result = new CompletableFuture<>();
        first.whenComplete((value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(function.apply(bare(failure)));
            } else if (!result.complete(value)) {
                discard(value);
            }
        });
        cancelWith(result, first);
        return result;
    }

    /** Passes the outcome of some work on to a result, and the other way round its end to the work. */
    static <T> void pass(CompletableFuture<T> work, CompletableFuture<T> result) {
        work.whenComplete((value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(bare(failure));
            } else if (!result.complete(value)) {
                discard(value);
            }
        });
        cancelWith(result, work);
    }

    /** Cancels some work when the result has failed, been cancelled or been told to fail. */
    static void cancelWith(CompletableFuture<?> result, CompletableFuture<?> work) {
        result.whenComplete((value, failure) -> {
            if (failure != null) {
                work.cancel(true); // for requests: cancel(false) would leave them running
            }
        });
    }

    /** The failure itself, without the wrappers that futures put around it. */
    static Throwable bare(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /** Closes what came too late for anybody to want it: otherwise its connection would stay open. */
    private static void discard(Object late) {
        if (late instanceof OllamaCall.Answer answer) {
            answer.close();
        } else if (late instanceof HttpResponse<?> response && response.body() instanceof BodyStream body) {
            body.close();
        }
    }
}

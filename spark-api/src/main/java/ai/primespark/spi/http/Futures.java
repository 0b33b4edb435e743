package ai.primespark.spi.http;

import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/**
 * Chains whose links are cancelled when the end is, unlike those of {@link CompletableFuture}: cancelling the last future closes the
 * connection of the request at the beginning. Failures are passed on bare. A value that comes too late for anybody to want it is
 * closed, if it or the body of the response that it is can be.
 */
@SuppressWarnings("FutureReturnValueIgnored") // every failure goes on to the next future
public final class Futures {

    private Futures() {}

    /**
     * Goes on with a value.
     *
     * @param first what comes before
     * @param function its failures fail the result
     * @param <A> of the first value
     * @param <B> of the result
     * @return the end of the chain
     */
    public static <A, B> CompletableFuture<B> map(
            CompletableFuture<A> first, Function<? super A, ? extends B> function) {
        return then(first, value -> CompletableFuture.completedFuture(function.apply(value)));
    }

    /**
     * Goes on with another future.
     *
     * @param first what comes before
     * @param next its failures fail the result
     * @param <A> of the first value
     * @param <B> of the result
     * @return the end of the chain
     */
    public static <A, B> CompletableFuture<B> then(
            CompletableFuture<A> first, Function<? super A, CompletableFuture<B>> next) {
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

    private static <A, B> void begin(
            A value, Function<? super A, CompletableFuture<B>> next, CompletableFuture<B> result) {
        try {
            CompletableFuture<B> second = next.apply(value);
            pass(second, result);
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    /**
     * The same with another failure.
     *
     * @param first what comes before
     * @param function gets the bare failure
     * @param <T> of the value
     * @return the end of the chain
     */
    public static <T> CompletableFuture<T> refine(
            CompletableFuture<T> first, Function<? super Throwable, ? extends Throwable> function) {
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

    /**
     * Passes the outcome of some work on to a result, and the other way round its end to the work.
     *
     * @param work what is being done
     * @param result what somebody waits for
     * @param <T> of the value
     */
    public static <T> void pass(CompletableFuture<T> work, CompletableFuture<T> result) {
        work.whenComplete((value, failure) -> {
            if (failure != null) {
                result.completeExceptionally(bare(failure));
            } else if (!result.complete(value)) {
                discard(value);
            }
        });
        cancelWith(result, work);
    }

    /**
     * Cancels some work when the result has failed, been cancelled or been told to fail.
     *
     * @param result what somebody waits for
     * @param work what is being done for it
     */
    public static void cancelWith(CompletableFuture<?> result, CompletableFuture<?> work) {
        result.whenComplete((value, failure) -> {
            if (failure != null) {
                work.cancel(true); // for requests: cancel(false) would leave them running
            }
        });
    }

    /**
     * The failure itself, without the wrappers that futures put around it.
     *
     * @param failure wrapped or not
     * @return the innermost cause that is no wrapper
     */
    public static Throwable bare(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /** Otherwise its connection would stay open. */
    private static void discard(Object late) {
        if (late instanceof HttpResponse<?> response && response.body() instanceof BodyStream body) {
            body.close();
        }
    }
}

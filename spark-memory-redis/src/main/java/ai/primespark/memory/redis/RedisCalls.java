package ai.primespark.memory.redis;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.RedisCommand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Operations over the link's session, each with an end in time and failures that the engine understands. Thread-safe. */
final class RedisCalls {

    private final RedisLink link;
    private final Timeouts timeouts;
    private final Duration timeout;

    RedisCalls(RedisLink link, ScheduledExecutorService timer, Duration timeout) {
        this.link = link;
        this.timeouts = new Timeouts(
                timer,
                timeout,
                millis -> new TierException(
                        Kind.TRANSIENT, link.where() + " has not answered within " + millis + " ms", null));
        this.timeout = timeout;
    }

    /**
     * Runs an operation.
     *
     * @param deadline when the answer is of no more use; the tier's own limit may end it earlier
     * @param operation what to do with the session
     * @param late gets answers that came too late, or null
     */
    <R extends @Nullable Object> CompletableFuture<R> call(
            Deadline deadline, Function<Session, CompletableFuture<R>> operation, @Nullable Consumer<R> late) {
        return call(deadline, timeout, operation, late);
    }

    /** Runs an operation that takes many round trips, and may take as long as its deadline says. */
    <R extends @Nullable Object> CompletableFuture<R> longCall(
            Deadline deadline, Function<Session, CompletableFuture<R>> operation) {
        return call(deadline, Duration.ofMinutes(1), operation, null);
    }

    private <R extends @Nullable Object> CompletableFuture<R> call(
            Deadline deadline,
            Duration limit,
            Function<Session, CompletableFuture<R>> operation,
            @Nullable Consumer<R> late) {
        CompletableFuture<R> result = new CompletableFuture<>();
        long left = deadline.remainingNanos();
        if (left <= 0) {
            result.completeExceptionally(new TierException(Kind.TRANSIENT, "no time left for " + link.where(), null));
            return result;
        }
        Session session = link.session();
        if (session != null) {
            bound(begin(session, operation), result, Math.min(left, limit.toNanos()), late);
            return result;
        }
        CompletableFuture<Session> first = link.firstSession();
        if (first.isDone()) {
            result.completeExceptionally(link.trouble());
            return result;
        }
        // connecting for the first time takes a cold program longer than an operation may
        CompletableFuture<R> running = first.thenCompose(connected -> {
            CompletableFuture<R> limited = new CompletableFuture<>();
            bound(begin(connected, operation), limited, limit.toNanos(), late);
            return limited;
        });
        bound(running, result, left, late);
        return result;
    }

    private <R extends @Nullable Object> CompletableFuture<R> begin(
            Session session, Function<Session, CompletableFuture<R>> operation) {
        CompletableFuture<R> running;
        try {
            running = operation.apply(session);
        } catch (RuntimeException e) {
            running = CompletableFuture.failedFuture(e);
        }
        return running.whenComplete((answer, failure) -> {
            if (failure != null && RedisErrors.isReadOnly(failure)) {
                // the master has become a replica; who is master now must be asked again
                link.drop(session, RedisErrors.classify(link.where(), failure));
            }
        });
    }

    private <R extends @Nullable Object> void bound(
            CompletableFuture<R> running, CompletableFuture<R> result, long nanos, @Nullable Consumer<R> late) {
        if (!running.isDone()) {
            timeouts.watch(result, nanos);
        }
        var unused = running.whenComplete((answer, failure) -> {
            if (failure != null) {
                result.completeExceptionally(RedisErrors.classify(link.where(), failure));
            } else if (!result.complete(answer) && late != null) {
                late.accept(answer);
            }
        });
    }

    /** Sends a command. */
    static <T extends @Nullable Object> CompletableFuture<T> dispatch(
            StatefulConnection<byte[], byte[]> connection, AsyncCommand<byte[], byte[], T> command) {
        try {
            connection.dispatch(command);
        } catch (RuntimeException e) {
            command.completeExceptionally(e);
        }
        return command.toCompletableFuture();
    }

    /** Sends commands in one flush. */
    static <T extends @Nullable Object> List<CompletableFuture<T>> dispatch(
            StatefulConnection<byte[], byte[]> connection, List<AsyncCommand<byte[], byte[], T>> commands) {
        List<RedisCommand<byte[], byte[], ?>> batch = new ArrayList<>(commands);
        List<CompletableFuture<T>> answers = new ArrayList<>(commands.size());
        commands.forEach(command -> answers.add(command.toCompletableFuture()));
        try {
            connection.dispatch(batch);
        } catch (RuntimeException e) {
            commands.forEach(command -> command.completeExceptionally(e));
        }
        return answers;
    }

    /** Waits for all, and fails with the first that failed. */
    static <T extends @Nullable Object> CompletableFuture<List<T>> all(List<CompletableFuture<T>> answers) {
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(done -> {
                    List<T> all = new ArrayList<>(answers.size());
                    answers.forEach(answer -> all.add(answer.join()));
                    return all;
                });
    }

    /** An answer, or what another command answers when the server did not know the script. */
    static <T extends @Nullable Object> CompletableFuture<T> orWithSource(
            CompletableFuture<T> bySha,
            StatefulConnection<byte[], byte[]> connection,
            Supplier<AsyncCommand<byte[], byte[], T>> withSource) {
        CompletableFuture<T> result = new CompletableFuture<>();
        var unused = bySha.whenComplete((answer, failure) -> {
            if (failure == null) {
                result.complete(answer);
            } else if (RedisErrors.isNoScript(failure)) {
                var unusedToo = dispatch(connection, withSource.get()).whenComplete((second, why) -> {
                    if (why == null) {
                        result.complete(second);
                    } else {
                        result.completeExceptionally(why);
                    }
                });
            } else {
                result.completeExceptionally(failure);
            }
        });
        return result;
    }
}

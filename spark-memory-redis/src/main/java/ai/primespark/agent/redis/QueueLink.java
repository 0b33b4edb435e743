package ai.primespark.agent.redis;

import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection for commands. Everything that goes over it can be repeated without harm, so what is under way when a connection
 * ends is sent again over the next one, as long as there is time. Thread-safe.
 */
final class QueueLink implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(QueueLink.class);
    private static final long QUIET = TimeUnit.SECONDS.toNanos(10);
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

    private final QueueConfig config;
    private final byte[] base;
    private final Preflight preflight;
    private final Kept<StatefulRedisConnection<byte[], byte[]>> main;
    private final Runnable moved;
    private final CompletableFuture<Void> firstAttempt = new CompletableFuture<>();
    private volatile @Nullable Throwable trouble;
    private volatile boolean closed;
    private volatile long lastAnswer = System.nanoTime();
    private volatile long lastLog = System.nanoTime() - QUIET - 1;

    /**
     * Opens nothing yet.
     *
     * @param opened called when it is connected
     * @param moved called when its connection was given up, so that the others may be where the queue is not any more
     */
    QueueLink(QueueConfig config, ProviderContext context, Locator locator, Runnable opened, Runnable moved) {
        this.config = config;
        this.moved = moved;
        this.base = config.key("");
        this.preflight = new Preflight(config);
        Duration patience = config.servers().connectTimeout().multipliedBy(2); // to connect, and to log in
        this.main = new Kept<>(
                context, patience, () -> locator.connect().thenCompose(preflight::check), new Kept.Watcher() {
                    @Override
                    public void opened() {
                        trouble = null;
                        firstAttempt.complete(null);
                        opened.run();
                    }

                    @Override
                    public void lost() {
                        warn("the connection has ended; connecting again");
                    }

                    @Override
                    public boolean failed(Throwable why) {
                        Throwable cause = QueueErrors.unwrap(why);
                        trouble = cause;
                        warn(explain(cause));
                        firstAttempt.completeExceptionally(cause);
                        return cause instanceof Preflight.Refused;
                    }
                });
    }

    /** What is wrong with the server although it answers; empty for nothing. */
    String concern() {
        return preflight.concern();
    }

    /** Begins to connect. */
    void start() {
        main.start();
    }

    /** Ends with the first attempt to connect, however that ends. */
    CompletableFuture<Void> firstAttempt() {
        return firstAttempt;
    }

    boolean isOpen() {
        return main.now() != null;
    }

    /** A connection that flaps must not fill the log. */
    private void warn(String what) {
        if (!closed && System.nanoTime() - lastLog > QUIET) {
            lastLog = System.nanoTime();
            LOG.warn("{}: {}", config.name(), what);
        }
    }

    private String explain(Throwable why) {
        return why instanceof Preflight.Refused
                ? String.valueOf(why.getMessage())
                : why instanceof TimeoutException
                        ? config.servers().where() + " accepts connections, but does not answer"
                        : config.servers().explain(why);
    }

    /** Runs a script; what fails for lack of a connection is tried again until the limit. */
    List<Object> call(QueueScript script, Args args, Deadline deadline) {
        return await(deadline, connection -> send(connection, script, args.values()));
    }

    /**
     * The time of somebody who does not wait long while the server is away. Connecting for the first time takes a cold program
     * longer than an answer may.
     */
    Deadline soon(Deadline deadline) {
        Duration limit = config.timeout().minus(config.timeout().dividedBy(50)); // to tell it takes a moment, too
        return deadline.orIn(
                firstAttempt.isDone() ? limit : limit.plus(config.servers().connectTimeout()));
    }

    /** A request over some connection. */
    @FunctionalInterface
    interface Request {
        CompletableFuture<List<Object>> send(StatefulRedisConnection<byte[], byte[]> connection);
    }

    List<Object> await(Deadline deadline, Request request) {
        while (true) {
            if (closed) {
                throw new QueueUnavailableException(config.name() + " is closed", null);
            }
            StatefulRedisConnection<byte[], byte[]> connection = connection(deadline);
            long started = System.nanoTime();
            long patience = Math.min(deadline.remainingNanos(), config.timeout().toNanos());
            try {
                List<Object> answer = request.send(connection).get(patience, TimeUnit.NANOSECONDS);
                lastAnswer = System.nanoTime();
                return answer;
            } catch (TimeoutException e) {
                if (lastAnswer - started < 0
                        && System.nanoTime() - started >= config.timeout().toNanos()) {
                    giveUp(connection); // nothing at all has come: it may be half open
                }
                unlessTimeIsLeft(deadline, e);
            } catch (ExecutionException e) {
                if (QueueErrors.isElsewhere(e)) {
                    giveUp(connection);
                } else if (QueueErrors.isAnswer(e)) {
                    throw new QueueUnavailableException(explain(QueueErrors.unwrap(e)), QueueErrors.unwrap(e));
                }
                unlessTimeIsLeft(deadline, QueueErrors.unwrap(e));
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    /** Gives a connection up; once, however many threads find out. */
    private void giveUp(StatefulRedisConnection<byte[], byte[]> connection) {
        if (main.drop(connection)) {
            moved.run();
        }
    }

    private void unlessTimeIsLeft(Deadline deadline, Throwable why) {
        if (deadline.remainingNanos() <= PAUSE) {
            throw unavailable(why);
        }
        if (!(why instanceof TimeoutException)) {
            LockSupport.parkNanos(PAUSE);
        }
    }

    private StatefulRedisConnection<byte[], byte[]> connection(Deadline deadline) {
        StatefulRedisConnection<byte[], byte[]> open = main.now();
        if (open != null) {
            return open;
        }
        if (trouble instanceof Preflight.Refused refused) {
            throw new QueueUnavailableException(String.valueOf(refused.getMessage()), refused);
        }
        try {
            return main.next().get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            Throwable known = trouble;
            throw unavailable(known != null ? known : e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private QueueUnavailableException unavailable(Throwable why) {
        if (closed) {
            return new QueueUnavailableException(config.name() + " is closed", null);
        }
        String what =
                why instanceof TimeoutException ? config.servers().where() + " has not answered in time" : explain(why);
        return new QueueUnavailableException("task queue '" + config.id() + "': " + what, why);
    }

    private QueueUnavailableException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new QueueUnavailableException(config.name() + ": the waiting thread was interrupted", e);
    }

    /** Sends a script without waiting; fails at once when there is no connection. */
    CompletableFuture<List<Object>> send(QueueScript script, Args args) {
        StatefulRedisConnection<byte[], byte[]> open = main.now();
        return open == null
                ? CompletableFuture.failedFuture(
                        new QueueUnavailableException(config.name() + " is not connected", trouble))
                : send(open, script, args.values());
    }

    private CompletableFuture<List<Object>> send(
            StatefulRedisConnection<byte[], byte[]> connection, QueueScript script, List<byte[]> args) {
        CompletableFuture<List<Object>> result = new CompletableFuture<>();
        var unused = dispatch(connection, CommandType.EVALSHA, arguments(script.sha, args))
                .whenComplete((answer, failure) -> {
                    if (failure == null) {
                        lastAnswer = System.nanoTime();
                        result.complete(answer);
                    } else if (QueueErrors.isNoScript(failure)) { // the server is new, or somebody emptied its scripts
                        var unusedToo = dispatch(connection, CommandType.EVAL, arguments(script.source, args))
                                .whenComplete((second, why) -> {
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

    private CommandArgs<byte[], byte[]> arguments(byte[] script, List<byte[]> args) {
        CommandArgs<byte[], byte[]> all =
                new CommandArgs<>(ByteArrayCodec.INSTANCE).add(script).add(1).addKey(base);
        for (byte[] arg : args) {
            all.add(arg);
        }
        return all;
    }

    /** Sends a command; a single value is answered as a list of one. */
    static CompletableFuture<List<Object>> dispatch(
            StatefulRedisConnection<byte[], byte[]> connection,
            ProtocolKeyword command,
            CommandArgs<byte[], byte[]> args) {
        AsyncCommand<byte[], byte[], List<Object>> asked =
                new AsyncCommand<>(new Command<>(command, new NestedMultiOutput<>(ByteArrayCodec.INSTANCE), args));
        try {
            connection.dispatch(asked);
        } catch (RuntimeException e) {
            asked.completeExceptionally(e);
        }
        return asked.toCompletableFuture();
    }

    @Override
    public void close() {
        closed = true;
        main.close();
    }
}

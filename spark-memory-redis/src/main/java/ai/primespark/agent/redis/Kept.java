package ai.primespark.agent.redis;

import ai.primespark.spi.ProviderContext;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.api.StatefulConnection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection that is opened again whenever it ends. The client's own reconnecting is off: it would send what was under way once
 * more behind our back, and it does not ask again who is master. Nothing here waits for the network. Thread-safe.
 *
 * @param <C> the kind of connection
 */
final class Kept<C extends StatefulConnection<byte[], byte[]>> implements AutoCloseable {

    private static final long FIRST_DELAY = 20;
    private static final long LONGEST_DELAY = 500;
    private static final long HOPELESS_DELAY = 5_000;

    private final ProviderContext context;
    private final Duration patience;
    private final Supplier<CompletableFuture<C>> opener;
    private final Watcher watcher;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable C current;
    private volatile CompletableFuture<C> next = new CompletableFuture<>();
    private boolean started;
    private boolean closed;
    private int failures;

    /** Who hears how a connection fares. Called without locks. */
    interface Watcher {

        /** It works, for the first time or again. */
        void opened();

        /** It has ended; another is being opened. */
        void lost();

        /**
         * It could not be opened; it will be tried again.
         *
         * @return whether there is little hope that it helps to try again soon
         */
        boolean failed(Throwable why);
    }

    /**
     * Opens nothing yet.
     *
     * @param opener begins to open a connection that is ready for use when it is there
     * @param patience how long that may take
     */
    Kept(ProviderContext context, Duration patience, Supplier<CompletableFuture<C>> opener, Watcher watcher) {
        this.context = context;
        this.patience = patience;
        this.opener = opener;
        this.watcher = watcher;
    }

    /** Begins, once. */
    void start() {
        lock.lock();
        try {
            if (started || closed) {
                return;
            }
            started = true;
        } finally {
            lock.unlock();
        }
        openSoon(0);
    }

    /** The connection, or null while there is none. */
    @Nullable
    C now() {
        return current;
    }

    /** Ends with a connection that works; never, as long as there is none. */
    CompletableFuture<C> next() {
        C open = current;
        return open != null ? CompletableFuture.completedFuture(open) : next;
    }

    private void openSoon(long millis) {
        try {
            var unused = context.scheduler().schedule(this::hand, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            close(); // the engine is closing
        }
    }

    /** Gives the opening to a thread; when none is free, soon again. */
    private void hand() {
        try {
            context.blocking().execute(this::open);
        } catch (RejectedExecutionException e) {
            openSoon(LONGEST_DELAY);
        }
    }

    private void open() {
        if (isClosed()) {
            return;
        }
        CompletableFuture<C> opening;
        try {
            opening = opener.get();
        } catch (RuntimeException e) {
            opening = CompletableFuture.failedFuture(e);
        }
        CompletableFuture<C> limited = new CompletableFuture<>();
        var unused = opening.whenComplete((connection, failure) -> {
            if (failure != null) {
                limited.completeExceptionally(failure);
            } else if (!limited.complete(connection)) {
                var unusedToo = connection.closeAsync(); // it comes too late
            }
        });
        var unusedToo = limited.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((connection, failure) -> {
                    if (failure == null) {
                        established(connection);
                    } else {
                        failed(failure);
                    }
                });
    }

    private void established(C connection) {
        CompletableFuture<C> waited;
        lock.lock();
        try {
            if (closed) {
                var unused = connection.closeAsync();
                return;
            }
            failures = 0;
            current = connection;
            waited = next;
        } finally {
            lock.unlock();
        }
        connection.addListener(new RedisConnectionStateListener() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> ended) {
                drop(connection);
            }
        });
        watcher.opened();
        waited.complete(connection);
        if (!connection.isOpen()) { // before anybody listened
            drop(connection);
        }
    }

    private void failed(Throwable why) {
        if (isClosed()) {
            return;
        }
        boolean hopeless = watcher.failed(why);
        long delay;
        lock.lock();
        try {
            failures++;
            delay = Math.min(LONGEST_DELAY, FIRST_DELAY << Math.min(failures - 1, 10));
        } finally {
            lock.unlock();
        }
        openSoon(hopeless ? HOPELESS_DELAY : delay - ThreadLocalRandom.current().nextLong(delay / 4 + 1));
    }

    /** Gives a connection up that is of no use any more, and opens another. False when it was given up before. */
    boolean drop(C broken) {
        return drop(broken, FIRST_DELAY);
    }

    /** Gives the connection up that there is, if any: it may be half open, or lead where nothing is any more. */
    void renew() {
        C open = current;
        if (open != null) {
            drop(open);
        }
    }

    /** Gives up a connection over which the server refuses what it is for; another may fare better in a while. */
    void dropRefused(C refused) {
        drop(refused, HOPELESS_DELAY);
    }

    private boolean drop(C broken, long delay) {
        lock.lock();
        try {
            if (closed || current != broken) {
                return false;
            }
            current = null;
            next = new CompletableFuture<>();
        } finally {
            lock.unlock();
        }
        var unused = broken.closeAsync();
        watcher.lost();
        openSoon(delay);
        return true;
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        C last;
        lock.lock();
        try {
            closed = true;
            last = current;
            current = null;
        } finally {
            lock.unlock();
        }
        next.completeExceptionally(new IllegalStateException("closed"));
        if (last != null) {
            var unused = last.closeAsync();
        }
    }
}

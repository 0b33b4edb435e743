package ai.primespark.spi.http;

import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends requests that have no connection in time. Nearly all have one at once, and a timer for each, being the next one due, would
 * wake the timer's thread for each; so there is one for all, set for the earliest. Thread-safe.
 */
final class ConnectWatch {

    private final ScheduledExecutorService timer;
    private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private boolean armed; // guarded by this
    private long firesAt; // while armed; guarded by this

    /** A request that may have no connection yet. Is kept until its time is over, and lets go of everything before. */
    static final class Waiting {

        private final long endNanos;
        private volatile @Nullable CompletableFuture<?> result;

        private Waiting(CompletableFuture<?> result, long endNanos) {
            this.result = result;
            this.endNanos = endNanos;
        }

        /** There is a connection. */
        void connected() {
            result = null;
        }
    }

    ConnectWatch(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    /**
     * Fails a result if there is no connection within a time.
     *
     * @param result fails with {@link HttpConnectTimeoutException}
     * @param limit how long it may take
     * @return to be told that there is one
     * @throws RejectedExecutionException when the engine is closing
     */
    Waiting watch(CompletableFuture<?> result, Duration limit) {
        Waiting request = new Waiting(result, System.nanoTime() + limit.toNanos());
        waiting.add(request);
        arm(request.endNanos);
        return request;
    }

    private synchronized void arm(long at) {
        if (armed && firesAt - at <= 0) {
            return;
        }
        var unused = timer.schedule(this::look, at - System.nanoTime(), TimeUnit.NANOSECONDS);
        armed = true;
        firesAt = at;
    }

    private void look() {
        synchronized (this) {
            armed = false;
        }
        long now = System.nanoTime();
        long next = 0;
        boolean any = false;
        for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
            Waiting each = all.next();
            CompletableFuture<?> result = each.result;
            boolean late = now - each.endNanos >= 0;
            if (late && result != null) {
                result.completeExceptionally(new HttpConnectTimeoutException("no connection"));
            }
            if (late || result == null || result.isDone()) {
                all.remove();
            } else if (!any || each.endNanos - next < 0) {
                any = true;
                next = each.endNanos;
            }
        }
        if (any) {
            try {
                arm(next);
            } catch (RejectedExecutionException e) { // the engine is closing, which ends these as well
                waiting.clear();
            }
        }
    }
}

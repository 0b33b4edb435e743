package ai.primespark.memory.redis;

import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;

/**
 * Ends operations whose time is over. They come by the ten thousand a second and hardly any is late, so none has a timer of its
 * own, which would wake the timer's thread for each: while any is under way, all are looked at ten times within the usual time
 * limit. An operation may end that much later. Thread-safe.
 */
final class Timeouts {

    private static final Duration LONGEST_PAUSE = Duration.ofMillis(25);
    private static final int LOOKS = 10;

    private final ScheduledExecutorService timer;
    private final long pauseNanos;
    private final LongFunction<? extends Throwable> failure;
    private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean watching = new AtomicBoolean();

    private record Waiting(CompletableFuture<?> result, long limitNanos, long endNanos) {}

    /**
     * Makes a watch over nothing.
     *
     * @param timer where to look from
     * @param limit the usual time limit
     * @param failure makes what an operation ends with, from its limit in milliseconds
     */
    Timeouts(ScheduledExecutorService timer, Duration limit, LongFunction<? extends Throwable> failure) {
        this.timer = timer;
        long pause = Math.min(LONGEST_PAUSE.toNanos(), limit.toNanos() / LOOKS);
        this.pauseNanos = Math.max(TimeUnit.MILLISECONDS.toNanos(1), pause);
        this.failure = failure;
    }

    /** Ends a result that is not there within a time. */
    void watch(CompletableFuture<?> result, long nanos) {
        waiting.add(new Waiting(result, nanos, System.nanoTime() + nanos));
        if (!watching.get() && watching.compareAndSet(false, true)) {
            lookLater();
        }
    }

    private void lookLater() {
        try {
            var unused = timer.schedule(this::look, pauseNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) { // the engine is closing; the connection's end will end these, too
            waiting.clear();
        }
    }

    private void look() {
        long now = System.nanoTime();
        for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
            Waiting each = all.next();
            boolean over = now - each.endNanos >= 0;
            if (over) {
                each.result.completeExceptionally(failure.apply(TimeUnit.NANOSECONDS.toMillis(each.limitNanos)));
            }
            if (over || each.result.isDone()) {
                all.remove();
            }
        }
        if (waiting.isEmpty()) {
            watching.set(false);
            if (waiting.isEmpty() || !watching.compareAndSet(false, true)) {
                return; // nobody has come, or the one who has looks
            }
        }
        lookLater();
    }
}

package ai.primespark.spi;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ends a call that goes over one of its limits. One timer task a call, moved only when it fires or when a shorter limit begins
 * to count, so that a token costs one look at the clock and no lock; nothing where the total limit is the only one.
 */
final class CallWatchdog {

    private static final long NOT_WAITING = Long.MIN_VALUE;
    private static final Duration FOREVER = Duration.ofDays(36_500);

    /** No first look before that, so that it cannot meet a call whose constructor is still running. */
    private static final long CONSTRUCTION_NANOS = Duration.ofMillis(100).toNanos();

    private final CallLimits limits;
    private final ScheduledExecutorService scheduler;
    private final Consumer<String> expired;
    private final long start = System.nanoTime();

    /** Whether no other limit can be over before the total one is. */
    private final boolean onlyTotal;

    /** When the consumer began to wait for the server; limits on the server count only while it does. */
    private volatile long waitingSince = NOT_WAITING;

    private volatile long firstWait = NOT_WAITING;
    private volatile long servedAt;
    private volatile long lastSign;
    private volatile boolean anySign;
    private volatile boolean anyToken;
    private volatile boolean stopped;
    private @Nullable Future<?> task; // guarded by this
    private long firesAt; // of the task; guarded by this

    CallWatchdog(CallLimits limits, ScheduledExecutorService scheduler, Consumer<String> expired) {
        this.limits = limits;
        this.scheduler = scheduler;
        this.expired = expired;
        this.lastSign = start;
        long total = nanos(limits.total());
        this.onlyTotal = nanos(limits.firstByte()) >= total
                && nanos(limits.firstToken()) >= total
                && nanos(limits.idle()) >= total;
    }

    /** Begins to look after the total limit, for calls that nobody reads; the others begin to count when somebody waits. */
    void begin() {
        schedule(start + Math.max(nanos(limits.total()), CONSTRUCTION_NANOS));
    }

    /** The consumer starts to wait. */
    void waiting() {
        if (onlyTotal) {
            return;
        }
        long now = System.nanoTime();
        waitingSince = now;
        if (firstWait == NOT_WAITING) {
            firstWait = now;
            arm(now);
        } else if (!anyToken) { // what the consumer took for itself since the last event is not the server's time
            long shifted = firstWait + (now - servedAt);
            firstWait = shifted;
            arm(now);
        }
    }

    /** The server gave a sign of life, and the consumer goes on waiting. */
    void alive() {
        if (onlyTotal) {
            return;
        }
        lastSign = System.nanoTime();
        if (!anySign) {
            anySign = true;
            arm(lastSign);
        }
    }

    /** The consumer got an event. */
    void served(boolean token) {
        if (onlyTotal) {
            return;
        }
        waitingSince = NOT_WAITING;
        if (anyToken) { // when it was served matters only before that
            return;
        }
        servedAt = System.nanoTime();
        if (token) {
            anySign = true;
            anyToken = true;
            arm(System.nanoTime());
        }
    }

    synchronized void stop() {
        stopped = true;
        if (task != null) {
            task.cancel(false);
            task = null;
        }
    }

    private void arm(long now) {
        schedule(nextCheck(now));
    }

    private synchronized void schedule(long at) {
        if (stopped || (task != null && firesAt - at <= 0)) { // one that fires earlier looks again then
            return;
        }
        if (task != null) {
            task.cancel(false);
        }
        firesAt = at;
        try {
            task = scheduler.schedule(this::check, Math.max(at - System.nanoTime(), 0), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) { // the engine is closing; it ends the calls itself
            task = null;
        }
    }

    private void check() {
        synchronized (this) {
            task = null; // it is running
        }
        long now = System.nanoTime();
        String limit = exceeded(now);
        if (limit == null) {
            arm(now);
        } else if (!stopped) {
            expired.accept(limit);
        }
    }

    private @Nullable String exceeded(long now) {
        if (now - start >= nanos(limits.total())) {
            return "the total limit of " + print(limits.total());
        }
        long since = waitingSince;
        if (since == NOT_WAITING) {
            return null;
        }
        if (!anySign && now - firstWait >= nanos(limits.firstByte())) {
            return "the limit of " + print(limits.firstByte()) + " for the first byte";
        }
        if (!anyToken && now - firstWait >= nanos(limits.firstToken())) {
            return "the limit of " + print(limits.firstToken()) + " for the first token";
        }
        if (anyToken && now - later(since, lastSign) >= nanos(limits.idle())) {
            return "the limit of " + print(limits.idle()) + " of silence between tokens";
        }
        return null;
    }

    /** The earliest moment at which a limit can be over. While nobody waits, that is one silence from now. */
    private long nextCheck(long now) {
        long next = start + nanos(limits.total());
        long since = waitingSince;
        long idleFrom = since == NOT_WAITING ? now : later(since, lastSign);
        if (anyToken || since == NOT_WAITING) {
            next = earlier(next, idleFrom + nanos(limits.idle()));
        }
        if (!anySign && since != NOT_WAITING) {
            next = earlier(next, firstWait + nanos(limits.firstByte()));
        }
        if (!anyToken && since != NOT_WAITING) {
            next = earlier(next, firstWait + nanos(limits.firstToken()));
        }
        return next;
    }

    /** More than a century is for ever; it must not overflow. */
    private static long nanos(Duration limit) {
        return limit.compareTo(FOREVER) >= 0 ? FOREVER.toNanos() : limit.toNanos();
    }

    private static long earlier(long a, long b) {
        return a - b <= 0 ? a : b;
    }

    private static long later(long a, long b) {
        return a - b >= 0 ? a : b;
    }

    private static String print(Duration d) {
        return SettingParser.print(d);
    }
}

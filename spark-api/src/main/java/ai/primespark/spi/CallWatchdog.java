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
 * to count, so that a token costs two volatile writes and no lock.
 */
final class CallWatchdog {

    private static final long NOT_WAITING = Long.MIN_VALUE;

    private final CallLimits limits;
    private final ScheduledExecutorService scheduler;
    private final Consumer<String> expired;
    private final long start = System.nanoTime();

    /** When the consumer began to wait for the server; limits on the server count only while it does. */
    private volatile long waitingSince = NOT_WAITING;

    private volatile long firstWait = NOT_WAITING;
    private volatile long lastSign;
    private volatile boolean anySign;
    private volatile boolean anyToken;
    private volatile boolean stopped;
    private @Nullable Future<?> task; // guarded by this

    CallWatchdog(CallLimits limits, ScheduledExecutorService scheduler, Consumer<String> expired) {
        this.limits = limits;
        this.scheduler = scheduler;
        this.expired = expired;
        this.lastSign = start;
    }

    /** The consumer starts to wait. */
    void waiting() {
        long now = System.nanoTime();
        if (firstWait == NOT_WAITING) {
            firstWait = now;
            waitingSince = now;
            arm(now);
        } else {
            waitingSince = now;
        }
    }

    /** The server gave a sign of life, and the consumer goes on waiting. */
    void alive() {
        lastSign = System.nanoTime();
        if (!anySign) {
            anySign = true;
            arm(lastSign);
        }
    }

    /** The consumer got an event. */
    void served(boolean token) {
        waitingSince = NOT_WAITING;
        if (token && !anyToken) {
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

    private synchronized void arm(long now) {
        if (stopped) {
            return;
        }
        if (task != null) {
            task.cancel(false);
        }
        long wait = Math.max(nextCheck(now) - now, 0);
        try {
            task = scheduler.schedule(this::check, wait, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) { // the engine is closing; it ends the calls itself
            task = null;
        }
    }

    private void check() {
        long now = System.nanoTime();
        String limit = exceeded(now);
        if (limit == null) {
            arm(now);
        } else if (!stopped) {
            expired.accept(limit);
        }
    }

    private @Nullable String exceeded(long now) {
        if (now - start >= limits.total().toNanos()) {
            return "the total limit of " + print(limits.total());
        }
        long since = waitingSince;
        if (since == NOT_WAITING) {
            return null;
        }
        if (!anySign && now - firstWait >= limits.firstByte().toNanos()) {
            return "the limit of " + print(limits.firstByte()) + " for the first byte";
        }
        if (!anyToken && now - firstWait >= limits.firstToken().toNanos()) {
            return "the limit of " + print(limits.firstToken()) + " for the first token";
        }
        if (anySign && now - later(since, lastSign) >= limits.idle().toNanos()) {
            return "the limit of " + print(limits.idle()) + " of silence between tokens";
        }
        return null;
    }

    /** The earliest moment at which a limit can be over. While nobody waits, that is one silence from now. */
    private long nextCheck(long now) {
        long next = start + limits.total().toNanos();
        long since = waitingSince;
        long idleFrom = since == NOT_WAITING ? now : later(since, lastSign);
        if (anySign || since == NOT_WAITING) {
            next = earlier(next, idleFrom + limits.idle().toNanos());
        }
        if (!anySign && since != NOT_WAITING) {
            next = earlier(next, firstWait + limits.firstByte().toNanos());
        }
        if (!anyToken && since != NOT_WAITING) {
            next = earlier(next, firstWait + limits.firstToken().toNanos());
        }
        return next;
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

package ai.primespark.core.health;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of checks. A few, of their own, because a check may hang for ever in a system call: it must not take threads away from
 * work, and on a virtual thread it would hold a carrier. Platform daemons, started when needed and ended when idle.
 */
public final class CheckThreads {

    /** So many checks may run, or hang, at a time. */
    static final int MOST = 16;

    private static final int IDLE_SECONDS = 10;

    private CheckThreads() {}

    /** Makes them; {@code shutdownNow} ends them, except those that hang. */
    public static ExecutorService create() {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                MOST,
                MOST,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(
                        2 * HealthService.MOST_CHECKS), // each waits at most once, removed ones included
                task -> {
                    Thread thread = new Thread(task, "spark-health-" + number.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}

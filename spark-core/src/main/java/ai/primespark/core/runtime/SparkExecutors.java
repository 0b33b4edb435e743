package ai.primespark.core.runtime;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The threads of one instance: virtual ones on Java 21 and later, a bounded pool before; and one timer thread. */
public final class SparkExecutors implements AutoCloseable {

    /** Platform threads at most. Beyond, work is refused at once instead of piling up. */
    private static final int MAX_THREADS = 512;

    private final ExecutorService blocking;
    private final ScheduledThreadPoolExecutor scheduler;
    private final boolean virtual;
    private final Duration grace;

    public SparkExecutors(Duration grace) {
        this.grace = grace;
        this.virtual = Runtime.version().feature() >= 21;
        this.blocking = virtual ? virtualThreads() : platformThreads();
        this.scheduler = new ScheduledThreadPoolExecutor(1, daemon("spark-timer-"));
        this.scheduler.setRemoveOnCancelPolicy(true); // a finished call must not stay in the queue until its limit
    }

    private static ExecutorService platformThreads() {
        return new ThreadPoolExecutor(
                0, MAX_THREADS, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), daemon("spark-worker-"));
    }

    /** By reflection, because this is compiled for Java 17. */
    private static ExecutorService virtualThreads() {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            Object named = type.getMethod("name", String.class, long.class).invoke(builder, "spark-worker-", 0L);
            ThreadFactory factory = (ThreadFactory) type.getMethod("factory").invoke(named);
            return (ExecutorService) Executors.class
                    .getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
                    .invoke(null, factory);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM claims Java 21 or later but has no virtual threads", e);
        }
    }

    private static ThreadFactory daemon(String prefix) {
        AtomicLong count = new AtomicLong();
        return task -> {
            Thread thread = new Thread(task, prefix + count.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        };
    }

    public boolean virtual() {
        return virtual;
    }

    /** For this engine's own parts. */
    public ExecutorService blocking() {
        return blocking;
    }

    /** For this engine's own parts. */
    public ScheduledExecutorService scheduler() {
        return scheduler;
    }

    /** Ends both within the grace period; what still runs then is interrupted and left behind on daemon threads. */
    @Override
    public void close() {
        scheduler.shutdownNow();
        blocking.shutdown();
        try {
            if (!blocking.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                blocking.shutdownNow();
            }
        } catch (InterruptedException e) {
            blocking.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}

package ai.primespark.spi.http;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that move bytes between sockets and readers, for one HTTP client. They are the client's own: on Java 17 the engine's pool
 * is bounded, and readers that wait in all of its threads would wait for each other's bytes for ever.
 *
 * <p>What one of these threads wants done is done at once, on itself. The client cuts a request into half a dozen tasks; to hand
 * each to another thread would wake as many, one after the other. The client's own blocking calls keep to their thread in the
 * same way.
 */
final class Movers implements Executor {

    private static final int THREADS = 4;
    private static final int IDLE_SECONDS = 1;

    private final AtomicInteger number = new AtomicInteger();
    private final ThreadPoolExecutor pool;

    Movers(String threadName) {
        pool = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> new Mover(this, task, threadName + number.incrementAndGet()));
        pool.allowCoreThreadTimeOut(true); // so it needs no shutdown, which would strand tasks of the client
    }

    @Override
    public void execute(Runnable task) {
        if (Thread.currentThread() instanceof Mover mover && mover.of == this) {
            task.run();
        } else {
            pool.execute(task);
        }
    }

    private static final class Mover extends Thread {

        private final Movers of;

        Mover(Movers of, Runnable task, String name) {
            super(task, name);
            this.of = of;
            setDaemon(true);
        }
    }
}

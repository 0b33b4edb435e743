package ai.primespark.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** What the views of one {@link TestContext} share. */
final class TestResources implements AutoCloseable {

    private static final long GRACE_SECONDS = 5;
    private static final String PREFIX = "testkit-context-";

    private final MutableClock clock = new MutableClock();
    private final Set<Thread> before = new HashSet<>(liveThreads());
    private final Set<Thread> own = java.util.concurrent.ConcurrentHashMap.newKeySet();
    private final AtomicLong threads = new AtomicLong();
    private final AtomicLong tasks = new AtomicLong();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Path directory;
    private final ThreadPoolExecutor blocking;
    private final ScheduledThreadPoolExecutor scheduler;

    TestResources() {
        try {
            directory = Files.createTempDirectory("spark-testkit-").toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        blocking =
                new ThreadPoolExecutor(
                        0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), this::thread) {
                    @Override
                    public void execute(Runnable command) {
                        tasks.incrementAndGet();
                        super.execute(command);
                    }
                };
        scheduler = new CountingScheduler(this);
        scheduler.setRemoveOnCancelPolicy(true);
        scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    MutableClock clock() {
        return clock;
    }

    ExecutorService blocking() {
        return blocking;
    }

    ScheduledExecutorService scheduler() {
        return scheduler;
    }

    Path directory() {
        return directory;
    }

    long tasksStarted() {
        return tasks.get();
    }

    List<String> leakedThreads() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
        for (Thread thread : suspects()) {
            try {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left > 0) {
                    thread.join(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        return suspects().stream().map(Thread::getName).sorted().toList();
    }

    private List<Thread> suspects() {
        return liveThreads().stream()
                .filter(thread -> !before.contains(thread) && thread != Thread.currentThread())
                .filter(thread -> closed.get() || !own.contains(thread))
                .toList();
    }

    /** Live threads of the program; the JVM's own are in other groups. */
    static Set<Thread> liveThreads() {
        Set<Thread> live = new HashSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            ThreadGroup group = thread.getThreadGroup();
            if (group != null
                    && !group.getName().equals("system")
                    && !group.getName().equals("InnocuousThreadGroup")) {
                live.add(thread);
            }
        }
        return live;
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        scheduler.shutdownNow();
        blocking.shutdownNow();
        try {
            boolean idle = scheduler.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS);
            if (idle) {
                blocking.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        delete(directory);
    }

    private static void delete(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            // a thread that outlives its test may still write there; a left-over temporary file is no reason to fail
            root.toFile().deleteOnExit();
        }
    }

    private Thread thread(Runnable work) {
        Thread thread = new Thread(work, PREFIX + threads.incrementAndGet());
        thread.setDaemon(true);
        own.add(thread);
        return thread;
    }

    private static final class CountingScheduler extends ScheduledThreadPoolExecutor {

        private final TestResources resources;

        CountingScheduler(TestResources resources) {
            super(1, resources::thread);
            this.resources = resources;
        }

        @Override
        protected <V> java.util.concurrent.RunnableScheduledFuture<V> decorateTask(
                Runnable runnable, java.util.concurrent.RunnableScheduledFuture<V> task) {
            resources.tasks.incrementAndGet();
            return task;
        }

        @Override
        protected <V> java.util.concurrent.RunnableScheduledFuture<V> decorateTask(
                java.util.concurrent.Callable<V> callable, java.util.concurrent.RunnableScheduledFuture<V> task) {
            resources.tasks.incrementAndGet();
            return task;
        }
    }
}

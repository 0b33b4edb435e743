package ai.primespark.core.runtime;

import ai.primespark.SparkException;
import ai.primespark.spi.Deadline;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was started, so that it can be closed in reverse order: when a start fails, and at the end. */
public final class Lifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

    private final Deque<Part> started = new ArrayDeque<>(); // guarded by this
    private final AtomicBoolean closed = new AtomicBoolean();

    private record Part(String name, AutoCloseable closer) {}

    /** Thrown by {@link #start} and {@link #close}. */
    public static final class LifecycleException extends SparkException {
        private static final long serialVersionUID = 1L;

        LifecycleException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Something that may fail. */
    @FunctionalInterface
    public interface Action {
        void run() throws Exception;
    }

    /**
     * Starts a part and remembers how to close it. A part whose start fails is closed as well, since it may have started in
     * part.
     */
    public void start(String name, Action start, AutoCloseable closer) {
        add(name, closer);
        try {
            start.run();
        } catch (SparkException e) {
            throw e;
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new LifecycleException(name + " cannot start: " + e.getMessage(), e);
        }
    }

    /** Remembers how to close a part that needs no start. */
    public synchronized void add(String name, AutoCloseable closer) {
        started.push(new Part(name, closer));
    }

    public boolean isClosed() {
        return closed.get();
    }

    /**
     * Closes everything, last started first, all within the time given. What does not come back in time is left behind on its
     * daemon thread and reported, so that one hung part cannot keep the others open.
     */
    public void close(Duration timeout) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        Deadline deadline = Deadline.in(timeout);
        List<Throwable> failures = new ArrayList<>();
        boolean interrupted = false;
        for (Part part : takeAll()) {
            FutureTask<@Nullable Void> task = new FutureTask<>(() -> {
                part.closer().close();
                return null;
            });
            Thread thread = new Thread(task, "spark-close-" + part.name());
            thread.setDaemon(true);
            thread.start();
            try {
                // a part gets a fair chance even when those before it have used up the time
                task.get(Math.max(deadline.remainingNanos(), 100_000_000L), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                failures.add(new LifecycleException(part.name() + " did not close within " + timeout, e));
            } catch (ExecutionException e) {
                failures.add(new LifecycleException(part.name() + " failed to close: " + e.getCause(), e.getCause()));
            } catch (InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!failures.isEmpty()) {
            LifecycleException all = new LifecycleException(
                    failures.size() + " parts did not close cleanly: "
                            + failures.get(0).getMessage(),
                    null);
            failures.forEach(all::addSuppressed);
            throw all;
        }
    }

    /** Closes everything after a failed start; what goes wrong with that is attached to the failure. */
    public void rollBack(Throwable failure, Duration timeout) {
        try {
            close(timeout);
        } catch (LifecycleException e) {
            LOG.warn("After a failed start: {}", e.getMessage());
            failure.addSuppressed(e);
        }
    }

    private synchronized List<Part> takeAll() {
        List<Part> parts = new ArrayList<>(started);
        started.clear();
        return parts;
    }
}

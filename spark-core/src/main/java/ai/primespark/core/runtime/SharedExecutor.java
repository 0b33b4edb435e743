package ai.primespark.core.runtime;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** An executor as plugins see it: it runs their tasks, and shutting it down has no effect. */
class SharedExecutor extends AbstractExecutorService {

    private final ExecutorService delegate;

    SharedExecutor(ExecutorService delegate) {
        this.delegate = delegate;
    }

    @Override
    public final void execute(Runnable task) {
        delegate.execute(task);
    }

    @Override
    public final void shutdown() {}

    /** Overrides a method that Java 19 added, which would wait until the engine itself closes. */
    public final void close() {}

    @Override
    public final List<Runnable> shutdownNow() {
        return List.of();
    }

    @Override
    public final boolean isShutdown() {
        return delegate.isShutdown();
    }

    @Override
    public final boolean isTerminated() {
        return delegate.isTerminated();
    }

    @Override
    public final boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return delegate.awaitTermination(timeout, unit);
    }

    /** The same for timers. */
    static final class Timer extends SharedExecutor implements ScheduledExecutorService {

        private final ScheduledExecutorService delegate;

        Timer(ScheduledExecutorService delegate) {
            super(delegate);
            this.delegate = delegate;
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            return delegate.schedule(task, delay, unit);
        }

        @Override
        public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
            return delegate.schedule(task, delay, unit);
        }

        @Override
        public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long initialDelay, long period, TimeUnit unit) {
            return delegate.scheduleAtFixedRate(task, initialDelay, period, unit);
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long initialDelay, long delay, TimeUnit unit) {
            return delegate.scheduleWithFixedDelay(task, initialDelay, delay, unit);
        }
    }
}

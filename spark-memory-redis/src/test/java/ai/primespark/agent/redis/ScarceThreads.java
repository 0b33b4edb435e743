package ai.primespark.agent.redis;

import ai.primespark.spi.Meters;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A context that has no thread free while a test says so, as the bounded pool of Java 17 when all its threads are busy. */
final class ScarceThreads implements ProviderContext {

    private final ProviderContext context;
    private final AtomicInteger refusals = new AtomicInteger();
    private volatile boolean scarce;

    ScarceThreads(ProviderContext context) {
        this.context = context;
    }

    void scarce(boolean now) {
        scarce = now;
    }

    /** How often a thread was asked for and not given. */
    int refusals() {
        return refusals.get();
    }

    @Override
    public ExecutorService blocking() {
        ExecutorService real = context.blocking();
        return new AbstractExecutorService() {
            @Override
            public void execute(Runnable command) {
                if (scarce) {
                    refusals.incrementAndGet();
                    throw new RejectedExecutionException("no thread is free");
                }
                real.execute(command);
            }

            @Override
            public void shutdown() {
                real.shutdown();
            }

            @Override
            public List<Runnable> shutdownNow() {
                return real.shutdownNow();
            }

            @Override
            public boolean isShutdown() {
                return real.isShutdown();
            }

            @Override
            public boolean isTerminated() {
                return real.isTerminated();
            }

            @Override
            public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
                return real.awaitTermination(timeout, unit);
            }
        };
    }

    @Override
    public String id() {
        return context.id();
    }

    @Override
    public Settings settings() {
        return context.settings();
    }

    @Override
    public String nodeId() {
        return context.nodeId();
    }

    @Override
    public InstantSource clock() {
        return context.clock();
    }

    @Override
    public ScheduledExecutorService scheduler() {
        return context.scheduler();
    }

    @Override
    public Path dataDirectory() {
        return context.dataDirectory();
    }

    @Override
    public Meters meters() {
        return context.meters();
    }
}

package ai.primespark.core.power;

import ai.primespark.power.PowerDecision;
import ai.primespark.spi.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does everything that must be done before the power goes, in order, each within a part of the time. One that hangs or fails is
 * reported and left behind. Thread-safe.
 */
final class DrainRun implements Drains {

    private static final Logger LOG = LoggerFactory.getLogger(DrainRun.class);

    /** Each later step keeps this part of the whole time for itself. */
    private static final int RESERVE = 10;

    private final ExecutorService threads;
    private final List<Part> parts = new CopyOnWriteArrayList<>();

    private record Part(String name, int order, Drain drain) {}

    DrainRun(ExecutorService threads) {
        this.threads = threads;
    }

    /** What there is to do, in order. */
    List<String> names() {
        return ordered().stream().map(Part::name).toList();
    }

    private List<Part> ordered() {
        return parts.stream().sorted(Comparator.comparingInt(Part::order)).toList();
    }

    @Override
    public AutoCloseable register(String name, int order, Drain drain) {
        Part part = new Part(Objects.requireNonNull(name, "name"), order, Objects.requireNonNull(drain, "drain"));
        parts.add(part);
        return () -> parts.remove(part);
    }

    /**
     * Does everything; blocks.
     *
     * @param budget for all of it
     * @param decision which calls for it
     * @return the names of those that did not end in time or failed
     * @throws InterruptedException when the shutdown was called off
     */
    List<String> run(Duration budget, PowerDecision decision) throws InterruptedException {
        Deadline end = Deadline.in(budget);
        List<Part> ordered = ordered();
        List<String> unfinished = new ArrayList<>();
        for (int i = 0; i < ordered.size(); i++) {
            int later = Math.min(RESERVE - 1, ordered.size() - 1 - i);
            long kept = budget.toNanos() / RESERVE * later;
            Duration own = Duration.ofNanos(Math.max(1, end.remainingNanos() - kept));
            if (!isDone(ordered.get(i), own, decision)) {
                unfinished.add(ordered.get(i).name());
            }
        }
        return unfinished;
    }

    private boolean isDone(Part part, Duration own, PowerDecision decision) throws InterruptedException {
        Deadline deadline = Deadline.in(own);
        Future<?> task;
        try {
            task = threads.submit(() -> {
                part.drain().drain(deadline, decision);
                return null;
            });
        } catch (RejectedExecutionException e) {
            LOG.error("'{}' is not made ready for the end of the power: no thread is free", part.name());
            return false;
        }
        try {
            task.get(Math.max(1, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            LOG.error("'{}' was not ready for the end of the power within {} ms", part.name(), own.toMillis());
        } catch (ExecutionException e) {
            LOG.error("'{}' could not be made ready for the end of the power", part.name(), e.getCause());
        } finally {
            task.cancel(true); // harmless when it is done
        }
        return false;
    }
}

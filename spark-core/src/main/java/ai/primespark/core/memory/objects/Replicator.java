package ai.primespark.core.memory.objects;

import ai.primespark.Zone;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.PutOptions;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the chunks of objects to the tiers that do not have them yet, in the background: one chunk at a time, no faster than
 * the configured rate, tried again with growing pauses, and to tiers beyond the edge only while that is not paused. Thread-safe.
 */
final class Replicator implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Replicator.class);
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 60_000;
    private static final long CLOSE_SECONDS = 5;

    private final Todo todo;
    private final Chunks chunks;
    private final Function<String, ObjectSpace> spaces;
    private final Executor blocking;
    private final ScheduledExecutorService scheduler;
    private final long bytesPerSecond;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<Todo.Item> waiting = new LinkedHashSet<>(); // guarded by lock
    private final Map<Todo.Item, Integer> uploading = new HashMap<>(); // guarded by lock
    private boolean running; // guarded by lock
    private boolean planned; // guarded by lock
    private @Nullable Thread worker; // guarded by lock
    private long pauseMillis = FIRST_PAUSE_MILLIS; // used by the one running task only
    private volatile boolean resuming;
    private volatile boolean paused;
    private volatile boolean closed;

    Replicator(
            Todo todo,
            Chunks chunks,
            Function<String, ObjectSpace> spaces,
            Executor blocking,
            ScheduledExecutorService scheduler,
            long bytesPerSecond) {
        this.todo = todo;
        this.chunks = chunks;
        this.spaces = spaces;
        this.blocking = blocking;
        this.scheduler = scheduler;
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Takes up what an earlier process has left. */
    void resume() {
        resuming = true;
        try {
            blocking.execute(() -> {
                try {
                    todo.each(this::add);
                } finally {
                    resumed();
                }
            });
        } catch (RejectedExecutionException e) {
            todo.each(this::add);
            resumed();
        }
    }

    private void resumed() {
        lock.lock();
        try {
            resuming = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** An upload begins: its note is on disk when this returns, and stays until after {@link #endUpload}. */
    void beginUpload(Todo.Item item) {
        lock.lock();
        try {
            var unused = uploading.merge(item, 1, Integer::sum);
        } finally {
            lock.unlock();
        }
        todo.add(item); // after it counts as uploading, so that nobody takes the note away again
    }

    /** An upload has ended, well or not. */
    void endUpload(Todo.Item item) {
        lock.lock();
        try {
            var unused = uploading.computeIfPresent(item, (key, count) -> count == 1 ? null : count - 1);
        } finally {
            lock.unlock();
        }
        add(item);
    }

    /** Something has to be done for an object that is noted already. */
    void add(Todo.Item item) {
        lock.lock();
        try {
            boolean unused = waiting.add(item);
        } finally {
            lock.unlock();
        }
        wake();
    }

    /** While true, nothing but urgent namespaces travels beyond the edge. */
    void pause(boolean now) {
        paused = now;
        if (!now) {
            wake();
        }
    }

    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nothing is left to do; false when the time was over first. */
    boolean await(Deadline deadline) {
        lock.lock();
        try {
            while (resuming || !waiting.isEmpty()) {
                if (changed.awaitNanos(Math.max(0, deadline.remainingNanos())) <= 0) {
                    return !resuming && waiting.isEmpty();
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MemoryException("interrupted while waiting for chunks to reach their tiers", true, null);
        } finally {
            lock.unlock();
        }
    }

    private void wake() {
        lock.lock();
        try {
            if (running || closed || waiting.isEmpty()) {
                return;
            }
            running = true;
        } finally {
            lock.unlock();
        }
        run(this::work);
    }

    private void run(Runnable task) {
        try {
            blocking.execute(task);
        } catch (RejectedExecutionException e) { // all threads are busy: later
            lock.lock();
            try {
                running = false;
            } finally {
                lock.unlock();
            }
            plan();
        }
    }

    private void plan() {
        lock.lock();
        try {
            if (planned || closed) {
                return;
            }
            planned = true;
        } finally {
            lock.unlock();
        }
        try {
            var unused = scheduler.schedule(this::retry, pauseMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the instance is closing; the notes on disk wait for the next start
        }
    }

    private void retry() {
        lock.lock();
        try {
            planned = false;
        } finally {
            lock.unlock();
        }
        wake();
    }

    private void work() {
        List<Todo.Item> items;
        lock.lock();
        try {
            worker = Thread.currentThread();
            items = new ArrayList<>(waiting);
        } finally {
            lock.unlock();
        }
        boolean progress = false;
        boolean left = false;
        try {
            for (Todo.Item item : items) {
                if (closed) {
                    break;
                }
                if (isDone(item)) {
                    progress = true;
                } else {
                    left = true;
                }
            }
        } finally {
            pauseMillis = progress ? FIRST_PAUSE_MILLIS : Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2);
            boolean more;
            lock.lock();
            try {
                worker = null;
                running = false;
                more = !left && !waiting.isEmpty();
            } finally {
                lock.unlock();
            }
            if (left) {
                plan();
            } else if (more) {
                wake();
            }
        }
    }

    /** Works on one object; true when it is done or was given up. */
    private boolean isDone(Todo.Item item) {
        try {
            ObjectSpace space = spaces.apply(item.namespace());
            ObjectSpace.Stored stored = space.find(item.object(), "copy");
            if (stored != null && !copy(space, item.object(), stored)) {
                return false;
            }
            lock.lock();
            try {
                if (uploading.containsKey(item)) {
                    return false; // its head comes later
                }
                boolean unused = waiting.remove(item);
                todo.remove(item);
                changed.signalAll();
            } finally {
                lock.unlock();
            }
            return true;
        } catch (MemoryException | TierException e) {
            if (e.retryable()) {
                LOG.debug("Object '{}' of namespace '{}' has to wait", item.object(), item.namespace(), e);
            } else {
                LOG.warn(
                        "Object '{}' of namespace '{}' does not reach its tiers: {}",
                        item.object(),
                        item.namespace(),
                        e.getMessage());
            }
            return false;
        } catch (RuntimeException e) {
            LOG.warn("Cannot copy object '{}' of namespace '{}'; tried again", item.object(), item.namespace(), e);
            return false;
        }
    }

    private boolean copy(ObjectSpace space, String object, ObjectSpace.Stored stored) {
        ObjectHead head = stored.head();
        ChunkBuffer buffer = chunks.buffers.take(head.chunkBytes(), head.bytes());
        try {
            return copy(space, object, stored, buffer);
        } finally {
            chunks.buffers.give(buffer); // nothing runs beside this, and what hangs has left it
        }
    }

    private boolean copy(ObjectSpace space, String object, ObjectSpace.Stored stored, ChunkBuffer buffer) {
        ObjectHead head = stored.head();
        ObjectHead.Builder resealed = new ObjectHead.Builder(head.chunkBytes());
        boolean otherKey = false;
        boolean complete = true;
        for (BlobLink tier : targets(space)) {
            if (isPaused(space, tier) || tier.unavailable() != null) {
                complete = false;
                continue;
            }
            for (int i = 0; i < head.count(); i++) {
                if (closed || isPaused(space, tier)) {
                    return false;
                }
                boolean seals = space.seals(tier);
                String address = head.address(i, seals && head.isSealed());
                if ((seals && !head.isSealed()) || !tier.has(address)) {
                    chunks.fetch(space, object, head, i, buffer);
                    String there = chunks.store(space, head, i, buffer, tier);
                    otherKey |= !there.equals(address);
                    address = there;
                    slowDown(head.length(i));
                }
                if (seals && resealed.count() == i) {
                    resealed.add(head.address(i, false), address);
                }
            }
        }
        if (otherKey && complete) { // stored again below under the version that was read: a newer object is left alone
            var unused = space.heads.replace(
                    object, stored.version(), head.withSealed(resealed).toJson(), PutOptions.DEFAULT);
        }
        return complete;
    }

    /** All but the one on this machine, which an upload fills or leaves out itself. */
    private static List<BlobLink> targets(ObjectSpace space) {
        BlobLink local = space.local();
        return space.tiers.stream().filter(tier -> tier != local).toList();
    }

    private boolean isPaused(ObjectSpace space, BlobLink tier) {
        return paused && tier.zone != Zone.EDGE && !space.options.urgent();
    }

    private void slowDown(int bytes) {
        if (bytesPerSecond < Long.MAX_VALUE && !closed) {
            LockSupport.parkNanos((long) (bytes * 1e9 / bytesPerSecond));
        }
    }

    @Override
    public void close() {
        closed = true;
        lock.lock();
        try {
            long left = Duration.ofSeconds(CLOSE_SECONDS).toNanos();
            while (running && left > 0) {
                if (worker != null) {
                    LockSupport.unpark(worker);
                }
                left -= TimeUnit.MILLISECONDS.toNanos(50);
                boolean unused = changed.await(50, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return "Replicator[" + size() + " waiting" + (paused ? ", paused" : "") + "]";
    }
}

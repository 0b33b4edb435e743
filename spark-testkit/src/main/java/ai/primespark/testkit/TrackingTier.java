package ai.primespark.testkit;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a {@link TrackingServer}: answers and news arrive in the order in which the server sent them, and news is
 * brought by a thread of the connection's own. A test can cut the connection and restore it. Thread-safe.
 */
public final class TrackingTier extends DelegatingTier {

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final TrackingServer server;
    private final List<InvalidationFeed.Listener> listeners = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Message> wire = new ConcurrentLinkedQueue<>();
    private final ReentrantLock reading = new ReentrantLock(); // one thread at a time takes from the wire
    private final Semaphore bell = new Semaphore(0);
    private boolean connected = true; // guarded by the server
    private @Nullable Thread courier; // guarded by the server
    private volatile boolean closed;

    /** What comes over the wire; lost with the connection. */
    private record Message(Runnable arrive, Runnable lose) {}

    TrackingTier(TrackingServer server, InMemoryTier tier) {
        super(tier);
        this.server = server;
    }

    /** Cuts the connection: answers and news that are on their way are lost, and operations fail until it is restored. */
    public void disconnect() {
        List<Message> lost = new ArrayList<>();
        synchronized (server) {
            if (!connected) {
                return;
            }
            connected = false;
            server.forget(this);
            for (Message message = wire.poll(); message != null; message = wire.poll()) {
                lost.add(message);
            }
            send(new Message(() -> listeners.forEach(InvalidationFeed.Listener::onGap), () -> {}));
        }
        lost.forEach(message -> message.lose.run());
        wake();
    }

    /** Restores the connection. */
    public void reconnect() {
        synchronized (server) {
            if (connected) {
                return;
            }
            connected = true;
            send(new Message(() -> listeners.forEach(InvalidationFeed.Listener::onRestored), () -> {}));
        }
        wake();
    }

    /**
     * Whether everything that the server sent has arrived.
     *
     * @return true when nothing is on its way
     */
    public boolean isQuiet() {
        if (!wire.isEmpty() || !reading.tryLock()) {
            return false;
        }
        try {
            return wire.isEmpty();
        } finally {
            reading.unlock();
        }
    }

    @Override
    public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        return exchange(false, List.of(key), () -> tier().get(key, deadline));
    }

    @Override
    public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
        return exchange(false, keys, () -> tier().getAll(keys, deadline));
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return exchange(true, List.of(record.key()), () -> tier().apply(record, condition, deadline));
    }

    @Override
    public CompletionStage<List<Applied>> applyAll(List<TierRecord> records, Deadline deadline) {
        List<TierKey> keys = records.stream().map(TierRecord::key).toList();
        return exchange(true, keys, () -> tier().applyAll(records, deadline));
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return exchange(true, List.of(key), () -> tier().purge(key, atMost, deadline));
    }

    /** Everything else reads no single key. */
    @Override
    protected <R extends @Nullable Object> CompletionStage<R> pass(Supplier<CompletionStage<R>> operation) {
        return exchange(false, List.of(), operation);
    }

    @Override
    public Optional<InvalidationFeed> invalidations() {
        return Optional.of(listener -> {
            synchronized (server) {
                listeners.add(listener);
                if (!connected) {
                    listener.onGap();
                }
                if (courier == null && !closed) {
                    Thread thread = new Thread(this::carry, "testkit-tracking-" + NUMBERS.incrementAndGet());
                    thread.setDaemon(true);
                    thread.start();
                    courier = thread;
                }
            }
            return () -> listeners.remove(listener);
        });
    }

    @Override
    public Optional<LeaseTier> leases() {
        return Optional.of(new LeaseTier() {
            @Override
            public CompletionStage<Optional<Lease>> acquire(TierKey key, Duration life, Deadline deadline) {
                return pass(() -> tier().probe(deadline).thenApply(alive -> server.acquire(key, life)));
            }

            @Override
            public CompletionStage<Void> release(Lease lease, Deadline deadline) {
                return pass(() -> tier().probe(deadline).thenAccept(alive -> server.release(lease)));
            }
        });
    }

    /** Closes the connection. */
    @Override
    public void close() throws Exception {
        super.close();
        closed = true;
        server.forget(this);
        wake();
    }

    void push(TierKey key) {
        send(new Message(() -> listeners.forEach(listener -> listener.onInvalidate(List.of(key))), () -> {}));
    }

    void pushAll() {
        send(new Message(() -> listeners.forEach(InvalidationFeed.Listener::onInvalidateAll), () -> {}));
    }

    /** Lets the courier look at the wire. */
    void wake() {
        bell.release();
    }

    private void send(Message message) {
        wire.add(message);
    }

    private <R extends @Nullable Object> CompletionStage<R> exchange(
            boolean change, Collection<TierKey> keys, Supplier<CompletionStage<R>> operation) {
        CompletableFuture<R> result = new CompletableFuture<>();
        synchronized (server) {
            if (!connected) {
                return CompletableFuture.failedFuture(lost());
            }
        }
        Supplier<CompletableFuture<R>> work = () -> operation.get().toCompletableFuture();
        Consumer<CompletableFuture<R>> reply =
                done -> send(new Message(() -> arrive(done, result), () -> result.completeExceptionally(lost())));
        if (change) {
            server.change(this, keys, work, reply);
        } else {
            server.read(this, keys, work, reply);
        }
        receive();
        return result;
    }

    private static <R extends @Nullable Object> void arrive(CompletableFuture<R> done, CompletableFuture<R> result) {
        try {
            result.complete(done.join());
        } catch (CompletionException e) {
            result.completeExceptionally(e.getCause() == null ? e : e.getCause());
        }
    }

    private static TierException lost() {
        return new TierException(TierException.Kind.TRANSIENT, "the test has cut this connection", null);
    }

    /** Takes what has come, in order; when another thread is at it, that one does. */
    private void receive() {
        while (!wire.isEmpty() && reading.tryLock()) {
            try {
                for (Message message = wire.poll(); message != null; message = wire.poll()) {
                    message.arrive.run();
                }
            } finally {
                reading.unlock();
            }
        }
    }

    private void carry() {
        while (!closed) {
            bell.acquireUninterruptibly();
            bell.drainPermits();
            receive();
        }
    }
}

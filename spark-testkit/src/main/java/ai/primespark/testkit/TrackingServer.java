package ai.primespark.testkit;

import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierTrait;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server that remembers which connection has read which key and tells it of the next change by another connection, once, as
 * Redis does with client tracking. Changes that a connection makes itself are not told to it, and end the remembering as well.
 * It also gives leases. For tests. Thread-safe.
 *
 * <pre>{@code
 * TrackingServer server = new TrackingServer(clock);
 * TrackingTier here = server.connect(TierTrait.SHARED, TierTrait.ATOMIC_CAS);
 * TrackingTier there = server.connect(TierTrait.SHARED, TierTrait.ATOMIC_CAS);
 * here.disconnect(); // whoever listens there learns of a gap
 * }</pre>
 */
public final class TrackingServer {

    private final InMemoryTier.Storage storage;
    private final InstantSource clock;
    private final Map<TierKey, Set<TrackingTier>> readers = new HashMap<>(); // guarded by this
    private final Map<TierKey, Held> leases = new HashMap<>(); // guarded by this
    private long fence; // guarded by this

    private record Held(LeaseTier.Lease lease, long untilMillis) {}

    /**
     * Makes a server with an empty storage.
     *
     * @param clock by which records and leases end
     */
    public TrackingServer(InstantSource clock) {
        this(new InMemoryTier.Storage(), clock);
    }

    /**
     * Makes a server.
     *
     * @param storage what it stores in
     * @param clock by which records and leases end
     */
    public TrackingServer(InMemoryTier.Storage storage, InstantSource clock) {
        this.storage = Objects.requireNonNull(storage, "storage");
        this.clock = Objects.requireNonNull(clock, "clock");
    }

    /**
     * What is stored.
     *
     * @return the storage
     */
    public InMemoryTier.Storage storage() {
        return storage;
    }

    /**
     * Makes a tier with a connection of its own.
     *
     * @param traits what it claims
     * @return a connected tier
     */
    public TrackingTier connect(TierTrait... traits) {
        return connect(List.of(traits));
    }

    /**
     * Makes a tier with a connection of its own.
     *
     * @param traits what it claims
     * @return a connected tier
     */
    public TrackingTier connect(Collection<TierTrait> traits) {
        return new TrackingTier(this, new InMemoryTier(storage, clock, traits));
    }

    /** Forgets everything and tells everybody, as after {@code FLUSHALL}. */
    public void clear() {
        List<TrackingTier> told = new ArrayList<>();
        synchronized (this) {
            storage.clear();
            readers.values().forEach(told::addAll);
            readers.clear();
            told.stream().distinct().forEach(TrackingTier::pushAll);
        }
        told.stream().distinct().forEach(TrackingTier::wake);
    }

    /** Runs what a connection asks for, and puts the answer on its wire in the same instant. */
    synchronized <R extends @Nullable Object> void read(
            TrackingTier connection, Collection<TierKey> keys, Supplier<R> work, Consumer<R> reply) {
        for (TierKey key : keys) {
            readers.computeIfAbsent(key, same -> new HashSet<>()).add(connection);
        }
        reply.accept(work.get());
    }

    /** As {@link #read}, and puts the news on the wires of those who have read the keys. */
    <R extends @Nullable Object> void change(
            TrackingTier connection, Collection<TierKey> keys, Supplier<R> work, Consumer<R> reply) {
        Set<TrackingTier> told = new HashSet<>();
        synchronized (this) {
            R result = work.get();
            for (TierKey key : keys) {
                Set<TrackingTier> interested = readers.remove(key);
                if (interested != null) {
                    interested.remove(connection);
                    interested.forEach(other -> other.push(key));
                    told.addAll(interested);
                }
            }
            reply.accept(result);
        }
        told.forEach(TrackingTier::wake);
    }

    synchronized void forget(TrackingTier connection) {
        readers.values().forEach(interested -> interested.remove(connection));
    }

    synchronized Optional<LeaseTier.Lease> acquire(TierKey key, Duration life) {
        Held held = leases.get(key);
        if (held != null && held.untilMillis > clock.millis()) {
            return Optional.empty();
        }
        LeaseTier.Lease lease = new LeaseTier.Lease(key, ++fence);
        leases.put(key, new Held(lease, clock.millis() + life.toMillis()));
        return Optional.of(lease);
    }

    synchronized void release(LeaseTier.Lease lease) {
        leases.computeIfPresent(lease.key(), (key, held) -> held.lease.equals(lease) ? null : held);
    }

    @Override
    public String toString() {
        return "TrackingServer[" + storage + "]";
    }
}

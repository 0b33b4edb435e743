package ai.primespark.core.memory;

import ai.primespark.memory.MemoryException;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets one machine at a time compute a missing value, by a lease in the hottest tier that has leases. Whoever does not get it
 * waits for the value, and tries again when the lease ends without one. Where no tier has leases, or it cannot be asked, each
 * machine computes for itself. Thread-safe.
 */
final class LoadLeases {

    private static final Logger LOG = LoggerFactory.getLogger(LoadLeases.class);
    private static final long SHORTEST_PAUSE_MILLIS = 5;
    private static final long LONGEST_PAUSE_MILLIS = 50;

    private final Surroundings around;
    private final Reader reader;
    private final Coherence coherence;

    LoadLeases(Surroundings around, Reader reader, Coherence coherence) {
        this.around = around;
        this.reader = reader;
        this.coherence = coherence;
    }

    /** How one caller looks and computes. */
    interface Work {

        /** The value from a record that was found. */
        Object decode(Answer answer);

        /**
         * Gives the value if it is there after all; else computes and stores it.
         *
         * @param elsewhere what other machines may have stored meanwhile, or null when none is kept from it
         */
        @Nullable
        Object compute(@Nullable Supplier<Answer> elsewhere) throws InterruptedException;

        /** What may be given instead of waiting, or null. */
        @Nullable
        Object meanwhile();
    }

    /** Computes under a lease, or gives what the machine that has it stored. */
    @Nullable
    Object load(Space space, TierKey key, Deadline deadline, Work work) throws InterruptedException {
        TierLink link = space.tiers.stream()
                .filter(each -> !each.isDown() && each.tier.leases().isPresent())
                .findFirst()
                .orElse(null);
        if (link == null) {
            return work.compute(null);
        }
        LeaseTier leases = link.tier.leases().orElseThrow();
        for (int attempt = 0; ; attempt++) {
            CompletableFuture<Boolean> news = coherence.watch(key); // before looking, so that nothing is missed
            try {
                Optional<LeaseTier.Lease> lease;
                try {
                    lease = link.call(deadline, own -> leases.acquire(key, around.loadLease(), own));
                } catch (TierException e) {
                    refuseIfOver(key, deadline); // then it says nothing about the tier
                    LOG.debug("No lease from tier '{}'; this machine loads by itself", link.id, e);
                    return work.compute(null);
                }
                if (lease.isPresent()) {
                    return compute(space, key, link, leases, lease.get(), work);
                }
                Answer answer = lookUpTo(space, key, link, deadline);
                if (answer.isFound(reader.now())) {
                    return work.decode(answer);
                }
                Object meanwhile = work.meanwhile();
                if (meanwhile != null) {
                    return meanwhile;
                }
                await(key, news, attempt, deadline);
            } finally {
                coherence.unwatch(key);
            }
        }
    }

    private @Nullable Object compute(
            Space space, TierKey key, TierLink link, LeaseTier leases, LeaseTier.Lease lease, Work work)
            throws InterruptedException {
        try {
            // who computes for longer than the lease lasts must not replace what the next one has stored
            Object value = work.compute(() -> lookUpTo(space, key, link, Deadline.in(around.tierTimeout())));
            deliver(space, key, link);
            return value;
        } finally {
            release(link, leases, lease);
        }
    }

    /** Has the tier take what waits for it: whoever gets the lease next looks there. */
    private void deliver(Space space, TierKey key, TierLink link) {
        TierRecord record = reader.pending(space, key);
        if (record != null) {
            try {
                Applied unused = link.call(
                        Deadline.in(around.tierTimeout()), own -> link.tier.apply(record, Condition.IF_NEWER, own));
            } catch (TierException e) {
                LOG.debug("Tier '{}' gets a loaded value later", link.id, e);
            }
        }
    }

    private void release(TierLink link, LeaseTier leases, LeaseTier.Lease lease) {
        try {
            var unused = link.call(Deadline.in(around.tierTimeout()), own -> leases.release(lease, own));
        } catch (TierException | MemoryException e) {
            LOG.debug("A lease of tier '{}' is not given back; it ends by itself", link.id, e);
        }
    }

    /** Where the holder's value appears first; colder tiers are spared the polling. */
    private Answer lookUpTo(Space space, TierKey key, TierLink link, Deadline deadline) {
        if (space.near != null) {
            space.near.dropAbsent(key);
        }
        return reader.readUpTo(space, key, link.number, deadline);
    }

    private static void refuseIfOver(TierKey key, Deadline deadline) {
        if (deadline.isOver()) {
            throw new MemoryException(
                    "the loader of key '" + key.key()
                            + "' is still running on another machine; see primespark.memory.timeout",
                    true,
                    null);
        }
    }

    private static void await(TierKey key, CompletableFuture<Boolean> news, int attempt, Deadline deadline) {
        long most = Math.min(LONGEST_PAUSE_MILLIS, SHORTEST_PAUSE_MILLIS << Math.min(attempt, 8));
        long pause = TimeUnit.MILLISECONDS.toNanos(
                most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
        try {
            refuseIfOver(key, deadline);
            boolean unused = news.get(Math.max(0, Math.min(pause, deadline.remainingNanos())), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // looks again
        } catch (InterruptedException e) {
            throw Surroundings.interrupted("another machine's loader of the same key");
        } catch (ExecutionException e) {
            throw new IllegalStateException("news never fails", e);
        }
    }
}

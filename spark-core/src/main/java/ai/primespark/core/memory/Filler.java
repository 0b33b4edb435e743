package ai.primespark.core.memory;

import ai.primespark.memory.MemoryException;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Copies what a read found in one tier to hotter ones that lack it, beside the read.
 *
 * <p>A copy is only a help, so it is left to a later read whenever it would be in the way: when many are being made, and while a
 * namespace is being listed. A listing takes what the tier that leads holds for what that tier has listed, and would leave out a
 * key that was copied there behind it.
 */
final class Filler {

    private static final int MOST_FILLS = 32;

    /** How long after a page of a listing the next one is awaited. */
    private static final Duration LISTING = Duration.ofSeconds(30);

    private final Surroundings around;
    private final Epochs epochs;
    private final Semaphore free = new Semaphore(MOST_FILLS);
    private final Set<Fill> running = ConcurrentHashMap.newKeySet();

    /** A copy being made. Two are never equal. */
    private static final class Fill {
        final Space space;
        final CompletableFuture<Void> done = new CompletableFuture<>();

        Fill(Space space) {
            this.space = space;
        }
    }

    Filler(Surroundings around, Epochs epochs) {
        this.around = around;
        this.epochs = epochs;
    }

    /**
     * Copies a record, unless its key is written meanwhile.
     *
     * @param epoch the key's, from before the record was read
     */
    void fillLater(Space space, TierLink link, TierRecord record, int epoch) {
        if (link.isDown() || !free.tryAcquire()) {
            return;
        }
        Fill fill = new Fill(space);
        running.add(fill); // before it looks whether it may: who lists says so first and looks at this then
        try {
            around.blocking().execute(() -> {
                try {
                    if (!isListedFrom(space, link)) {
                        fill(link, record, epoch);
                    }
                } finally {
                    end(fill);
                }
            });
        } catch (RejectedExecutionException e) {
            end(fill);
        }
    }

    private void end(Fill fill) {
        running.remove(fill);
        free.release();
        fill.done.complete(null);
    }

    /** A tier that may evict leads last, and what it gets is in those before. */
    private static boolean isListedFrom(Space space, TierLink link) {
        boolean leads = link == space.authority || !link.has(TierTrait.MAY_EVICT);
        return leads && space.listedUntilNanos - System.nanoTime() > 0;
    }

    private void fill(TierLink link, TierRecord record, int epoch) {
        Deadline deadline = Deadline.in(around.tierTimeout());
        try {
            if (epochs.current(record.key()) != epoch) {
                return;
            }
            Applied outcome = link.call(deadline, own -> link.tier.apply(record, Condition.IF_NEWER, own));
            boolean overtaken = epochs.current(record.key()) != epoch;
            if (outcome instanceof Applied.Done && overtaken && link.has(TierTrait.MAY_EVICT)) {
                // the newer record may have been there and evicted just before; then the law had nothing to compare
                // with
                Boolean unused = link.call(deadline, own -> link.tier.purge(record.key(), record.version(), own));
            }
        } catch (TierException | MemoryException e) {
            // counted by the link; the copy is made by a later read
        }
    }

    /** A namespace is being listed: no copies for a while. Returns when those under way have arrived, or have had their time. */
    void yieldToListing(Space space, Deadline deadline) {
        space.listedUntilNanos = System.nanoTime() + LISTING.toNanos();
        CompletableFuture<?>[] underWay = running.stream()
                .filter(fill -> fill.space == space)
                .map(fill -> fill.done)
                .toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(underWay)
                    .get(deadline.orIn(around.tierTimeout()).remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw Surroundings.interrupted("copies to hotter tiers");
        } catch (TimeoutException e) {
            // the tier that is so slow will hardly be listed either
        } catch (ExecutionException e) {
            throw new IllegalStateException("copies end without a failure", e);
        }
    }
}

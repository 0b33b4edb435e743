package ai.primespark.spi;

import ai.primespark.memory.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One tier of memory: moves opaque records. Versions, expiry, tombstones, codecs, retries, circuit breakers and single-flight
 * are the engine's; a tier's one duty beyond storing is the law in {@link #apply}.
 *
 * <p>Methods do not block the caller beyond local, bounded work: a tier that talks to a network or to a disk that may hang
 * extends {@link BlockingMemoryTier} with the context's executor. Stages fail with {@link TierException} only; an outcome such
 * as "not there" or "older" is a value. A deadline that is over fails the stage with a transient {@link TierException}.
 *
 * <p>Rules that {@code MemoryTierContract} in the testkit checks:
 *
 * <ul>
 *   <li>TIER-01 What was applied is what is read, byte for byte, for every legal key and every size up to the limits.
 *   <li>TIER-02 A record is applied only if its version is newer than that of the record held; equal or older is
 *       {@link Applied.Older} and changes nothing, however records are ordered or repeated, by however many threads.
 *   <li>TIER-03 A tombstone is a record like any other: it is stored, read and listed, and hides nothing by itself.
 *   <li>TIER-04 Expired records may be dropped or returned, but never make an older record visible again.
 *   <li>TIER-05 {@link Condition.IfVersion} and {@link Condition.IfAbsent} are atomic: of many writers with one condition,
 *       exactly one gets {@link Applied.Done}.
 *   <li>TIER-06 {@link #scan} lists every record that was there throughout, exactly the prefix asked for, in pages, and ends.
 *   <li>TIER-07 {@link #purge} removes a record physically only if its version is not newer than the one given.
 *   <li>TIER-08 Keys never collide or escape: namespaces are separate, and no key reaches outside of the tier's storage.
 *   <li>TIER-09 With {@link TierTrait#PERSISTENT}, what was applied is there after close and open.
 *   <li>TIER-10 After {@link #close()}, every method fails with a {@link TierException}; closing twice is harmless.
 *   <li>TIER-11 A deadline that is over fails the stage with a transient {@link TierException}; probe and usage answer.
 *   <li>TIER-12 With {@link #invalidations()}, the first change that another makes to a key after it was read, or found missing,
 *       is announced, in order with the replies to reads; a lost connection is a gap, and its return is announced.
 *   <li>TIER-13 With {@link #leases()}, a key has one holder at a time until it releases the lease or the lease ends by the
 *       tier's time; fences grow.
 * </ul>
 */
public interface MemoryTier extends SparkComponent {

    /**
     * What the tier can do.
     *
     * @return constant
     */
    Set<TierTrait> traits();

    /**
     * What the tier can hold.
     *
     * @return constant
     */
    TierLimits limits();

    /**
     * Reads a record.
     *
     * @param key the key
     * @param deadline when the answer is of no more use
     * @return the record held, a tombstone included, or null when there is none
     */
    CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline);

    /**
     * Stores a record if its version is newer than that of the record held, and if the condition holds.
     *
     * @param record the record; kept as it is
     * @param condition what must hold besides
     * @param deadline when the answer is of no more use; the record may have been stored all the same
     * @return done, older or conflict; done means as durable as the tier's traits say
     */
    CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline);

    /**
     * Reads many records.
     *
     * @param keys the keys
     * @param deadline when the answer is of no more use
     * @return records or nulls, in the order of the keys
     */
    default CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
        List<CompletableFuture<@Nullable TierRecord>> each = new ArrayList<>(keys.size());
        for (TierKey key : keys) {
            each.add(get(key, deadline).toCompletableFuture());
        }
        return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new)).thenApply(done -> {
            List<@Nullable TierRecord> records = new ArrayList<>(each.size());
            each.forEach(stage -> records.add(stage.join()));
            return records;
        });
    }

    /**
     * Stores many records, each under the law and by itself.
     *
     * @param records the records
     * @param deadline when the answer is of no more use
     * @return outcomes in the order of the records
     */
    default CompletionStage<List<Applied>> applyAll(List<TierRecord> records, Deadline deadline) {
        List<CompletableFuture<Applied>> each = new ArrayList<>(records.size());
        for (TierRecord record : records) {
            each.add(apply(record, Condition.IF_NEWER, deadline).toCompletableFuture());
        }
        return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
                .thenApply(done -> each.stream().map(CompletableFuture::join).toList());
    }

    /**
     * Lists records without their bodies.
     *
     * @param namespace the namespace
     * @param prefix what the keys begin with; empty for all
     * @param cursor the cursor of the page before, or null for the first page
     * @param limit at least 1
     * @param deadline when the answer is of no more use
     * @return a page; tombstones and expired records included
     */
    CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline);

    /**
     * Removes a record physically, for eviction and the collection of tombstones.
     *
     * @param key the key
     * @param atMost the newest version that may be removed
     * @param deadline when the answer is of no more use
     * @return whether a record was removed
     */
    CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline);

    /**
     * Asks whether the tier works, in a way that costs little and may be called often and concurrently.
     *
     * @param deadline when the answer is of no more use
     * @return who answered; fails when the tier does not work
     */
    CompletionStage<TierIdentity> probe(Deadline deadline);

    /**
     * How much the tier holds.
     *
     * @param deadline when the answer is of no more use
     * @return exact or estimated figures
     */
    CompletionStage<TierUsage> usage(Deadline deadline);

    /**
     * Storage for large binaries.
     *
     * @return empty when the tier has none
     */
    default Optional<BlobTier> blobs() {
        return Optional.empty();
    }

    /**
     * News of changes that others make.
     *
     * @return empty when the tier has none
     */
    default Optional<InvalidationFeed> invalidations() {
        return Optional.empty();
    }

    /**
     * Locks with an end, for single-flight over machines.
     *
     * @return empty when the tier has none
     */
    default Optional<LeaseTier> leases() {
        return Optional.empty();
    }
}

package ai.primespark.core.memory;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * A tier with news of others' changes, which tells of this process's own as well. A server forgets whom to tell of a key with
 * the first change of it, whoever makes it; so after a change of one's own, be it the copy of a record that was found elsewhere,
 * nothing is heard of the key until it is read again. Thread-safe.
 */
final class FollowedTier extends ForwardingTier {

    private final Consumer<TierKey> changed;

    FollowedTier(MemoryTier tier, Consumer<TierKey> changed) {
        super(tier);
        this.changed = changed;
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        return tier.apply(record, condition, deadline)
                .whenComplete((outcome, failure) -> changed.accept(record.key())); // a failure may be an answer lost
    }

    @Override
    public CompletionStage<List<Applied>> applyAll(List<TierRecord> records, Deadline deadline) {
        return tier.applyAll(records, deadline)
                .whenComplete((outcomes, failure) -> records.forEach(record -> changed.accept(record.key())));
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        return tier.purge(key, atMost, deadline).whenComplete((removed, failure) -> changed.accept(key));
    }
}

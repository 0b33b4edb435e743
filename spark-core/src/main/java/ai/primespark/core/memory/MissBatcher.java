package ai.primespark.core.memory;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns single reads that many threads make of one tier at once into few round trips. A read of an idle tier goes at once and
 * alone; those that come while it is under way wait for it and then go together. Thread-safe.
 */
final class MissBatcher {

    private final MemoryTier tier;
    private final int most; // 1 for a tier whose reads are passed on as they are
    private final Object lock = new Object();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>(); // guarded by lock
    private @Nullable Deadline underWay; // guarded by lock; of the request that others wait for
    private long tickets; // guarded by lock; the number of that request

    private record Waiting(TierKey key, Deadline deadline, CompletableFuture<@Nullable TierRecord> result) {}

    private MissBatcher(MemoryTier tier, int most) {
        this.tier = tier;
        this.most = most;
    }

    /** The one place that decides which tiers' reads are brought together. */
    static MissBatcher of(MemoryTier tier, boolean wanted) {
        boolean worthwhile = wanted && !tier.traits().contains(TierTrait.LOCAL) && readsManyAtOnce(tier);
        return new MissBatcher(tier, worthwhile ? Math.max(1, tier.limits().preferredBatch()) : 1);
    }

    /** Whether the tier has a way of its own to read many; the inherited one reads each by itself. */
    private static boolean readsManyAtOnce(MemoryTier tier) {
        try {
            return tier.getClass()
                            .getMethod("getAll", List.class, Deadline.class)
                            .getDeclaringClass()
                    != MemoryTier.class;
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("every tier has getAll", e);
        }
    }

    /** Reads a key, perhaps together with others. */
    CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        if (most == 1) {
            return tier.get(key, deadline);
        }
        long ticket;
        synchronized (lock) {
            // a request that is late must not hold up the others for ever
            if (underWay != null && !underWay.isOver()) {
                Waiting mine = new Waiting(key, deadline, new CompletableFuture<>());
                waiting.add(mine);
                return mine.result;
            }
            underWay = deadline;
            ticket = ++tickets;
        }
        CompletionStage<@Nullable TierRecord> stage = call(() -> tier.get(key, deadline));
        var unused = stage.whenComplete((record, failure) -> done(ticket));
        return stage;
    }

    /** Sends those that have come meanwhile. */
    private void done(long finished) {
        List<Waiting> batch = new ArrayList<>();
        Deadline latest = null;
        long ticket;
        synchronized (lock) {
            if (tickets != finished) { // it was given up before, and another took its place
                return;
            }
            Waiting next;
            while (batch.size() < most && (next = waiting.poll()) != null) {
                if (next.deadline.isOver()) { // its caller has gone: that costs no round trip
                    next.result.cancel(false);
                    continue;
                }
                batch.add(next);
                latest = latest == null || next.deadline.nanoTime() - latest.nanoTime() > 0 ? next.deadline : latest;
            }
            underWay = latest;
            ticket = ++tickets;
        }
        if (latest != null) {
            send(batch, latest, ticket);
        }
    }

    private void send(List<Waiting> batch, Deadline deadline, long ticket) {
        if (batch.size() == 1) {
            var unused = alone(batch.get(0)).whenComplete((record, failure) -> done(ticket));
            return;
        }
        List<TierKey> keys = batch.stream().map(Waiting::key).toList();
        var unused = call(() -> tier.getAll(keys, deadline)).whenComplete((records, failure) -> {
            done(ticket); // first, so that the tier has work while the answers are handed out
            if (failure == null) {
                for (int i = 0; i < batch.size(); i++) {
                    batch.get(i).result.complete(records.get(i));
                }
            } else if (TierLink.asTierException(failure).kind() == TierException.Kind.CORRUPT) {
                for (Waiting one : batch) { // one of them is; the others are not
                    var unusedOne = alone(one);
                }
            } else {
                batch.forEach(each -> each.result.completeExceptionally(failure));
            }
        });
    }

    private CompletableFuture<@Nullable TierRecord> alone(Waiting one) {
        var unused = call(() -> tier.get(one.key, one.deadline)).whenComplete((record, failure) -> {
            if (failure == null) {
                one.result.complete(record);
            } else {
                one.result.completeExceptionally(failure);
            }
        });
        return one.result;
    }

    private static <R extends @Nullable Object> CompletionStage<R> call(Supplier<CompletionStage<R>> operation) {
        try {
            return operation.get();
        } catch (RuntimeException e) { // against the rules, but those who wait behind it must hear of it
            return CompletableFuture.failedFuture(e);
        }
    }
}

package ai.primespark.core.memory;

import ai.primespark.memory.MemoryException;
import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A tier as background work uses it: in batches, at a pace, tried a few times before the tier is given up for this time. All that
 * repair, sweeping and eviction read from a tier or write to it goes through here. For one worker.
 */
final class UpkeepTier {

    private static final int PAGE = 1_000;
    private static final int ATTEMPTS = 3;
    private static final Duration PAUSE = Duration.ofMillis(100);

    final TierLink link;
    private final Pacer pacer;
    private final Surroundings around;

    /** A tier cannot go on; the others can. */
    static final class Gone extends Exception {
        private static final long serialVersionUID = 1L;
        final transient TierLink link;

        Gone(TierLink link, String reason) {
            super(reason, null, false, false);
            this.link = link;
        }
    }

    /** What a tier holds of a key: a record, nothing, or something damaged. */
    record Held(@Nullable TierRecord record, @Nullable String damage) {
        static final Held NOTHING = new Held(null, null);

        boolean isNewerThan(Version version) {
            return record != null && record.version().isNewerThan(version);
        }
    }

    UpkeepTier(TierLink link, Pacer pacer, Surroundings around) {
        this.link = link;
        this.pacer = pacer;
        this.around = around;
    }

    /** Gives every page of a namespace; nothing of a page is kept once it is done. */
    void scan(String namespace, PageAction action) throws Gone {
        String cursor = null;
        do {
            String from = cursor;
            TierPage page = call(deadline -> link.tier.scan(namespace, "", from, PAGE, deadline));
            pacer.take(page.headers().size() * Pacer.HEADER);
            action.take(page.headers());
            cursor = page.next();
        } while (cursor != null);
    }

    /** What is done with a page. */
    interface PageAction {
        void take(List<TierPage.Header> headers) throws Gone;
    }

    /** Reads records and checks them, in the order of the keys. */
    List<Held> read(List<TierKey> keys) throws Gone {
        List<Held> held = new ArrayList<>(keys.size());
        int batch = Math.max(1, link.tier.limits().preferredBatch());
        for (int from = 0; from < keys.size(); from += batch) {
            List<TierKey> some = keys.subList(from, Math.min(keys.size(), from + batch));
            pacer.take(some.size());
            try {
                List<@Nullable TierRecord> records = tryCall(deadline -> link.tier.getAll(some, deadline));
                records.forEach(record -> held.add(record == null ? Held.NOTHING : new Held(record, null)));
            } catch (TierException e) { // one of them is damaged; the others are not
                for (TierKey key : some) {
                    held.add(readOne(key));
                }
            }
        }
        return held;
    }

    Held read(TierKey key) throws Gone {
        return read(List.of(key)).get(0);
    }

    private Held readOne(TierKey key) throws Gone {
        try {
            TierRecord record = tryCall(deadline -> link.tier.get(key, deadline));
            return record == null ? Held.NOTHING : new Held(record, null);
        } catch (TierException e) {
            return new Held(null, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Has the tier take records, by the law.
     *
     * @param full hears of a tier without space, once a batch
     * @return how many it did not have
     */
    int apply(List<TierRecord> records, Consumer<String> full) throws Gone {
        int done = 0;
        int batch = Math.max(1, link.tier.limits().preferredBatch());
        for (int from = 0; from < records.size(); from += batch) {
            List<TierRecord> some = records.subList(from, Math.min(records.size(), from + batch));
            pacer.take(some.size());
            try {
                List<Applied> outcomes = tryCall(deadline -> link.tier.applyAll(some, deadline));
                done += (int)
                        outcomes.stream().filter(Applied.Done.class::isInstance).count();
            } catch (TierException e) {
                full.accept(link.id + ": " + e.getMessage());
            }
        }
        return done;
    }

    boolean purge(TierKey key, Version atMost) throws Gone {
        pacer.take(1);
        return call(deadline -> link.tier.purge(key, atMost, deadline));
    }

    private <R extends @Nullable Object> R call(Function<Deadline, java.util.concurrent.CompletionStage<R>> operation)
            throws Gone {
        try {
            return tryCall(operation);
        } catch (TierException e) {
            throw new Gone(link, String.valueOf(e.getMessage()));
        }
    }

    /** Throws {@link TierException} only when the tier works and just this cannot be done: it is full, or a record damaged. */
    private <R extends @Nullable Object> R tryCall(
            Function<Deadline, java.util.concurrent.CompletionStage<R>> operation) throws Gone {
        for (int attempt = 1; ; attempt++) {
            try {
                return link.call(Deadline.in(around.tierTimeout()), operation);
            } catch (TierException e) {
                if (e.kind() == TierException.Kind.CORRUPT || e.kind() == TierException.Kind.FULL) {
                    throw e;
                }
                if (attempt == ATTEMPTS || e.kind() == TierException.Kind.PERMANENT || link.isDown()) {
                    throw new Gone(link, String.valueOf(e.getMessage()));
                }
                pacer.rest(PAUSE.multipliedBy(attempt));
            } catch (MemoryException e) { // interrupted, because the instance is closing
                throw new Pacer.Cancelled();
            }
        }
    }

    @Override
    public String toString() {
        return "UpkeepTier[" + link.id + "]";
    }
}

package ai.primespark.examples.plugin;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierLimits;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One lock for everything: no step takes long, and the law is "look, decide, replace" in one step. */
final class HeapTier extends BlockingMemoryTier {

    static final Setting<Long> MAX_RECORDS =
            Setting.number("max-records", "How many records fit.").atLeast(1L).defaultsTo(10_000L);

    private final ProviderContext context;
    private @Nullable NavigableMap<String, TierRecord> records = new TreeMap<>(); // guarded by this; null once closed

    /** New each time, which tells the engine that the tier begins empty. */
    private final String storage = UUID.randomUUID().toString();

    HeapTier(ProviderContext context) {
        super(Runnable::run); // the heap never hangs; whatever might hang runs on context.blocking()
        this.context = context;
    }

    @Override
    public Set<TierTrait> traits() {
        // not MAY_EVICT, because nothing is dropped unasked and "not there" is a fact; not SCAN_ORDERED, because that
        // promises the order of UTF-8 bytes, and Java's strings sort by UTF-16
        return Set.of(TierTrait.LOCAL, TierTrait.ATOMIC_CAS);
    }

    @Override
    public TierLimits limits() {
        return new TierLimits(TierKey.MAX_KEY_BYTES, 1 << 20, 100);
    }

    @Override
    protected synchronized @Nullable TierRecord read(TierKey key) {
        return records().get(place(key.namespace(), key.key()));
    }

    @Override
    protected synchronized Applied write(TierRecord record, Condition condition) {
        TierRecord held = read(record.key());
        Applied decision = condition.decide(held, record, context.clock().millis());
        if (decision instanceof Applied.Done) {
            boolean full = records().size() >= context.settings().get(MAX_RECORDS);
            if (full && held == null && !record.isTombstone()) { // deleting must always work
                throw new TierException(TierException.Kind.FULL, "the heap tier is full; raise max-records", null);
            }
            records().put(place(record.key().namespace(), record.key().key()), record);
        }
        return decision;
    }

    @Override
    protected synchronized boolean remove(TierKey key, Version atMost) {
        TierRecord held = read(key);
        boolean wanted = held != null && !held.version().isNewerThan(atMost);
        return wanted && records().remove(place(key.namespace(), key.key()), held);
    }

    @Override
    protected synchronized TierPage list(String namespace, String prefix, @Nullable String cursor, int limit) {
        String from = place(namespace, cursor == null ? prefix : cursor); // a cursor is the last key of the page before
        List<TierPage.Header> page = records().tailMap(from, cursor == null).entrySet().stream()
                .takeWhile(entry -> entry.getKey().startsWith(place(namespace, prefix)))
                .limit(limit)
                .map(entry -> TierPage.Header.of(entry.getValue()))
                .toList();
        return new TierPage(
                page, page.size() < limit ? null : page.get(limit - 1).key().key());
    }

    @Override
    protected synchronized TierIdentity identify() {
        return new TierIdentity(storage, records().size() + " records");
    }

    @Override
    protected synchronized TierUsage measure() {
        return new TierUsage(records().size(), -1, -1);
    }

    @Override
    public synchronized void close() {
        records = null;
    }

    private NavigableMap<String, TierRecord> records() {
        return Optional.ofNullable(records)
                .orElseThrow(() -> new TierException(TierException.Kind.PERMANENT, "the heap tier is closed", null));
    }

    /** Neither namespaces nor keys contain a line break, so no two pairs have the same place. */
    private static String place(String namespace, String key) {
        return namespace + '\n' + key;
    }
}

package ai.primespark.testkit;

import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.TierKey;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what a feed tells. */
final class FeedListener implements InvalidationFeed.Listener {

    private final Map<TierKey, AtomicLong> single = new ConcurrentHashMap<>();
    private final AtomicLong all = new AtomicLong();
    private final AtomicLong gaps = new AtomicLong();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private volatile boolean whole = true;

    @Override
    public void onInvalidate(List<TierKey> keys) {
        keys.forEach(
                key -> single.computeIfAbsent(key, same -> new AtomicLong()).incrementAndGet());
    }

    @Override
    public void onInvalidateAll() {
        all.incrementAndGet();
    }

    @Override
    public void onGap() {
        if (!whole) {
            faults.add("a gap within a gap");
        }
        whole = false;
        gaps.incrementAndGet();
        all.incrementAndGet();
    }

    @Override
    public void onRestored() {
        if (whole) {
            faults.add("restored without a gap");
        }
        whole = true;
        all.incrementAndGet();
    }

    boolean isWhole() {
        return whole;
    }

    /** How often something was told that may be of the key. */
    long count(TierKey key) {
        AtomicLong own = single.get(key);
        return all.get() + (own == null ? 0 : own.get());
    }

    long gaps() {
        return gaps.get();
    }

    /** What was told in an order that makes no sense. */
    List<String> faults() {
        return List.copyOf(faults);
    }
}

package ai.primespark.core.agent.queue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Items in the order of a number each, the smallest first; equal numbers in the order of arrival. Most come in order already: they
 * go to a ring, which costs nothing to speak of. The others go to a heap.
 *
 * <p>Items are not taken out of the middle. What has become stale, as its owner says, is skipped when it gets to the head, and
 * swept out when half of the line is stale. Not thread-safe.
 */
final class Line<T> {

    private static final int LEAST = 16;

    /** Says whether an item still stands in line with this number. */
    interface Liveness<T> {
        boolean isLive(T item, long key);
    }

    private record Entry<T>(long key, long order, T item) {}

    private final Liveness<T> liveness;
    private long[] keys = new long[LEAST];
    private @Nullable Object[] items = new @Nullable Object[LEAST];
    private int first;
    private int count; // in the ring
    private final PriorityQueue<Entry<T>> heap =
            new PriorityQueue<>(Comparator.<Entry<T>>comparingLong(Entry::key).thenComparingLong(Entry::order));
    private long order;
    private int stale;

    Line(Liveness<T> liveness) {
        this.liveness = liveness;
    }

    void add(long key, T item) {
        if (count == 0 || key >= keys[index(count - 1)]) {
            append(key, item);
        } else {
            heap.add(new Entry<>(key, order++, item));
        }
    }

    private void append(long key, Object item) {
        if (count == keys.length) {
            resize(2 * count);
        }
        int at = index(count++);
        keys[at] = key;
        items[at] = item;
    }

    private int index(int n) {
        return (first + n) & (keys.length - 1);
    }

    private void resize(int size) {
        long[] newKeys = new long[size];
        @Nullable Object[] newItems = new @Nullable Object[size];
        for (int i = 0; i < count; i++) {
            newKeys[i] = keys[index(i)];
            newItems[i] = items[index(i)];
        }
        keys = newKeys;
        items = newItems;
        first = 0;
    }

    /** The first live item, or null. */
    @Nullable
    T peek() {
        dropStaleHeads();
        return isRingFirst()
                ? ringHead()
                : heap.isEmpty() ? null : heap.element().item();
    }

    /** The first live item's number, or the greatest number when there is no item. */
    long peekKey() {
        dropStaleHeads();
        return isRingFirst()
                ? keys[first]
                : heap.isEmpty() ? Long.MAX_VALUE : heap.element().key();
    }

    /** Takes the first live item, or null. */
    @Nullable
    T poll() {
        T head = peek();
        if (head != null) {
            drop();
        }
        return head;
    }

    private void dropStaleHeads() {
        while (isRingFirst()
                ? !liveness.isLive(ringHead(), keys[first])
                : !heap.isEmpty()
                        && !liveness.isLive(
                                heap.element().item(), heap.element().key())) {
            drop();
            stale = Math.max(0, stale - 1);
        }
    }

    private boolean isRingFirst() {
        return count > 0 && (heap.isEmpty() || keys[first] <= heap.element().key());
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // only add puts items there, and none is null
    private T ringHead() {
        return (T) items[first];
    }

    private void drop() {
        if (!isRingFirst()) {
            heap.remove();
            return;
        }
        items[first] = null;
        first = index(1);
        if (--count == 0 && keys.length > 1024) {
            resize(LEAST);
        }
    }

    /** An item that stands here is not live any more. */
    void becameStale() {
        if (++stale > 64 && stale > size() / 2) {
            sweep();
        }
    }

    private void sweep() {
        heap.removeIf(entry -> !liveness.isLive(entry.item(), entry.key()));
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int from = index(i);
            if (isLive(from)) {
                int to = index(kept++);
                keys[to] = keys[from];
                items[to] = items[from];
            }
        }
        for (int i = kept; i < count; i++) {
            items[index(i)] = null;
        }
        count = kept;
        stale = 0;
        int size = keys.length;
        while (size > 1024 && size > 4 * count) {
            size /= 2;
        }
        if (size < keys.length) {
            resize(size);
        }
    }

    @SuppressWarnings("unchecked")
    private boolean isLive(int at) {
        Object item = items[at];
        return item != null && liveness.isLive((T) item, keys[at]);
    }

    /** How many items, stale ones included. */
    int size() {
        return count + heap.size();
    }

    void clear() {
        Arrays.fill(items, null);
        first = 0;
        count = 0;
        heap.clear();
        stale = 0;
    }
}

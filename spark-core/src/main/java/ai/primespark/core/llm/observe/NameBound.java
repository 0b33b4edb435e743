package ai.primespark.core.llm.observe;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps the values of a tag few: those that were configured, and as many others as come first; the rest is {@link #OTHER}.
 * Thread-safe.
 */
public final class NameBound {

    /** What stands for all names that are too many. */
    public static final String OTHER = "other";

    static final String UNNAMED = "default";

    private final Set<String> configured;
    private final int most;
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final AtomicInteger places = new AtomicInteger();

    /** With names that always stand for themselves, and {@code most} others. */
    public NameBound(Set<String> configured, int most) {
        this.configured = Set.copyOf(configured);
        this.most = most;
    }

    /** The value for a name; {@link #UNNAMED} for none. */
    public String of(String name) {
        if (name.isEmpty()) {
            return UNNAMED;
        }
        if (configured.contains(name) || seen.contains(name)) {
            return name;
        }
        if (places.get() >= most || places.incrementAndGet() > most) {
            return OTHER;
        }
        if (!seen.add(name)) { // by another thread, just now
            places.decrementAndGet();
        }
        return name;
    }
}

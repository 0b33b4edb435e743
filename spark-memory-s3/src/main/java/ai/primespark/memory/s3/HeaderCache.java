package ai.primespark.memory.s3;

import ai.primespark.spi.TierPage;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Headers of records by object name and ETag, so that listing what was listed before costs no request for each object. An ETag
 * changes with the content, so an entry is either right or of no use. Bounded; thread-safe.
 */
final class HeaderCache {

    private final int most;
    private final Map<String, Held> entries = new LinkedHashMap<>(64, 0.75f, true); // guarded by itself

    /**
     * A record that an object holds.
     *
     * @param etag the object's
     * @param header the record's, or null when it is damaged
     * @param size the object's, in bytes
     */
    record Held(String etag, TierPage.@Nullable Header header, long size) {}

    HeaderCache(int most) {
        this.most = most;
    }

    @Nullable
    Held get(String object) {
        synchronized (entries) {
            return entries.get(object);
        }
    }

    void put(String object, Held held) {
        if (held.etag().isEmpty() || held.header() == null || most == 0) {
            return;
        }
        synchronized (entries) {
            entries.put(object, held);
            if (entries.size() > most) {
                String eldest = entries.keySet().iterator().next();
                entries.remove(eldest);
            }
        }
    }

    void remove(String object) {
        synchronized (entries) {
            entries.remove(object);
        }
    }
}

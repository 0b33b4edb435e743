package ai.primespark.core.agent.queue;

import ai.primespark.spi.TaskQueue;
import java.util.HashMap;
import java.util.Map;

/** Gives tasks their places in line, so that one submitter's flood does not stand before all others. */
final class Places {

    private static final long SPACING = TaskQueue.SPACING.toMillis();
    private static final long LATEST = TaskQueue.LATEST_PLACE.toMillis();
    private static final int FEW = 1_024;

    private final Map<String, Long> last = new HashMap<>();
    private int most = FEW;

    /** One of a submitter's tasks stands there since an earlier run. */
    void taken(String submitter, long place) {
        last.merge(submitter, place, Math::max);
    }

    /** The place of a submitter's next task that is ready now. */
    long next(String submitter, long now) {
        Long before = last.get(submitter);
        long place = before == null ? now : Math.min(Math.max(now, before + SPACING), now + LATEST);
        last.put(submitter, place);
        if (last.size() > most) { // those that are in the past say nothing any more
            last.values().removeIf(each -> each < now);
            most = Math.max(FEW, 2 * last.size());
        }
        return place;
    }
}

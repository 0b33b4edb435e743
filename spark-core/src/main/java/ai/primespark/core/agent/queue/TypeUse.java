package ai.primespark.core.agent.queue;

import ai.primespark.spi.TaskClaim;
import org.jspecify.annotations.Nullable;

/** How much goes on of one type of task. Guarded by the table's lock. */
final class TypeUse {

    final String type;
    int lanes;
    int running;

    /** Until when a limit keeps ready tasks back, as the last claim that met it saw; 0 for not at all. */
    long keptBackUntil;

    private double tokens;
    private double rate = Double.POSITIVE_INFINITY;
    private long refilledAt = -1;

    TypeUse(String type) {
        this.type = type;
    }

    /** Whether a limit lets another one start now. */
    boolean mayStart(TaskClaim.@Nullable Limit limit, long now) {
        if (limit == null) {
            return true;
        }
        if (running >= limit.maxRunning()) {
            keptBackUntil = TaskRecord.NEVER;
            return false;
        }
        if (limit.startsPerSecond() == Double.POSITIVE_INFINITY) {
            return true;
        }
        refill(limit.startsPerSecond(), now);
        if (tokens >= 1) {
            return true;
        }
        keptBackUntil = now + (long) Math.min(1e15, Math.ceil((1 - tokens) * 1000 / rate));
        return false;
    }

    private void refill(double perSecond, long now) {
        double most = Math.max(1, perSecond);
        if (refilledAt < 0) {
            tokens = most;
        } else {
            tokens = Math.min(most, tokens + Math.max(0, now - refilledAt) * perSecond / 1000);
        }
        rate = perSecond;
        refilledAt = now;
    }

    void started(TaskClaim.@Nullable Limit limit) {
        running++;
        if (limit != null && limit.startsPerSecond() != Double.POSITIVE_INFINITY) {
            tokens--;
        }
    }

    /** One has ended; true when that lets others start. */
    boolean stopped() {
        running--;
        boolean waited = keptBackUntil == TaskRecord.NEVER;
        if (waited) {
            keptBackUntil = 0;
        }
        return waited;
    }

    boolean isKeptBack(long now) {
        return keptBackUntil > now;
    }

    /** Whether forgetting it changes nothing. */
    boolean isIdle(long now) {
        boolean full = refilledAt < 0 || tokens + (now - refilledAt) * rate / 1000 >= Math.max(1, rate);
        return lanes == 0 && running == 0 && full;
    }
}

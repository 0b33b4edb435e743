package ai.primespark.core.power;

import ai.primespark.power.PowerProfile;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes profiles on: a more sparing one at once, one that allows more at a random moment within some time, because all machines
 * behind one UPS get their power back at the same moment, and all have a backlog then. After a long outage the first step up, to a
 * battery that charges, is the one that lets go of it. Thread-safe.
 */
public final class SpreadResume implements Consumer<PowerProfile>, AutoCloseable {

    private final Consumer<PowerProfile> follower;
    private final Duration spread;
    private final ScheduledExecutorService scheduler;
    private PowerProfile followed = PowerProfile.FULL; // guarded by this
    private @Nullable Future<?> planned; // guarded by this
    private long plans; // guarded by this

    /**
     * Makes one.
     *
     * @param follower obeys; must be fast
     * @param spread within which it hears that it may do more; zero for at once
     * @param scheduler for the wait
     */
    public SpreadResume(Consumer<PowerProfile> follower, Duration spread, ScheduledExecutorService scheduler) {
        this.follower = follower;
        this.spread = spread;
        this.scheduler = scheduler;
    }

    @Override
    public synchronized void accept(PowerProfile profile) {
        if (planned != null) {
            planned.cancel(false);
            planned = null;
        }
        if (profile.isAtLeast(followed) || spread.isZero()) {
            follow(profile);
            return;
        }
        long wait = ThreadLocalRandom.current().nextLong(spread.toNanos() + 1);
        try {
            long mine = ++plans;
            planned = scheduler.schedule(() -> resume(profile, mine), wait, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) { // everything is being closed
            follow(profile);
        }
    }

    private synchronized void resume(PowerProfile profile, long plan) {
        if (planned != null && plan == plans) { // nobody has said otherwise meanwhile
            planned = null;
            follow(profile);
        }
    }

    private void follow(PowerProfile profile) {
        followed = profile;
        follower.accept(profile);
    }

    @Override
    public synchronized void close() {
        if (planned != null) {
            planned.cancel(false);
            planned = null;
        }
    }
}

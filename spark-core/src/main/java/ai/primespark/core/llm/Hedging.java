package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.llm.RouteTrace.Readiness;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Meters;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** Whether, where and how often a second backend is asked beside one that takes long to begin. Thread-safe, no locks. */
final class Hedging {

    private static final long ONE = 100;

    /** Unused shares are saved up for no more than this many hedges. */
    private static final long MOST_SAVED = 10 * ONE;

    private final boolean enabled;
    private final long share;
    private final Supplier<PowerProfile> profile;
    private final AtomicLong credit = new AtomicLong(); // hundredths of a hedge
    private final LongAdder begun = new LongAdder();
    private final LongAdder won = new LongAdder();
    private final Meters.Counter begunMeter;
    private final Meters.Counter wonMeter;

    /**
     * Makes the rules.
     *
     * @param enabled whether there is hedging at all
     * @param share hedges in percent of the requests
     * @param profile the power profile now; must be fast
     * @param meters where to count
     */
    Hedging(boolean enabled, long share, Supplier<PowerProfile> profile, Meters meters) {
        this.enabled = enabled;
        this.share = share;
        this.profile = profile;
        this.begunMeter = meters.counter("spark.llm.hedges", "outcome", "begun");
        this.wonMeter = meters.counter("spark.llm.hedges", "outcome", "won");
    }

    boolean enabled() {
        return enabled;
    }

    /** A request came, and with it its share of a hedge. */
    void requested() {
        if (enabled) {
            credit.accumulateAndGet(share, (saved, more) -> Math.min(MOST_SAVED, saved + more));
        }
    }

    /** Whether power allows it: on battery, nothing is done twice. */
    boolean isPowered() {
        return profile.get() == PowerProfile.FULL;
    }

    /** Whether a backend may be asked beside another one that is slow to begin. */
    static boolean suits(BackendHandle slow, BackendHandle backup, Forecast there) {
        // what the host was not seen to hold in memory might have to be loaded, except on the machines of a cloud
        boolean ready = there.readiness() == Readiness.WARM
                || there.readiness() == Readiness.UNKNOWN && backup.zone() == Zone.CLOUD;
        return backup != slow
                && backup.zone() == slow.zone()
                && !backup.lastResort()
                && !backup.isCircuitBlocking()
                && !backup.isProbing()
                && !backup.admission().isFull()
                && ready
                && !there.lacking();
    }

    /** Takes one hedge out of what was saved. Gives false when there is too little. */
    boolean spend() {
        long saved;
        do {
            saved = credit.get();
            if (saved < ONE) {
                return false;
            }
        } while (!credit.compareAndSet(saved, saved - ONE));
        return true;
    }

    /** Gives back what was spent on a hedge that did not come about. */
    void refund() {
        credit.addAndGet(ONE);
    }

    void begun() {
        begun.increment();
        begunMeter.increment();
    }

    void won() {
        won.increment();
        wonMeter.increment();
    }

    long count() {
        return begun.sum();
    }

    long countWon() {
        return won.sum();
    }
}

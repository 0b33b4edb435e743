package ai.primespark.core.memory;

import ai.primespark.memory.Version;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stamps versions: a hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014) with 48 bits of milliseconds and 16
 * bits of counter. Every stamp is greater than all stamps given and all versions observed before, also when the wall clock
 * jumps back. Thread-safe.
 */
final class HybridClock {

    /** How far ahead of this machine's clock another machine's versions are still followed. */
    static final Duration MAX_SKEW = Duration.ofMinutes(5);

    private static final Logger LOG = LoggerFactory.getLogger(HybridClock.class);

    private final InstantSource wall;
    private final String node;
    private final AtomicLong last = new AtomicLong();
    private final AtomicBoolean skewReported = new AtomicBoolean();
    private final LongAdder quarantined = new LongAdder();

    HybridClock(InstantSource wall, String node) {
        this.wall = wall;
        this.node = node;
    }

    /** A new stamp. A full counter carries into the milliseconds, so the clock runs ahead for a moment instead of repeating. */
    Version tick() {
        long now = millis() << 16;
        while (true) {
            long before = last.get();
            long next = Math.max(now, before + 1);
            if (last.compareAndSet(before, next)) {
                return new Version(next, node);
            }
        }
    }

    /**
     * Moves this clock beyond a version that was met. A version of another machine that lies too far ahead is not followed:
     * one machine with a wrong clock would take all others with it. Versions of this machine are always followed, because they
     * come from its own past: a machine without a battery-backed clock starts before them.
     *
     * @return false when the version was not followed
     */
    boolean observe(Version version) {
        if (version.clock() <= last.get()) {
            return true;
        }
        if (version.millis() > millis() + MAX_SKEW.toMillis() && !version.node().equals(node)) {
            quarantined.increment();
            if (skewReported.compareAndSet(false, true)) {
                LOG.warn(
                        "Node '{}' writes versions that are more than {} ahead of this machine's clock; they are not"
                                + " followed. Check the clocks of both machines.",
                        version.node(),
                        MAX_SKEW);
            }
            return false;
        }
        last.accumulateAndGet(version.clock(), Math::max);
        return true;
    }

    /** Begins above what was given before the last end, however far away that is from the wall clock. */
    void startAbove(long clock) {
        last.accumulateAndGet(clock, Math::max);
    }

    /** How often a version was not followed because it lies too far ahead. */
    long quarantined() {
        return quarantined.sum();
    }

    private long millis() {
        return Math.max(0, wall.millis());
    }
}

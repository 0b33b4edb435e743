package ai.primespark.core.health;

import ai.primespark.health.HealthProbe;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether this process can go on at all: its clockwork beats, and no threads wait for each other for ever. Both are what only a new
 * start mends, so threads that look like that once, as in the middle of a hand-over, are looked at again first. Thread-safe.
 */
final class Vitals {

    /** So late may the timer be; a machine that is out of memory or was asleep is slow, and not dead. */
    private static final Duration GRACE = Duration.ofSeconds(30);

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final long mostNanos;
    private final LongSupplier nanoTime;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile long beatAt;
    private final Supplier<long @Nullable []> find;
    private Set<Long> suspects = Set.of(); // used by one look at a time
    private volatile String deadlock = "";

    /**
     * Makes one.
     *
     * @param interval between two beats
     * @param nanoTime the monotonic clock
     */
    Vitals(Duration interval, LongSupplier nanoTime) {
        this(interval, nanoTime, ManagementFactory.getThreadMXBean()::findDeadlockedThreads);
    }

    /** With another way to find threads that wait for each other. */
    Vitals(Duration interval, LongSupplier nanoTime, Supplier<long @Nullable []> find) {
        this.find = find;
        this.mostNanos = interval.multipliedBy(3).plus(GRACE).toNanos();
        this.nanoTime = nanoTime;
        this.beatAt = nanoTime.getAsLong();
    }

    /** Is called at every interval by the timer, and has threads looked at elsewhere. */
    void beat(Executor executor) {
        beatAt = nanoTime.getAsLong();
        if (looking.compareAndSet(false, true)) {
            try {
                executor.execute(this::look);
            } catch (RejectedExecutionException | OutOfMemoryError e) { // closing, or no thread can be had now
                looking.set(false);
            }
        }
    }

    private void look() {
        try {
            long[] found = find.get();
            Set<Long> ids = new HashSet<>();
            if (found != null) {
                Arrays.stream(found).forEach(ids::add);
            }
            long[] still = ids.stream()
                    .filter(suspects::contains)
                    .mapToLong(Long::longValue)
                    .toArray();
            suspects = ids;
            deadlock = Arrays.stream(threads.getThreadInfo(still))
                    .filter(Objects::nonNull) // ended meanwhile, which deadlocked ones do not
                    .map(ThreadInfo::getThreadName)
                    .sorted()
                    .limit(8)
                    .collect(Collectors.joining(", "));
        } catch (UnsupportedOperationException e) { // another JVM than HotSpot or OpenJ9
            deadlock = "";
        } finally {
            looking.set(false);
        }
    }

    HealthProbe probe() {
        long silent = nanoTime.getAsLong() - beatAt;
        if (silent > mostNanos) {
            return new HealthProbe(
                    false,
                    "the instance's timer has not run for "
                            + Duration.ofNanos(silent).toSeconds() + " s");
        }
        String found = deadlock;
        return found.isEmpty()
                ? new HealthProbe(true, "alive")
                : new HealthProbe(false, "these threads wait for each other for ever: " + found);
    }
}

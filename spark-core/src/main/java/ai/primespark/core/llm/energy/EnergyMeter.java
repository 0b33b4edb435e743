package ai.primespark.core.llm.energy;

import ai.primespark.power.PowerReading;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures what calls on this machine take from the plug, from the readings of the power sources. Thread-safe.
 *
 * <p>Between two readings the watts are taken to change evenly, and after the last one to stay as they were. What the idle machine
 * draws is subtracted; it is learned while no call runs here, and until it is known nothing is measured. What is above it at a
 * moment is divided evenly among the calls that run at that moment: a machine does not say which of them heats it.
 *
 * <p>A call has no energy, rather than a wrong one, when it saw fewer than two readings (it was shorter than the source's
 * interval), when there was none shortly before it, or when readings stayed away for longer than {@link #LONGEST_GAP}.
 */
public final class EnergyMeter implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EnergyMeter.class);

    /** Sources are read every 2 to 5 seconds; what is older than three polls says nothing about now. */
    static final Duration LONGEST_GAP = Duration.ofSeconds(15);

    /** A machine does not fall back to idle at once: fans and servers go on for a while. */
    static final Duration COOLING = Duration.ofSeconds(10);

    static final Duration LOOK_EVERY = Duration.ofMillis(500);
    static final Duration LOOK_SELDOM = Duration.ofSeconds(5);

    /** How long it looks for watts that do not come, after the last call. */
    static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final int FEWEST_READINGS = 2;
    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

    private final WattSource source;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private volatile boolean active; // whether the source has reported watts lately
    private volatile boolean closed;
    private volatile @Nullable ScheduledExecutorService timer;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile long usedAt;

    // What follows is guarded by this.
    private final IdleDraw idle = new IdleDraw();
    private final List<Span> young = new ArrayList<>(); // begun after the last reading
    private @Nullable Instant readAt; // of the last reading that was taken in
    private long lookedAt;
    private long sampleAt; // nano time of the last reading
    private double sampleWatts;
    private long samples; // readings since the start
    private long breaks; // how often the series was interrupted
    private long estimatedAt = Long.MIN_VALUE; // the number of the latest reading that was computed by its source
    private double total; // joules for a call that had run all the time, up to the last reading
    private double share; // integral of 1/n over the seconds since then
    private double moment; // integral of t/n over them
    private long countedTo; // nano time up to which these two go
    private int running;
    private long crowdedAt = Long.MIN_VALUE; // nano time at which calls last ran side by side
    private boolean everCrowded;
    private long busyUntil;
    private boolean everBusy;

    /**
     * Makes one that does not look by itself.
     *
     * @param source of watts
     * @param clock the one by which readings say when they were made
     * @param nanoTime the monotonic clock
     */
    public EnergyMeter(WattSource source, InstantSource clock, LongSupplier nanoTime) {
        this.source = source;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.lookedAt = nanoTime.getAsLong();
        this.countedTo = lookedAt;
    }

    /**
     * What a call took.
     *
     * @param joules above the idle machine
     * @param estimated whether the source had computed some of the watts
     * @param shared whether other calls ran at the same time
     */
    public record Measured(double joules, boolean estimated, boolean shared) {}

    /** A call that runs. */
    public static final class Span {

        private final long begunAt;
        private final long samplesBefore;
        private final long breaksBefore;
        private final boolean known; // whether everything was known when it began
        private final double shareBefore;
        private final double momentBefore;
        private double totalBefore = Double.NaN; // not known before the next reading
        private boolean ended;

        private Span(long begunAt, long samplesBefore, long breaksBefore, boolean known, double share, double moment) {
            this.begunAt = begunAt;
            this.samplesBefore = samplesBefore;
            this.breaksBefore = breaksBefore;
            this.known = known;
            this.shareBefore = share;
            this.momentBefore = moment;
        }
    }

    /**
     * Lets it look at the source by itself from the first call on: often while the source reports watts, seldom while it does not,
     * and not at all any more when no call has come for a while and there are no watts.
     *
     * @param scheduler for short tasks
     */
    public void start(ScheduledExecutorService scheduler) {
        timer = scheduler;
    }

    private void used() {
        ScheduledExecutorService scheduler = timer;
        if (scheduler == null) {
            return;
        }
        usedAt = nanoTime.getAsLong();
        if (!looking.get() && looking.compareAndSet(false, true)) {
            keepLooking(scheduler);
        }
    }

    private void keepLooking(ScheduledExecutorService scheduler) {
        try {
            look();
        } catch (RuntimeException e) {
            log.warn("cannot look at the power source, so no energy is measured: {}", e.toString());
        }
        if (closed || !active && nanoTime.getAsLong() - usedAt > PATIENCE.toNanos()) {
            looking.set(false); // the next call begins anew
            return;
        }
        try {
            Duration pause = active ? LOOK_EVERY : LOOK_SELDOM;
            var unused = scheduler.schedule(() -> keepLooking(scheduler), pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) { // everything is being closed
            looking.set(false);
        }
    }

    /** Takes in the source's latest reading, if it is a new one. */
    void look() {
        PowerReading reading = source.latest();
        synchronized (this) {
            long now = nanoTime.getAsLong();
            boolean usable = reading.watts().isPresent() && reading.quality() == PowerReading.Quality.FRESH;
            if (!usable) {
                lose(now);
            } else if (!reading.at().equals(readAt)) {
                readAt = reading.at();
                // when it was made by the monotonic clock; the wall clock may have jumped since
                long age = Duration.between(reading.at(), clock.instant()).toNanos();
                long at = now - Math.max(0, Math.min(age, now - lookedAt));
                take(Math.max(at, countedTo), reading.watts().getAsDouble(), reading.wattsEstimated());
            } else if (active && now - sampleAt > LONGEST_GAP.toNanos()) {
                lose(now);
            }
            lookedAt = now;
        }
    }

    /** The series is interrupted: nothing is known until the next reading. */
    private void lose(long now) {
        if (active) {
            active = false;
            breaks++;
            young.clear();
            restart(now);
        }
    }

    private void restart(long at) {
        share = 0;
        moment = 0;
        countedTo = at;
    }

    private void take(long at, double watts, boolean estimated) {
        if (active && at - sampleAt > LONGEST_GAP.toNanos()) {
            lose(at);
        }
        samples++;
        if (estimated) {
            estimatedAt = samples;
        }
        if (active) {
            count(at);
            join(at, watts);
        } else {
            active = true;
            breaks++; // what began before this cannot be measured from its beginning
            restart(at);
        }
        sampleAt = at;
        sampleWatts = watts;
        boolean resting = running == 0 && (!everBusy || at - busyUntil >= COOLING.toNanos());
        if (resting) {
            idle.add(watts);
        }
    }

    /** Closes the stretch between the last reading and this one, now that its other end is known. */
    private void join(long at, double watts) {
        double seconds = (at - sampleAt) / NANOS;
        double slope = seconds > 0 ? (watts - sampleWatts) / seconds : 0;
        for (Span span : young) {
            span.totalBefore = total + joules(span.shareBefore, span.momentBefore, slope);
        }
        young.clear();
        total += joules(share, moment, slope);
        restart(at);
    }

    /** Joules of one call from the last reading on; what is not known yet counts for nothing, and nobody uses it. */
    private double joules(double shareSeconds, double momentSeconds, double slope) {
        double level = idle.level();
        return Double.isNaN(level) ? 0 : (sampleWatts - level) * shareSeconds + slope * momentSeconds;
    }

    /** Brings the two integrals up to a moment at which the number of calls changes. */
    private void count(long now) {
        if (now > countedTo) {
            double from = (countedTo - sampleAt) / NANOS;
            double to = (now - sampleAt) / NANOS;
            int calls = Math.max(1, running);
            share += (to - from) / calls;
            moment += (to * to - from * from) / 2 / calls;
            countedTo = now;
        }
    }

    /**
     * A call on this machine begins. Exactly one {@link #end} follows.
     *
     * @return what to end it with; null when there is nothing to measure it by
     */
    public @Nullable Span begin() {
        used();
        return began();
    }

    private synchronized @Nullable Span began() {
        long now = nanoTime.getAsLong();
        if (active) {
            count(now);
        }
        running++;
        if (running > 1) {
            crowd(now);
        }
        if (!active) {
            return null;
        }
        boolean known = !Double.isNaN(idle.level()) && now - sampleAt <= LONGEST_GAP.toNanos();
        Span span = new Span(now, samples, breaks, known, share, moment);
        if (known) {
            young.add(span);
        }
        return span;
    }

    private void crowd(long now) {
        crowdedAt = now;
        everCrowded = true;
    }

    /**
     * A call on this machine has ended.
     *
     * @param span from its beginning
     * @return what it took; null when that is not known
     */
    public synchronized @Nullable Measured end(@Nullable Span span) {
        if (span != null && span.ended) {
            return null;
        }
        long now = nanoTime.getAsLong();
        if (active) {
            count(now);
        }
        if (running > 1) {
            crowd(now);
        }
        running = Math.max(0, running - 1);
        busyUntil = now;
        everBusy = true;
        if (span == null) {
            return null;
        }
        span.ended = true;
        young.remove(span);
        boolean seen = active
                && span.known
                && span.breaksBefore == breaks
                && samples - span.samplesBefore >= FEWEST_READINGS
                && now - sampleAt <= LONGEST_GAP.toNanos();
        if (!seen) {
            return null;
        }
        double joules = total + joules(share, moment, 0) - span.totalBefore;
        boolean shared = everCrowded && crowdedAt - span.begunAt >= 0;
        // the reading before the call is one of those that its beginning was measured by
        boolean estimated = estimatedAt >= span.samplesBefore;
        return new Measured(Math.max(0, joules), estimated, shared);
    }

    /** Looks no more. Harmless when repeated. */
    @Override
    public void close() {
        closed = true;
    }
}

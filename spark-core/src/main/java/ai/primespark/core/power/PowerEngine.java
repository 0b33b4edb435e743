package ai.primespark.core.power;

import ai.primespark.core.power.Evaluator.Change;
import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvents.Subscription;
import ai.primespark.health.HealthResult;
import ai.primespark.power.BatteryState;
import ai.primespark.power.DrainState;
import ai.primespark.power.Power;
import ai.primespark.power.PowerDecision;
import ai.primespark.power.PowerMode;
import ai.primespark.power.PowerPolicy;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.power.PowerStatus;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the sources, merges what they say, and follows the policy; a person's mode stands above that, but never hides a profile of
 * {@link PowerProfile#CRITICAL} or beyond. Without a source it is full power, and the supply is honestly unknown. Thread-safe; what
 * others read of it is one volatile snapshot.
 */
public final class PowerEngine implements Power, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PowerEngine.class);

    private static final String NO_SOURCE = "none";
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final SparkRuntime runtime;
    private final Merge merge;
    private final PowerPolicy policy;
    private final Evaluator evaluator;
    private final BatteryWord words;
    private final OnBattery onBattery;
    private final PowerMeters meters;
    private final Sources sources;
    private final Shutdown shutdown;
    private final Thrift thrift;
    private volatile State state;

    // What follows is guarded by this.
    private Evaluator.State judged = Evaluator.State.START;
    private @Nullable Future<?> expiry;
    private @Nullable Future<?> look;
    private boolean closed;

    /** Everything that others may ask for. */
    private record State(
            PowerMode mode,
            @Nullable Instant until,
            PowerProfile profile,
            boolean edgeOnly,
            PowerReading reading,
            BatteryState battery,
            List<PowerReading> sources,
            boolean flapping,
            @Nullable PowerDecision decision) {}

    /** Without a source. */
    public PowerEngine(Settings settings, SparkRuntime runtime) {
        this(settings, runtime, List.of(), null);
    }

    /**
     * Makes one that reads nothing before {@link #start()}.
     *
     * @param settings values of {@link PowerSettings#ALL}
     * @param runtime what it works with
     * @param given the sources, started; closed by whoever made them
     * @param own the application's policy, or null for the configured one
     * @throws IllegalArgumentException when thresholds do not fit together, or a quorum needs more sources than there are, or
     *     a source would not wait until its order to shut down is seen
     */
    public PowerEngine(
            Settings settings, SparkRuntime runtime, List<ConfiguredSource> given, @Nullable PowerPolicy own) {
        this.runtime = runtime;
        this.merge = new Merge(
                settings.get(PowerSettings.MERGE),
                settings.get(PowerSettings.MIN_SUPPLIES).intValue());
        if (merge.rule() == MergeRule.QUORUM && !given.isEmpty() && merge.minSupplies() > given.size()) {
            throw new IllegalArgumentException(
                    "min-supplies is " + merge.minSupplies() + ", but there are only " + given.size() + " sources");
        }
        PowerPolicy configured = PowerSettings.policy(settings);
        this.policy = own == null ? configured : own;
        this.evaluator = new Evaluator(
                own == null ? configured : new SafePolicy(own, configured),
                settings.get(PowerSettings.MAX_CHANGES).intValue(),
                settings.get(PowerSettings.MAX_CHANGES_WINDOW));
        this.words = BatteryWord.of(settings);
        this.onBattery = settings.get(PowerSettings.ON_BATTERY);
        this.shutdown = new Shutdown(settings, runtime, given);
        this.thrift = new ConfiguredThrift(settings, this);
        this.meters = new PowerMeters(runtime.meters());
        this.sources = new Sources(settings, runtime, given, meters, this::isAlert, this::evaluate);
        this.state = first(settings.get(PowerSettings.MODE));
        meters.show(this::status);
        shutdown.countIn(meters);
    }

    private State first(PowerMode mode) {
        PowerProfile profile = effective(mode, PowerProfile.FULL);
        List<PowerReading> views = sources.views(System.nanoTime());
        return new State(
                mode, null, profile, edgeOnly(mode, profile), merged(views), BatteryState.UNKNOWN, views, false, null);
    }

    /** Begins to read the sources, and waits for none. */
    public void start() {
        sources.start();
    }

    /**
     * Waits until each source has been read once, whether well or not: what is started during an outage is not to begin as on
     * mains.
     *
     * @param patience how long at most; then it goes on without those that have not answered
     */
    public void awaitFirst(Duration patience) {
        try {
            if (!sources.awaitFirst(patience)) {
                LOG.info("Not every power source has answered within {} ms; going on without", patience.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // --- what sources say

    private PowerReading merged(List<PowerReading> views) {
        return views.isEmpty()
                ? PowerReading.builder(
                                NO_SOURCE, PowerSupply.UNKNOWN, runtime.clock().instant())
                        .quality(Quality.LOST)
                        .build()
                : merge.of(views);
    }

    /** Looks at everything anew. {@code news} is the source that has just given a fresh reading; null when none has. */
    private synchronized void evaluate(@Nullable String news) {
        if (closed || sources.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        List<PowerReading> views = sources.views(now);
        PowerReading reading = merged(views);
        Evaluator.Step step = evaluator.step(judged, reading, reading.source().equals(news), now);
        if (step.state().flapping() && !judged.flapping()) {
            LOG.warn("The power supply flaps; staying with {} for a while", judged.profile());
            meters.heldBack();
        }
        judged = step.state();
        boolean wasAlert = isAlert();
        State before = state;
        take(before.mode(), before.until(), reading, views, step.changed());
        planLook(step.at(), now);
        if (!wasAlert && isAlert()) {
            sources.nudge(); // the others are to be read more often from now on
        }
    }

    private void planLook(long judgedAt, long now) {
        long at = Math.min(judgedAt, sources.changesAt(now));
        if (look != null) {
            look.cancel(false);
            look = null;
        }
        if (at == Long.MAX_VALUE) {
            return;
        }
        try {
            look = runtime.executors()
                    .scheduler()
                    .schedule(() -> evaluate(null), Math.max(1, at - now), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) { // everything is being closed
            LOG.debug("Nobody looks after the power any more");
        }
    }

    private boolean isAlert() {
        State now = state;
        return now.profile() != PowerProfile.FULL
                || now.sources().stream()
                        .anyMatch(one -> one.supply() != PowerSupply.MAINS && one.supply() != PowerSupply.UNKNOWN);
    }

    // --- what follows

    private static PowerProfile effective(PowerMode mode, PowerProfile judged) {
        if (judged.isAtLeast(PowerProfile.CRITICAL)) {
            return judged;
        }
        return switch (mode) {
            case AUTO -> judged;
            case ON_GRID -> PowerProfile.FULL;
            case OFF_GRID -> PowerProfile.SAVING;
        };
    }

    private boolean edgeOnly(PowerMode mode, PowerProfile profile) {
        return switch (mode) {
            case OFF_GRID -> true;
            case ON_GRID -> false;
            case AUTO -> profile != PowerProfile.FULL && onBattery == OnBattery.EDGE;
        };
    }

    /** Puts together what is in force, and tells of it when something has changed. */
    private void take(
            PowerMode mode,
            @Nullable Instant until,
            PowerReading reading,
            List<PowerReading> views,
            @Nullable Change change) {
        State before = state;
        PowerProfile profile = effective(mode, judged.profile());
        boolean edgeOnly = edgeOnly(mode, profile);
        boolean changed = mode != before.mode() || profile != before.profile() || edgeOnly != before.edgeOnly();
        PowerDecision decision = before.decision();
        if (changed) {
            String rule = change == null ? "mode" : change.rule();
            Duration drain = profile == PowerProfile.SHUTDOWN
                    ? shutdown.budget(reading, sources.untilEmpty(reading.source()), sources.interval())
                    : null;
            decision = new PowerDecision(
                    runtime.clock().instant(), mode, before.profile(), profile, edgeOnly, rule, reading, drain);
        }
        state = new State(
                mode,
                until,
                profile,
                edgeOnly,
                reading,
                words.of(before.battery(), reading),
                List.copyOf(views),
                judged.flapping(),
                decision);
        if (changed && decision != null) {
            tell(decision);
        }
    }

    private void tell(PowerDecision decision) {
        LOG.info(
                "Power: {} after {}, because of '{}' ({})",
                decision.profile(),
                decision.previous(),
                decision.rule(),
                decision.reading());
        meters.decided(decision);
        runtime.events().publish(new SparkEvent.PowerChanged(decision.at(), decision));
        if (decision.profile() == PowerProfile.SHUTDOWN && decision.previous() != PowerProfile.SHUTDOWN) {
            shutdown.begin(decision);
        } else if (decision.profile() != PowerProfile.SHUTDOWN) {
            shutdown.callOff();
        }
    }

    // --- what others ask

    @Override
    public PowerStatus status() {
        State now = state;
        return new PowerStatus(
                now.mode(),
                now.until(),
                now.profile(),
                now.edgeOnly(),
                now.reading(),
                now.battery(),
                now.sources(),
                now.profile() == PowerProfile.SHUTDOWN
                        ? shutdown.state()
                        : DrainState.NONE, // it is called off a moment later
                now.decision());
    }

    @Override
    public PowerProfile profile() {
        return state.profile();
    }

    @Override
    public PowerMode mode() {
        return state.mode();
    }

    /** Whether LLM calls must stay on the edge. */
    public boolean edgeOnly() {
        return state.edgeOnly();
    }

    /** What is asked of the other parts. */
    public Thrift thrift() {
        return thrift;
    }

    /** Where parts say what they must do before the power goes. */
    public Drains drains() {
        return shutdown.drains();
    }

    @Override
    public PowerPolicy policy() {
        return policy;
    }

    @Override
    public Subscription onChange(Consumer<PowerDecision> listener) {
        Objects.requireNonNull(listener, "listener");
        return runtime.events().subscribe(SparkEvent.PowerChanged.class, event -> listener.accept(event.decision()));
    }

    /** The health of this part. */
    public HealthResult check() {
        return PowerHealth.of(status(), state.flapping(), sources.states());
    }

    /** The health of each source, by its id. */
    public Map<String, HealthResult> partsHealth() {
        return PowerHealth.parts(status(), sources.states());
    }

    // --- modes

    @Override
    public void mode(PowerMode mode) {
        change(Objects.requireNonNull(mode, "mode"), null);
    }

    @Override
    public void mode(PowerMode mode, Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException("a duration must be positive: " + duration);
        }
        change(Objects.requireNonNull(mode, "mode"), duration);
    }

    private synchronized void change(PowerMode mode, @Nullable Duration duration) {
        if (expiry != null) {
            expiry.cancel(false);
            expiry = null;
        }
        Duration limited = duration != null && duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
        Instant until = limited == null ? null : runtime.clock().instant().plus(limited);
        List<PowerReading> views = sources.views(System.nanoTime());
        take(mode, until, merged(views), views, null);
        if (limited != null) {
            expiry = runtime.executors()
                    .scheduler()
                    .schedule(() -> expire(mode, until), limited.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** The timer may come to its turn only after somebody has decided anew, which then stands. */
    @SuppressWarnings("ReferenceEquality") // an equal moment of another decision is another one's
    private synchronized void expire(PowerMode mode, @Nullable Instant until) {
        if (state.mode() == mode && state.until() == until) {
            change(PowerMode.AUTO, null);
        }
    }

    @Override
    public void close() {
        sources.close();
        shutdown.close();
        synchronized (this) {
            closed = true;
            if (expiry != null) {
                expiry.cancel(false);
                expiry = null;
            }
            if (look != null) {
                look.cancel(false);
                look = null;
            }
        }
    }
}

package ai.primespark.core.power;

import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvents.Subscription;
import ai.primespark.health.HealthResult;
import ai.primespark.power.BatteryState;
import ai.primespark.power.Power;
import ai.primespark.power.PowerDecision;
import ai.primespark.power.PowerMode;
import ai.primespark.power.PowerPolicy;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerStatus;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Power as a person decides it: the mode. This version reads no source, so {@link PowerMode#AUTO} is full power, and the supply
 * and the battery are honestly unknown.
 */
public final class PowerEngine implements Power, AutoCloseable {

    private static final String NO_SOURCE = "none";
    private static final Duration LONGEST = Duration.ofDays(36_500);
    private static final PowerPolicy POLICY =
            (reading, current) -> PowerPolicy.Verdict.now(PowerProfile.FULL, "no power source");

    private final SparkRuntime runtime;
    private volatile State state;
    private @Nullable Future<?> expiry; // guarded by this

    private record State(
            PowerMode mode,
            @Nullable Instant until,
            @Nullable PowerDecision decision) {

        PowerProfile profile() {
            return mode == PowerMode.OFF_GRID ? PowerProfile.SAVING : PowerProfile.FULL;
        }
    }

    public PowerEngine(Settings settings, SparkRuntime runtime) {
        this.runtime = runtime;
        this.state = new State(settings.get(PowerSettings.MODE), null, null);
    }

    @Override
    public PowerStatus status() {
        State now = state;
        PowerReading reading = reading();
        return new PowerStatus(
                now.mode(),
                now.until(),
                now.profile(),
                edgeOnly(),
                reading,
                BatteryState.UNKNOWN,
                List.of(),
                now.decision());
    }

    private PowerReading reading() {
        return PowerReading.builder(
                        NO_SOURCE, PowerSupply.UNKNOWN, runtime.clock().instant())
                .quality(PowerReading.Quality.LOST)
                .build();
    }

    @Override
    public PowerProfile profile() {
        return state.profile();
    }

    @Override
    public PowerMode mode() {
        return state.mode();
    }

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
        Instant at = runtime.clock().instant();
        State before = state;
        Duration limited = duration != null && duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
        State next = new State(mode, limited == null ? null : at.plus(limited), null);
        PowerDecision decision = new PowerDecision(
                at, mode, before.profile(), next.profile(), mode == PowerMode.OFF_GRID, "mode", reading(), null);
        State decided = new State(next.mode(), next.until(), decision);
        state = decided;
        if (limited != null) {
            expiry = runtime.executors()
                    .scheduler()
                    .schedule(() -> expire(decided), limited.toNanos(), TimeUnit.NANOSECONDS);
        }
        if (before.mode() != mode) {
            runtime.events().publish(new SparkEvent.PowerChanged(at, decision));
        }
    }

    /** The timer may come to its turn only after somebody has decided anew, which then stands. */
    @SuppressWarnings("ReferenceEquality") // an equal decision of another moment is another decision
    private synchronized void expire(State decided) {
        if (state == decided) {
            change(PowerMode.AUTO, null);
        }
    }

    /** Whether LLM calls must stay on the edge. */
    public boolean edgeOnly() {
        return state.mode() == PowerMode.OFF_GRID;
    }

    @Override
    public PowerPolicy policy() {
        return POLICY;
    }

    @Override
    public Subscription onChange(Consumer<PowerDecision> listener) {
        Objects.requireNonNull(listener, "listener");
        return runtime.events().subscribe(SparkEvent.PowerChanged.class, event -> listener.accept(event.decision()));
    }

    /** The health of this part. */
    public HealthResult check() {
        return HealthResult.healthy("mode " + state.mode() + ", no power source configured");
    }

    @Override
    public synchronized void close() {
        if (expiry != null) {
            expiry.cancel(false);
            expiry = null;
        }
    }
}

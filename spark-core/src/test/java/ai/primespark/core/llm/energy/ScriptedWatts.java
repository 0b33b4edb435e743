package ai.primespark.core.llm.energy;

import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.testkit.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** A meter, a source that says what the test wants, and the clocks of both. */
public final class ScriptedWatts {

    public final MutableClock clock = new MutableClock(Instant.parse("2026-11-25T10:30:00Z"));
    private final AtomicLong nanos = new AtomicLong(-5_000_000_000L); // the monotonic clock may be negative
    private volatile PowerReading latest = PowerReading.builder("none", PowerSupply.UNKNOWN, clock.instant())
            .quality(PowerReading.Quality.LOST)
            .build();
    public final EnergyMeter meter = new EnergyMeter(() -> latest, clock, nanos::get);

    public void pass(Duration time) {
        clock.advance(time);
        nanos.addAndGet(time.toNanos());
    }

    /** Two seconds later, the source says this. */
    public void then(double... watts) {
        for (double value : watts) {
            pass(Duration.ofSeconds(2));
            read(value, false);
        }
    }

    public void read(double watts, boolean estimated) {
        read(PowerReading.builder("ups", PowerSupply.MAINS, clock.instant())
                .watts(watts, estimated)
                .build());
    }

    public void read(PowerReading reading) {
        latest = reading;
        meter.look();
    }

    /** The machine rests at some watts until that is known. */
    public void idleAt(double watts) {
        for (int i = 0; i <= IdleDraw.ENOUGH; i++) {
            then(watts);
        }
    }
}

package ai.primespark.power;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A power source whose readings the application sets: for hardware that only it can read, and for tests. What was set last stands
 * until something else is set; the engine hears of it at once. Thread-safe.
 *
 * <pre>{@code
 * ManualPowerSource ups = new ManualPowerSource();
 * PrimeSpark spark = PrimeSpark.builder().powerSource("ups", ups).build();
 * ups.battery(80);
 * }</pre>
 */
public final class ManualPowerSource implements PowerSource {

    private static final String SOURCE = "manual";

    private final InstantSource clock;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile Answer answer;
    private volatile boolean drained;
    private volatile boolean closed;

    private record Answer(
            @Nullable PowerReading reading, @Nullable PowerException failure) {}

    /** Makes one that says that the machine is on mains, with readings of the system's clock. */
    public ManualPowerSource() {
        this(InstantSource.system());
    }

    /**
     * Makes one that says that the machine is on mains.
     *
     * @param clock says when readings are made
     */
    public ManualPowerSource(InstantSource clock) {
        this.clock = Objects.requireNonNull(clock, "clock");
        this.answer = new Answer(reading(PowerSupply.MAINS).build(), null);
    }

    private PowerReading.Builder reading(PowerSupply supply) {
        return PowerReading.builder(SOURCE, supply, clock.instant());
    }

    /** Says that the grid feeds the machine, and nothing else. */
    public void mains() {
        set(reading(PowerSupply.MAINS).build());
    }

    /**
     * Says that the battery feeds the machine.
     *
     * @param chargePercent its charge, 0 to 100
     */
    public void battery(double chargePercent) {
        set(reading(PowerSupply.BATTERY).charge(chargePercent).build());
    }

    /**
     * Sets everything that a reading can say.
     *
     * @param reading what is read from now on; its moment is that of each read, its source the configured id
     */
    public void set(PowerReading reading) {
        answer = new Answer(Objects.requireNonNull(reading, "reading"), null);
        drained = false;
        tell();
    }

    /**
     * Lets every read fail until something is set.
     *
     * @param failure what is thrown
     */
    public void fail(PowerException failure) {
        answer = new Answer(null, Objects.requireNonNull(failure, "failure"));
        tell();
    }

    private void tell() {
        listeners.forEach(Runnable::run);
    }

    @Override
    public PowerReading read(Deadline deadline) {
        if (closed) {
            throw new PowerException("power source 'manual' is closed", false, null);
        }
        Answer now = answer;
        PowerReading reading = now.reading();
        if (reading == null) {
            throw Objects.requireNonNull(now.failure());
        }
        Instant at = clock.instant();
        return reading.toBuilder(reading.source(), reading.supply(), at).build();
    }

    @Override
    public AutoCloseable onChange(Runnable changed) {
        listeners.add(Objects.requireNonNull(changed, "changed"));
        return () -> listeners.remove(changed);
    }

    @Override
    public void drained(Deadline deadline) {
        drained = true;
    }

    /**
     * Whether the engine has said that the power may go.
     *
     * @return true once it has, until something is set
     */
    public boolean isDrained() {
        return drained;
    }

    @Override
    public void close() {
        closed = true;
        listeners.clear();
    }
}

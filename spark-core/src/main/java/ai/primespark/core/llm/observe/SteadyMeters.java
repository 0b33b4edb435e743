package ai.primespark.core.llm.observe;

import ai.primespark.spi.Meters;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Meters that never throw: an application's registry or filter that does must not keep a call from ending as it ended. Says so in
 * the log, once. Thread-safe.
 */
public final class SteadyMeters implements Meters {

    private static final Logger log = LoggerFactory.getLogger(SteadyMeters.class);

    private final Meters meters;
    private final AtomicBoolean said = new AtomicBoolean();

    /**
     * Wraps others.
     *
     * @param meters may throw
     */
    public SteadyMeters(Meters meters) {
        this.meters = meters;
    }

    @Override
    public Counter counter(String name, String... tags) {
        Counter counter = made(() -> meters.counter(name, tags), amount -> {});
        return amount -> attempt(() -> counter.add(amount));
    }

    @Override
    public Timer timer(String name, String... tags) {
        Timer timer = made(() -> meters.timer(name, tags), duration -> {});
        return (Duration duration) -> attempt(() -> timer.record(duration));
    }

    @Override
    public void gauge(String name, DoubleSupplier value, String... tags) {
        attempt(() -> meters.gauge(name, value, tags));
    }

    private <T> T made(Supplier<T> maker, T otherwise) {
        try {
            return maker.get();
        } catch (RuntimeException | LinkageError e) {
            failed(e);
            return otherwise;
        }
    }

    private void attempt(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | LinkageError e) {
            failed(e);
        }
    }

    private void failed(Throwable e) {
        if (said.compareAndSet(false, true)) {
            log.warn("the meter registry failed; calls go on without what it does not count", e);
        }
    }
}

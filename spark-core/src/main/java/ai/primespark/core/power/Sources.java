package ai.primespark.core.power;

import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All sources: reads them, and keeps what is known of each. Thread-safe. */
final class Sources implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Sources.class);

    private final SparkRuntime runtime;
    private final SourceState.Rules rules;
    private final PowerMeters meters;
    private final BooleanSupplier alert;
    private final Consumer<@Nullable String> news;
    private final List<SourceLoop> loops = new ArrayList<>();
    private final SourceState[] states; // guarded by this
    private final boolean[] read; // guarded by this
    private final CountDownLatch unread;

    /**
     * Makes them; reads nothing before {@link #start()}.
     *
     * @param settings values of {@link PowerSettings#ALL}
     * @param runtime what they work with
     * @param given the sources
     * @param meters where reads are counted
     * @param alert whether to read as often as on battery; must be fast
     * @param news hears of each read, outside of the lock: the id of the source when it was fresh, otherwise null
     */
    Sources(
            Settings settings,
            SparkRuntime runtime,
            List<ConfiguredSource> given,
            PowerMeters meters,
            BooleanSupplier alert,
            Consumer<@Nullable String> news) {
        this.runtime = runtime;
        this.rules = PowerSettings.ages(settings);
        this.meters = meters;
        this.alert = alert;
        this.news = news;
        this.states = given.stream()
                .map(source -> SourceState.unread(source.id(), System.nanoTime()))
                .toArray(SourceState[]::new);
        this.read = new boolean[given.size()];
        this.unread = new CountDownLatch(given.size());
        for (int i = 0; i < given.size(); i++) {
            loops.add(loop(i, given.get(i), settings.get(PowerSettings.TIMEOUT)));
        }
    }

    private SourceLoop loop(int index, ConfiguredSource source, Duration timeout) {
        SourceLoop.Sink sink = new SourceLoop.Sink() {
            @Override
            public void read(PowerReading reading) {
                said(index, reading);
            }

            @Override
            public void failed(String trouble, boolean hung) {
                saidNothing(index, trouble, hung);
            }
        };
        return new SourceLoop(
                source,
                timeout,
                this::interval,
                sink,
                runtime.executors().blocking(),
                runtime.executors().scheduler());
    }

    /** How often each is read at present. */
    Duration interval() {
        return alert.getAsBoolean() ? rules.pollOnBattery() : rules.poll();
    }

    private void said(int index, PowerReading reading) {
        SourceState before;
        synchronized (this) {
            before = states[index];
            states[index] = before.read(reading, System.nanoTime(), rules);
        }
        meters.read(before.id(), reading.quality());
        if (before.trouble() != null) {
            LOG.info("Power source '{}' answers again", before.id());
        }
        news.accept(reading.quality() == Quality.FRESH ? before.id() : null);
        wasRead(index);
    }

    private void saidNothing(int index, String trouble, boolean hung) {
        SourceState before;
        synchronized (this) {
            before = states[index];
            states[index] = before.failed(trouble);
        }
        meters.failed(before.id(), hung);
        if (before.trouble() == null) {
            LOG.warn("Power source '{}' cannot be read: {}", before.id(), trouble);
        }
        news.accept(null);
        wasRead(index);
    }

    private void wasRead(int index) {
        synchronized (this) {
            if (read[index]) {
                return;
            }
            read[index] = true;
        }
        unread.countDown();
    }

    /**
     * Waits until each has been read once, whether well or not, and what followed from it is in force.
     *
     * @return false when that took too long
     */
    boolean awaitFirst(Duration patience) throws InterruptedException {
        return unread.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    void start() {
        loops.forEach(SourceLoop::start);
    }

    /** Reads all of them at once. */
    void nudge() {
        loops.forEach(SourceLoop::nudge);
    }

    boolean isEmpty() {
        return loops.isEmpty();
    }

    /** What is known of each, in the configured order. */
    synchronized List<SourceState> states() {
        return List.of(states);
    }

    /** What each says as of a moment of the monotonic clock. */
    List<PowerReading> views(long now) {
        return states().stream()
                .map(source -> source.view(now, runtime.clock().instant(), rules))
                .toList();
    }

    /** How long the battery of a source lasts, down to nothing; empty when it is unknown. */
    Optional<Duration> untilEmpty(String id) {
        return states().stream()
                .filter(source -> source.id().equals(id))
                .findFirst()
                .flatMap(SourceState::untilEmpty);
    }

    /** When a view changes by age alone; {@link Long#MAX_VALUE} for never. */
    long changesAt(long now) {
        return states().stream()
                .mapToLong(source -> source.changesAt(now, rules))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    @Override
    public void close() {
        loops.forEach(SourceLoop::close);
    }
}

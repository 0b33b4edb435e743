package ai.primespark.core.health;

import ai.primespark.core.health.BackgroundCheck.Found;
import ai.primespark.core.runtime.EventBus;
import ai.primespark.event.SparkEvent;
import ai.primespark.health.Health;
import ai.primespark.health.HealthImpact;
import ai.primespark.health.HealthIndicator;
import ai.primespark.health.HealthProbe;
import ai.primespark.health.HealthReport;
import ai.primespark.health.HealthReport.Component;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs every check in the background and keeps the latest results, so that asking never waits for something that hangs. */
public final class HealthService implements Health, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HealthService.class);

    static final int MOST_CHECKS = 200;

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_.-]{0,63}");

    private final Map<String, Watched> components = new ConcurrentHashMap<>();
    private final BackgroundCheck.Surroundings around;
    private final EventBus events;
    private final Meters meters;
    private final ScheduledFuture<?> timer;
    private final IntSupplier stretch;
    private final Vitals vitals;
    private int passed; // the timer's own
    private volatile boolean closed;

    public HealthService(
            Settings settings,
            ExecutorService executor,
            ScheduledExecutorService scheduler,
            InstantSource clock,
            EventBus events) {
        this(settings, executor, scheduler, clock, events, () -> 1, Meters.discarding());
    }

    /**
     * Makes one that checks less often at times.
     *
     * @param executor where checks run; see {@link CheckThreads}
     * @param stretch how many times as far apart as usual checks are now; must be fast
     */
    public HealthService(
            Settings settings,
            ExecutorService executor,
            ScheduledExecutorService scheduler,
            InstantSource clock,
            EventBus events,
            IntSupplier stretch,
            Meters meters) {
        this.stretch = stretch;
        this.events = events;
        this.meters = meters;
        this.around = new BackgroundCheck.Surroundings(
                settings.get(HealthSettings.TIMEOUT), executor, scheduler, clock, meters, this::hanging);
        Duration interval = settings.get(HealthSettings.INTERVAL);
        this.vitals = new Vitals(interval, System::nanoTime);
        meters.gauge("spark.health.status", () -> level(report().status()));
        meters.gauge("spark.health.live", () -> liveness().passed() ? 1 : 0);
        meters.gauge("spark.health.ready", () -> readiness().passed() ? 1 : 0);
        meters.gauge(
                "spark.health.hanging",
                () -> checks().filter(BackgroundCheck::hangs).count());
        this.timer = scheduler.scheduleWithFixedDelay(
                this::tick, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Comes at every interval and passes over some, so that it checks again soon once it may. */
    private void tick() {
        vitals.beat(around.executor());
        if (++passed >= stretch.getAsInt()) {
            passed = 0;
            checks().forEach(BackgroundCheck::begin);
        }
    }

    private Stream<BackgroundCheck> checks() {
        return components.values().stream()
                .flatMap(watched -> Stream.concat(Stream.of(watched.own), watched.apart.values().stream()));
    }

    /** How long a check may take before it counts as hung. */
    public Duration timeout() {
        return around.timeout();
    }

    private String hanging() {
        return checks().filter(BackgroundCheck::hangs)
                .map(BackgroundCheck::name)
                .sorted()
                .limit(CheckThreads.MOST)
                .collect(Collectors.joining(", "));
    }

    // --- what is checked

    @Override
    public AutoCloseable register(String component, HealthImpact impact, HealthIndicator indicator) {
        Objects.requireNonNull(component, "component");
        Objects.requireNonNull(impact, "impact");
        Objects.requireNonNull(indicator, "indicator");
        if (!NAME.matcher(component).matches()) {
            throw new IllegalArgumentException("a component's name must be " + NAME + ": '" + component + "'");
        }
        return subsystem(
                component,
                impact,
                () -> Checked.of(Objects.requireNonNull(indicator.check(), "the check gave no result")));
    }

    /** Adds a check that knows of parts. */
    public AutoCloseable subsystem(String component, HealthImpact impact, SubsystemCheck check) {
        requireRoom();
        Watched watched = new Watched(component, impact, check);
        if (components.putIfAbsent(component, watched) != null) {
            throw new IllegalArgumentException("there is a check of that name already: " + component);
        }
        meters.gauge("spark.health.component", () -> level(component), "component", component);
        watched.own.begin();
        return () -> {
            if (components.remove(component, watched)) {
                watched.remove();
            }
        };
    }

    /**
     * Adds a check of one part, which runs by itself, so that it may hang without its component.
     *
     * @param component of which it is a part; is there already
     * @param part its id
     */
    public void part(String component, String part, HealthIndicator indicator) {
        requireRoom();
        Watched watched = Objects.requireNonNull(components.get(component), component);
        BackgroundCheck check = new BackgroundCheck(
                component,
                component + "." + part,
                () -> Checked.of(Objects.requireNonNull(indicator.check(), "the check gave no result")),
                around,
                watched::announce);
        if (watched.apart.putIfAbsent(part, check) != null) {
            throw new IllegalArgumentException("there is a check of that name already: " + check.name());
        }
        check.begin();
    }

    private double level(String component) {
        Watched watched = components.get(component);
        return watched == null
                ? Double.NaN
                : watched.state().map(state -> level(state.result().status())).orElse(Double.NaN);
    }

    private static double level(HealthStatus status) {
        return switch (status) {
            case HEALTHY -> 0;
            case DEGRADED -> 1;
            case UNHEALTHY -> 2;
        };
    }

    private void requireRoom() {
        if (checks().count() >= MOST_CHECKS) {
            throw new IllegalStateException(
                    "there are " + MOST_CHECKS + " checks already, which is the most there can be");
        }
    }

    // --- what was found

    @Override
    public HealthReport report() {
        Map<String, Component> found = new HashMap<>();
        components.forEach((name, watched) -> watched.state().ifPresent(state -> found.put(name, state)));
        return HealthReport.of(found);
    }

    @Override
    public HealthProbe liveness() {
        return closed ? new HealthProbe(false, "the instance is closed") : vitals.probe();
    }

    @Override
    public HealthProbe readiness() {
        if (closed) {
            return new HealthProbe(false, "the instance closes");
        }
        String obstacles = components.entrySet().stream()
                .filter(entry -> entry.getValue().impact == HealthImpact.VITAL)
                .sorted(Map.Entry.comparingByKey())
                .flatMap(entry -> entry.getValue().obstacle().stream())
                .collect(Collectors.joining("; "));
        return obstacles.isEmpty() ? new HealthProbe(true, "ready") : new HealthProbe(false, obstacles);
    }

    /** Checks nothing any more, and reports nothing. Its executor is not closed. */
    @Override
    public void close() {
        closed = true;
        timer.cancel(false);
        components.values().forEach(Watched::remove);
        components.clear();
    }

    /** A component with its check and those of its parts. */
    private final class Watched {

        private final String name;
        private final HealthImpact impact;
        private final BackgroundCheck own;
        private final Map<String, BackgroundCheck> apart = new ConcurrentHashMap<>();
        private HealthStatus announced = HealthStatus.HEALTHY; // guarded by this

        Watched(String name, HealthImpact impact, SubsystemCheck check) {
            this.name = name;
            this.impact = impact;
            this.own = new BackgroundCheck(name, name, check, around, this::announce);
        }

        /** Empty until it was checked. */
        Optional<Component> state() {
            return own.latest().map(found -> {
                Map<String, Found> parts = new HashMap<>();
                apart.forEach((id, check) -> check.latest().ifPresent(latest -> parts.put(id, latest)));
                return Combining.component(found, parts, impact);
            });
        }

        /** Why nothing should be sent here, if it is vital. */
        Optional<String> obstacle() {
            Optional<HealthResult> result = state().map(Component::result);
            if (result.isEmpty()) {
                return Optional.of(name + ": not checked yet");
            }
            return result.filter(r -> r.status() == HealthStatus.UNHEALTHY).map(r -> name + ": " + r.message());
        }

        private synchronized void announce() {
            Component now = state().orElse(null);
            if (now == null || closed || now.result().status() == announced) {
                return;
            }
            announced = now.result().status();
            if (announced == HealthStatus.HEALTHY) {
                LOG.info("{} is healthy again", name);
            } else {
                LOG.warn("{} is {}: {}", name, announced, now.result().message());
            }
            events.publish(new SparkEvent.HealthChanged(
                    around.clock().instant(), name, announced, now.result().message()));
        }

        void remove() {
            own.remove();
            apart.values().forEach(BackgroundCheck::remove);
        }
    }
}

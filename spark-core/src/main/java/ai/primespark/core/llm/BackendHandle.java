package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.core.llm.observe.AttemptMeters;
import ai.primespark.event.SparkEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmStats;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A backend and what the router knows about it: admission, circuit, and how fast it is. Thread-safe.
 *
 * <p>Every admission that {@link #admit} granted is given back by exactly one {@link #leave}.
 */
final class BackendHandle {

    private static final int PLACES_ON_THE_EDGE =
            16; // each may take half a minute without the last one missing its limits
    private static final int PLACES_BEYOND = 64;

    private final LlmBackend backend;
    private final BackendInfo info;
    private final @Nullable Circuit circuit;
    private final Admission admission;
    private final HostKnowledge knowledge;
    private final Expenses expenses;
    private final LongAdder requests = new LongAdder();
    private final LongAdder failures = new LongAdder();

    private final AttemptMeters meters;
    private final Supplier<@Nullable String> cutOff;
    private final Set<Attempt> running = ConcurrentHashMap.newKeySet();

    BackendHandle(
            LlmBackend backend, Settings settings, InstantSource clock, Meters meters, Consumer<SparkEvent> events) {
        this(backend, settings, clock, meters, events, Expenses.of(backend.info(), settings, List.of(), null, meters));
    }

    BackendHandle(
            LlmBackend backend,
            Settings settings,
            InstantSource clock,
            Meters meters,
            Consumer<SparkEvent> events,
            Expenses expenses) {
        this(backend, settings, clock, meters, events, expenses, () -> null);
    }

    BackendHandle(
            LlmBackend backend,
            Settings settings,
            InstantSource clock,
            Meters meters,
            Consumer<SparkEvent> events,
            Expenses expenses,
            Supplier<@Nullable String> cutOff) {
        this.backend = backend;
        this.cutOff = cutOff;
        this.info = backend.info();
        // what answers without a model is the last hope: it is asked even if it failed before
        this.circuit = info.lastResort() ? null : new Circuit(info.id(), settings, clock, events);
        int places = places(settings);
        this.admission =
                new Admission(places, settings.get(LlmSettings.QUEUE_SIZE).intValue());
        this.knowledge = new HostKnowledge(info.zone(), places);
        this.expenses = expenses;
        this.meters = new AttemptMeters(meters, info.id(), configuredModels(settings));
        meters.gauge("spark.llm.in.flight", admission::taken, "backend", info.id());
        meters.gauge("spark.llm.queued", admission::queued, "backend", info.id());
        if (circuit != null) {
            meters.gauge("spark.llm.circuit", circuit::level, "backend", info.id());
        }
    }

    /** The models that the settings name, for this backend or another one, in one spelling. */
    private static Set<String> configuredModels(Settings settings) {
        Set<String> models = new HashSet<>();
        settings.get(LlmSettings.ALIASES).values().forEach(name -> models.add(RateBook.key(name)));
        settings.find(LlmSettings.DEFAULT_MODEL).ifPresent(name -> models.add(RateBook.key(name)));
        return models;
    }

    AttemptMeters meters() {
        return meters;
    }

    private int places(Settings settings) {
        long usual = settings.find(LlmSettings.MAX_IN_FLIGHT)
                .orElse((long) (info.zone() == Zone.EDGE ? PLACES_ON_THE_EDGE : PLACES_BEYOND));
        return (int) number(settings, LlmSettings.MAX_IN_FLIGHT_ON, info.id(), (double) usual, 1, 10_000);
    }

    static double number(
            Settings settings,
            Setting<Map<String, String>> setting,
            String backend,
            double usual,
            double least,
            double most) {
        String text = settings.get(setting).get(backend);
        if (text == null) {
            return usual;
        }
        try {
            double value = Double.parseDouble(text.strip());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // reported below, like a number out of range
        }
        throw new IllegalArgumentException("primespark.llm." + setting.name() + " for '" + backend
                + "' must be a number of at least " + (long) least + ", not '" + text + "'");
    }

    LlmBackend backend() {
        return backend;
    }

    BackendInfo info() {
        return info;
    }

    String id() {
        return info.id();
    }

    Zone zone() {
        return info.zone();
    }

    boolean lastResort() {
        return info.lastResort();
    }

    int inFlight() {
        return admission.taken();
    }

    Admission admission() {
        return admission;
    }

    HostKnowledge knowledge() {
        return knowledge;
    }

    /** What a million tokens cost. */
    double cost() {
        return expenses.prices().comparable();
    }

    /** What it costs, and what it has used up. */
    Expenses expenses() {
        return expenses;
    }

    /** What to expect of a call that came now. */
    Forecast forecast(String model, Workload work, long now) {
        return knowledge.forecast(model, work, admission.taken(), admission.queued(), now);
    }

    /** Why it cannot be reached now, such as a tunnel that is down; null when nothing is known against it. */
    @Nullable
    String cutOff() {
        return cutOff.get();
    }

    /** An attempt begins to wait for it. */
    void opened(Attempt attempt) {
        running.add(attempt);
    }

    /** An attempt has ended. */
    void closed(Attempt attempt) {
        running.remove(attempt);
    }

    /** Ends the attempts that wait for it in vain, if it cannot be reached now. */
    void endIfCutOff() {
        String why = cutOff.get();
        if (why != null) {
            running.forEach(attempt -> attempt.cutOff(why));
        }
    }

    boolean isCircuitBlocking() {
        return circuit != null && circuit.isBlocking();
    }

    boolean isProbing() {
        return circuit != null && circuit.isProbing();
    }

    /** Lets a call in at once. Gives null, or the reason why not. */
    @Nullable
    String admit() {
        return admission.tryEnter() ? passCircuit() : busy();
    }

    /** Why nobody is let in now, in words. */
    String busy() {
        return "busy: " + admission.taken() + " calls are running and " + admission.queued()
                + " wait; the limits are max-in-flight and queue.size";
    }

    /** Lets a call in that has got a place already. Gives null; or the reason why not, and the place is given back. */
    @Nullable
    String passCircuit() {
        if (circuit != null && !circuit.tryEnter()) {
            admission.leave();
            return circuit.isProbing()
                    ? "the circuit is half open: another call is finding out whether it works again"
                    : CandidateOrder.CIRCUIT_OPEN;
        }
        requests.increment();
        return null;
    }

    /** The first token came; a backend that is on probation has passed then, however long its answer may be. */
    void firstToken(long nanos, boolean probe) {
        if (probe && circuit != null) {
            circuit.succeeded(nanos);
        }
    }

    /**
     * Ends what {@link #admit} began.
     *
     * @param nanos how long it took
     * @param failure null when it answered
     * @param passed whether a probe passed already, so that success has been noted
     */
    void leave(long nanos, @Nullable LlmException failure, boolean passed) {
        try {
            if (failure != null && failure.kind() != LlmException.Kind.CANCELLED) {
                failures.increment();
            }
            settle(nanos, failure, passed);
        } finally { // last, so that whoever waits for the place sees what became of the circuit
            admission.leave();
        }
    }

    private void settle(long nanos, @Nullable LlmException failure, boolean passed) {
        if (circuit == null) {
            return;
        }
        if (failure != null && isTrouble(failure.kind())) {
            circuit.failed(nanos, failure);
        } else if (!passed && failure == null) {
            circuit.succeeded(nanos);
        } else if (!passed) {
            circuit.neither();
        }
    }

    LlmStats.BackendStats stats() {
        long firstToken = knowledge.firstTokenNanos();
        return new LlmStats.BackendStats(
                info.id(),
                info.type(),
                info.endpoint(),
                info.zone(),
                circuit == null ? LlmStats.Circuit.CLOSED : circuit.state(),
                admission.taken(),
                admission.places(),
                admission.queued(),
                requests.sum(),
                failures.sum(),
                firstToken == 0 ? null : Duration.ofNanos(firstToken),
                knowledge.figures(),
                expenses.sum());
    }

    /** Whether a failure says something about the backend, rather than about the request. */
    private static boolean isTrouble(LlmException.Kind kind) {
        return switch (kind) {
            case UNREACHABLE, TIMEOUT, OVERLOADED, SERVER_ERROR, RESET, TRUNCATED, PROTOCOL, UNAUTHORIZED -> true;
            case MODEL_NOT_FOUND, REJECTED, PRIVACY, BUDGET, NO_BACKEND, INVALID_ANSWER, STEP_LIMIT, CANCELLED -> false;
        };
    }

    @Override
    public String toString() {
        return "BackendHandle[" + info.id() + "]";
    }
}

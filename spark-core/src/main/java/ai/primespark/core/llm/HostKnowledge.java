package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.RouteTrace.Readiness;
import ai.primespark.spi.BackendStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What was learned about one host, and what is expected of it because of that. Thread-safe; a forecast takes no lock and asks
 * nobody.
 */
final class HostKnowledge {

    private static final double NEWEST_WEIGHS = 0.3;

    private final RateBook book = new RateBook();
    private final Residency residency = new Residency();
    private final ColdLoads loads = new ColdLoads();

    /** How many calls give tokens at this moment. */
    private final AtomicInteger writing = new AtomicInteger();

    /** How many calls the host serves side by side: as many as it was seen to. */
    private final AtomicInteger lanes;

    /** Smoothed nanoseconds for which a call occupies a lane; 0 while not known. */
    private final AtomicLong service = new AtomicLong();

    /** Smoothed nanoseconds to the first token, whatever the model; 0 while not known. */
    private final AtomicLong firstToken = new AtomicLong();

    /**
     * Starts knowing nothing.
     *
     * @param zone where the host is: clouds serve many calls side by side, while a server at home may serve one
     * @param places how many calls may run there at once
     */
    HostKnowledge(Zone zone, int places) {
        this.lanes = new AtomicInteger(zone == Zone.CLOUD ? places : 1);
    }

    ColdLoads loads() {
        return loads;
    }

    /** The name by which a model is looked up. */
    String key(String model) {
        return book.resolve(model);
    }
    /** Whether the host said what a model can do, and that this is not among it. */
    boolean cannot(String model, String capability) {
        return residency.cannot(RateBook.key(model), capability);
    }

    /** Whether the host said lately what it has. */
    boolean hasStatus(long now) {
        return residency.hasStatus(now);
    }

    /** Smoothed nanoseconds to the first token, whatever the model; 0 while not known. */
    long firstTokenNanos() {
        return firstToken.get();
    }

    Readiness readiness(String key, Workload work, long now) {
        return residency.of(key, work.contextTokens(), book.find(key), now);
    }

    /** The digest of a model's content; empty when the host did not say, or not lately. */
    String digest(String model, long now) {
        return residency.digest(book.resolve(model), now);
    }

    /** The nanoseconds within which 95 of 100 calls gave their first token; negative while too few were seen. */
    long slowFirstToken(String model) {
        LearnedModel learned = book.find(book.resolve(model));
        return learned == null ? -1 : learned.firstTokens().slow();
    }

    /** How many tokens of a prompt a character makes. */
    double tokensPerChar(String model) {
        LearnedModel learned = book.find(book.resolve(model));
        return (learned == null ? ModelRates.NONE : learned.rates()).tokensPerChar();
    }

    /** How long a model's answers are, in tokens; 0 while not known. */
    long answerTokens(String model) {
        LearnedModel learned = book.find(book.resolve(model));
        return learned == null ? 0 : learned.answerTokens();
    }

    /** A model's answer had a length, in tokens. */
    void wrote(String model, long tokens) {
        LearnedModel learned = book.find(book.resolve(model));
        if (learned != null) {
            learned.wrote(tokens);
        }
    }

    /** Takes a status in; see {@link Residency#saw}. */
    void saw(BackendStatus status, long askedAt, Instant wallClock) {
        residency.saw(status, askedAt, wallClock);
    }

    /**
     * What to expect of a call.
     *
     * @param model its name there; empty for the default
     * @param work what there is to read
     * @param inFlight calls that run there
     * @param queued calls that wait for a place
     * @param now nano time
     */
    Forecast forecast(String model, Workload work, int inFlight, int queued, long now) {
        String key = book.resolve(model);
        LearnedModel learned = book.find(key);
        ModelRates rates = learned == null ? ModelRates.NONE : learned.rates();
        Readiness readiness = residency.of(key, work.contextTokens(), learned, now);
        double warm = rates.warmAged(work, now);
        boolean measured = warm >= 0;
        if (!measured) { // another model's figure is better than none
            warm = firstToken.get();
            measured = warm > 0;
        }
        double loading = loading(key, rates, readiness, now);
        int lanesThere = lanes.get();
        int before = inFlight + queued;
        double each = Math.max((double) service.get(), warm);
        double waiting = before < lanesThere ? 0 : (before - lanesThere + 1) * each / lanesThere;
        return new Forecast(
                model,
                readiness,
                measured,
                (long) (warm + loading + waiting),
                (long) waiting,
                (long) loading,
                inFlight,
                queued,
                residency.lacks(key, now));
    }

    private double loading(String key, ModelRates rates, Readiness readiness, long now) {
        ColdLoads.Load running = loads.find(key);
        if (running == null && readiness != Readiness.COLD) {
            return 0;
        }
        double whole = rates.load() > 0 ? rates.load() : residency.loadBySize(key);
        return running == null ? whole : Math.max(0, whole - (now - running.begunAt()));
    }

    /** Whether a call that comes now would be served at once, apart from those that are before it. */
    boolean hasLane(int before) {
        return before < lanes.get();
    }

    /**
     * A call's first token came.
     *
     * @param model the name that was asked for
     * @param nanos from the opening
     * @param running whether the call has not ended meanwhile; {@link #ended} follows then
     * @param learn whether the time says something about the host
     * @param now nano time
     */
    void began(String model, long nanos, Workload work, boolean running, boolean learn, long now) {
        if (running) {
            lanes.accumulateAndGet(writing.incrementAndGet(), Math::max);
        }
        if (learn) {
            smooth(firstToken, nanos);
            String key = book.resolve(model);
            book.of(key, now).began(nanos, work, now);
        }
    }

    /** A call that began has ended. */
    void ended() {
        writing.decrementAndGet();
    }

    /** A call was given up before its first token, which would have taken longer still. */
    void outrun(String model, long nanos, long now) {
        book.of(book.resolve(model), now).firstTokens().add(nanos);
    }

    /**
     * A call was answered.
     *
     * @param asked the model's name that was asked for; empty for the default
     * @param answered the model's name in the answer; empty when it does not say
     * @param ready whether the model was loaded, as far as was known when the call began
     * @param call what it showed
     */
    void answered(String asked, String answered, Readiness ready, ModelRates.Observation call) {
        if (asked.isEmpty() && !answered.isEmpty()) {
            book.usual(answered);
        }
        book.of(book.resolve(asked), call.at()).answered(call);
        double load = call.timings().load().toNanos();
        boolean measured = load > 0 || !call.timings().eval().isZero();
        if (ready == Readiness.COLD && call.led() && (measured ? load : call.firstToken()) < ModelRates.SHORTEST_LOAD) {
            residency.denied();
        }
        double busy = call.timings().promptEval().toNanos()
                + (double) call.timings().eval().toNanos();
        if (busy > 0) {
            smooth(service, (long) busy);
        } else if (call.alone() && !call.led()) {
            smooth(service, call.total());
        }
    }

    /** The figures, by model. */
    List<LlmStats.ModelFigures> figures() {
        List<LlmStats.ModelFigures> figures = new ArrayList<>();
        for (LearnedModel model : book.all()) {
            ModelRates rates = model.rates();
            figures.add(new LlmStats.ModelFigures(
                    model.name(),
                    rates.calls(),
                    duration((long) rates.load()),
                    perSecond(rates.promptToken()),
                    perSecond(rates.answerToken()),
                    duration(model.firstTokens().slow())));
        }
        return figures;
    }

    private static double perSecond(double nanosEach) {
        return nanosEach > 0 ? TimeUnit.SECONDS.toNanos(1) / nanosEach : 0;
    }

    private static @Nullable Duration duration(long nanos) {
        return nanos > 0 ? Duration.ofNanos(nanos) : null;
    }

    private static void smooth(AtomicLong smoothed, long newest) {
        smoothed.accumulateAndGet(
                Math.max(newest, 1),
                (old, now) -> old == 0 ? now : Math.max(1, (long) (old + NEWEST_WEIGHS * (now - old))));
    }
}

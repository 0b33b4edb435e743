package ai.primespark.core.llm.observe;

import ai.primespark.llm.Usage;
import ai.primespark.spi.Meters;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The meters of one backend's attempts, looked up once each. Thread-safe. */
public final class AttemptMeters {

    /** Further models are counted together. */
    static final int MOST_MODELS = 64;

    private static final String BACKEND = "backend";

    private final Meters meters;
    private final String backend;
    private final NameBound names;
    private final ConcurrentMap<String, Meters.Counter> outcomes = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, OfModel> models = new ConcurrentHashMap<>();

    /**
     * Makes them.
     *
     * @param meters where to count
     * @param backend the backend's id
     * @param configured models that are counted by themselves in any case, spelled as in {@link #tag}
     */
    public AttemptMeters(Meters meters, String backend, Set<String> configured) {
        this.meters = meters;
        this.backend = backend;
        this.names = new NameBound(configured, MOST_MODELS);
    }

    /**
     * The tag for a model.
     *
     * @param model its name there in one spelling; empty when it is not known
     * @return one of a small set
     */
    String tag(String model) {
        return names.of(model);
    }

    /** An attempt has ended. */
    void ended(String outcome) {
        Meters.Counter counter = outcomes.get(outcome);
        if (counter == null) {
            counter = outcomes.computeIfAbsent(
                    outcome, o -> meters.counter("spark.llm.attempts", BACKEND, backend, "outcome", o));
        }
        counter.increment();
    }

    /** An attempt gave a token. */
    void firstToken(String tag, long nanos) {
        of(tag).firstToken.record(Duration.ofNanos(nanos));
    }

    /** The server said what it counted. */
    void used(String tag, Usage usage) {
        if (usage.promptTokens() > 0) {
            of(tag).prompt.add((double) usage.promptTokens());
        }
        if (usage.answerTokens() > 0) {
            of(tag).answer.add((double) usage.answerTokens());
        }
    }

    private OfModel of(String tag) {
        OfModel known = models.get(tag);
        return known != null ? known : models.computeIfAbsent(tag, OfModel::new);
    }

    private final class OfModel {

        private final Meters.Timer firstToken;
        private final Meters.Counter prompt;
        private final Meters.Counter answer;

        private OfModel(String tag) {
            this.firstToken = meters.timer("spark.llm.first.token", BACKEND, backend, "model", tag);
            this.prompt = tokens(tag, "prompt");
            this.answer = tokens(tag, "answer");
        }

        private Meters.Counter tokens(String tag, String direction) {
            return meters.counter("spark.llm.tokens", BACKEND, backend, "model", tag, "direction", direction);
        }
    }
}

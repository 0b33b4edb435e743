package ai.primespark.core.llm.observe;

import ai.primespark.event.SparkEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Privacy;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Follows the calls of one engine for observations, log lines and events. Thread-safe. */
public final class CallReports {

    /** What is said where there is nothing to say: the tags of all spans of one name must be the same. */
    static final String NONE = "none";

    private final Spans spans;
    private final PromptLog prompts;
    private final InstantSource clock;
    private final Consumer<SparkEvent> events;
    private final NameBound models = new NameBound(Set.of(), AttemptMeters.MOST_MODELS);

    /**
     * Makes one.
     *
     * @param spans makes observations
     * @param logPrompts whether prompts and answers may be logged
     * @param clock the wall clock
     * @param events gets what happens; must not block
     */
    public CallReports(Spans spans, boolean logPrompts, InstantSource clock, Consumer<SparkEvent> events) {
        this.spans = spans;
        this.prompts = new PromptLog(logPrompts);
        this.clock = clock;
        this.events = events;
    }

    /**
     * A call is opened, on this thread.
     *
     * @param requestId its id
     * @param model the logical model in one spelling; empty for the usual one
     * @param request what is asked
     * @return follows it
     */
    public CallWatch call(String requestId, String model, LlmRequest request) {
        CallWatch watch = watch("spark.llm.call", requestId, model, request.privacy(), "chat");
        prompts.asked(requestId, request);
        return watch;
    }

    /**
     * Texts are turned into vectors, on this thread.
     *
     * @param requestId the id
     * @param model the logical model in one spelling; empty for the usual one
     * @param privacy how far the texts may travel
     * @return follows it
     */
    public CallWatch embedding(String requestId, String model, Privacy privacy) {
        return watch("spark.llm.embed", requestId, model, privacy, "embeddings");
    }

    private CallWatch watch(String name, String requestId, String model, Privacy privacy, String operation) {
        Span span = Span.NONE;
        if (spans.enabled()) {
            String tag = models.of(model);
            span = spans.begin(
                    name,
                    (operation.equals("chat") ? "llm call " : "llm embed ") + tag,
                    null,
                    "spark.model",
                    tag,
                    "spark.privacy",
                    privacy.name().toLowerCase(Locale.ROOT));
            span.note("spark.request", requestId);
        }
        return new CallWatch(this, requestId, privacy, operation, span);
    }

    /**
     * A run with tools begins, on this thread.
     *
     * @return to be ended by {@link #runEnded}
     */
    public Span run() {
        return spans.begin("spark.llm.run", "llm run", null);
    }

    /**
     * A run with tools has ended.
     *
     * @param run from {@link #run()}
     * @param steps how many answers there were
     * @param error null when it was answered
     */
    public void runEnded(Span run, int steps, LlmException.@Nullable Kind error) {
        String outcome = error == null ? "answered" : CallMeters.name(error);
        run.tag("spark.outcome", outcome);
        run.tag("error.type", errorType(error));
        run.note("spark.steps", Integer.toString(steps));
        run.end(error);
    }

    Spans spans() {
        return spans;
    }

    PromptLog prompts() {
        return prompts;
    }

    void failedOver(String requestId, String from, String to, LlmException.Kind reason, int charsDelivered) {
        events.accept(new SparkEvent.CallFailedOver(clock.instant(), requestId, from, to, reason, charsDelivered));
    }

    /** What an observer is told about a failure: cancelling is none. */
    static String errorType(LlmException.@Nullable Kind error) {
        return error == null || error == LlmException.Kind.CANCELLED ? NONE : CallMeters.name(error);
    }
}

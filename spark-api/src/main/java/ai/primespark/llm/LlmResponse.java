package ai.primespark.llm;

import ai.primespark.Zone;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A whole answer. Immutable; {@link #toString()} never shows the text.
 *
 * @param text the answer
 * @param thinking the model's reasoning; empty when there is none
 * @param toolCalls what the model asks for; {@link FinishReason#TOOL_CALLS} when not empty
 * @param finish why it ended
 * @param backend id of the backend that answered
 * @param zone where that backend is
 * @param model the model that answered, by its name there; empty when the backend has only one
 * @param usage tokens
 * @param timings the server's own measures
 * @param sources what the answer quotes; empty for models
 * @param trace how the answer came about
 */
public record LlmResponse(
        String text,
        String thinking,
        List<ToolInvocation> toolCalls,
        FinishReason finish,
        String backend,
        Zone zone,
        String model,
        Usage usage,
        Timings timings,
        List<Source> sources,
        RouteTrace trace) {

    /** Copies the lists. */
    public LlmResponse {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(thinking, "thinking");
        Objects.requireNonNull(finish, "finish");
        Objects.requireNonNull(backend, "backend");
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(timings, "timings");
        Objects.requireNonNull(trace, "trace");
        toolCalls = List.copyOf(toolCalls);
        sources = List.copyOf(sources);
    }

    /**
     * Where it comes from: a model that was asked now, or one of the ways that are left when none can be.
     *
     * @return {@link AnswerSource#LIVE} unless the trace says otherwise
     */
    public AnswerSource answerSource() {
        return trace.answerSource().orElse(AnswerSource.LIVE);
    }

    /**
     * Whether it was given before: to the very same request, or to a similar one when {@link #answerSource()} says so.
     *
     * @return true when from the cache
     */
    public boolean cached() {
        return trace.cached();
    }

    /**
     * Whether it comes from the cache although it is over its time, or its model was replaced, because nothing could answer.
     *
     * @return true when stale
     */
    public boolean stale() {
        return trace.stale();
    }

    /**
     * Whether no model answered, and it was put together from what is stored.
     *
     * @return true when degraded
     */
    public boolean degraded() {
        return trace.degraded();
    }

    /**
     * How similar the question is to which it was given, if that is another one than was asked. Only with the semantic cache,
     * which is off unless you turn it on; worth showing to whoever asked.
     *
     * @return up to 1; empty for an answer to the question itself
     */
    public OptionalDouble similarity() {
        Double similarity = trace.similarity();
        return similarity == null ? OptionalDouble.empty() : OptionalDouble.of(similarity);
    }

    /**
     * What it cost, attempts that failed included.
     *
     * @return in the currency of the configured prices; empty when no backend that was asked has a price
     */
    public OptionalDouble cost() {
        return trace.cost();
    }

    /**
     * What it took from this machine's plug, beyond what the machine draws anyway.
     *
     * @return empty when nothing was measured; see {@link RouteTrace#energy()}
     */
    public Optional<Energy> energy() {
        return trace.energy();
    }

    /**
     * A copy with another trace.
     *
     * @param newTrace the trace
     * @return the copy
     */
    public LlmResponse withTrace(RouteTrace newTrace) {
        return new LlmResponse(
                text, thinking, toolCalls, finish, backend, zone, model, usage, timings, sources, newTrace);
    }

    @Override
    public String toString() { // an answer is private data
        return "LlmResponse[" + text.length() + " chars, " + finish + ", backend=" + backend + ", model=" + model + "]";
    }
}

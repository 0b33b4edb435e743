package ai.primespark.core.llm.observe;

import ai.primespark.llm.LlmException;
import ai.primespark.llm.Usage;
import ai.primespark.spi.BackendInfo;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows one attempt. For the thread that ends it. */
public final class AttemptWatch {

    private static final Logger log = LoggerFactory.getLogger(CallWatch.LOG);

    private final CallWatch call;
    private final BackendInfo backend;
    private final AttemptMeters meters;
    private final Span span;

    AttemptWatch(CallWatch call, BackendInfo backend, AttemptMeters meters, Span span) {
        this.call = call;
        this.backend = backend;
        this.meters = meters;
        this.span = span;
    }

    /**
     * How an attempt ended.
     *
     * @param model the model's name there in one spelling; empty when it never became known
     * @param nanos how long it took
     * @param firstTokenNanos until the first token; negative when none came
     * @param chars text that it delivered
     * @param error null when it answered
     * @param outrun whether it was broken off because another one was sooner
     * @param answer what the server said of its answer
     */
    public record Ending(
            String model,
            long nanos,
            long firstTokenNanos,
            int chars,
            LlmException.@Nullable Kind error,
            boolean outrun,
            Answer answer) {}

    /**
     * What a server said of its answer.
     *
     * @param model the model that answered, in its own words; empty when it did not say
     * @param finish why the answer ended; empty when it did not say
     * @param usage tokens
     */
    public record Answer(String model, String finish, Usage usage) {

        /** It said nothing. */
        public static final Answer NONE = new Answer("", "", Usage.NONE);
    }

    /**
     * Makes the attempt what this thread does, for what a backend observes by itself.
     *
     * @return to be closed by the same thread
     */
    public Span.Scope enter() {
        return span.enter();
    }

    /**
     * The attempt has ended. To be called once.
     *
     * @param ending how
     */
    public void ended(Ending ending) {
        String outcome =
                ending.error() == null ? "answered" : ending.outrun() ? "outrun" : CallMeters.name(ending.error());
        count(ending, outcome);
        if (log.isDebugEnabled()) {
            log(ending, outcome);
        }
        if (ending.error() != null && ending.error() != LlmException.Kind.CANCELLED) {
            call.failed(backend.id(), ending.error(), ending.chars());
        }
        if (span != Span.NONE) {
            observe(ending, outcome);
        }
    }

    private void count(Ending ending, String outcome) {
        meters.ended(outcome);
        Usage usage = ending.answer().usage();
        if (ending.firstTokenNanos() >= 0 || usage.promptTokens() + usage.answerTokens() > 0) {
            String tag = meters.tag(ending.model());
            if (ending.firstTokenNanos() >= 0) {
                meters.firstToken(tag, ending.firstTokenNanos());
            }
            meters.used(tag, usage);
        }
    }

    private void log(Ending ending, String outcome) {
        String before = RequestMdc.enter(call.requestId());
        try {
            Usage usage = ending.answer().usage();
            log.debug(
                    "call {}: backend '{}' ({}): {} after {} ms; first token {}, {} + {} tokens",
                    call.requestId(),
                    backend.id(),
                    ending.model(),
                    outcome,
                    ending.nanos() / 1_000_000,
                    ending.firstTokenNanos() < 0
                            ? "never came"
                            : "after " + ending.firstTokenNanos() / 1_000_000 + " ms",
                    usage.promptTokens(),
                    usage.answerTokens());
        } finally {
            RequestMdc.leave(before);
        }
    }

    private void observe(Ending ending, String outcome) {
        Answer answer = ending.answer();
        span.tag("spark.outcome", outcome);
        span.tag("error.type", CallReports.errorType(ending.error()));
        if (!answer.model().isEmpty()) {
            span.note("gen_ai.response.model", answer.model());
        }
        if (!answer.finish().isEmpty()) {
            span.note("gen_ai.response.finish_reasons", answer.finish().toLowerCase(Locale.ROOT));
        }
        if (answer.usage().promptTokens() > 0) {
            span.note("gen_ai.usage.input_tokens", Long.toString(answer.usage().promptTokens()));
        }
        if (answer.usage().answerTokens() > 0) {
            span.note("gen_ai.usage.output_tokens", Long.toString(answer.usage().answerTokens()));
        }
        if (ending.firstTokenNanos() >= 0) {
            span.note("spark.first_token_ms", Long.toString(ending.firstTokenNanos() / 1_000_000));
        }
        span.end(ending.error());
    }
}

package ai.primespark.core.llm.observe;

import ai.primespark.Zone;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Usage;
import ai.primespark.spi.BackendInfo;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows one call. Thread-safe. */
public final class CallWatch {

    /** The log with one line for each attempt and each call, at DEBUG. */
    static final String LOG = "ai.primespark.llm.calls";

    private static final Logger log = LoggerFactory.getLogger(LOG);

    private final CallReports reports;
    private final String requestId;
    private final Privacy privacy;
    private final String operation;
    private final Span span;
    private final AtomicReference<@Nullable Failed> lastFailed = new AtomicReference<>();

    private record Failed(String backend, LlmException.Kind kind, int chars) {}

    CallWatch(CallReports reports, String requestId, Privacy privacy, String operation, Span span) {
        this.reports = reports;
        this.requestId = requestId;
        this.privacy = privacy;
        this.operation = operation;
        this.span = span;
    }

    /**
     * The id of the call, in logs, traces and events.
     *
     * @return the id
     */
    public String requestId() {
        return requestId;
    }

    /**
     * A backend is asked.
     *
     * @param backend which
     * @param meters its meters
     * @param model the model's name there in one spelling; empty for its default
     * @return follows it; to be told exactly once how it ended
     */
    public AttemptWatch attempt(BackendInfo backend, AttemptMeters meters, String model) {
        adopted(backend);
        Span child = Span.NONE;
        if (reports.spans().enabled()) {
            String tag = meters.tag(model);
            child = reports.spans()
                    .begin(
                            "spark.llm.attempt",
                            operation + ' ' + tag,
                            span,
                            "gen_ai.operation.name",
                            operation,
                            "gen_ai.provider.name",
                            backend.type(),
                            "gen_ai.request.model",
                            tag,
                            "spark.backend",
                            backend.id(),
                            "spark.zone",
                            zone(backend.zone()));
            child.note("spark.request", requestId);
        }
        return new AttemptWatch(this, backend, meters, child);
    }

    /**
     * A backend is asked, or goes on that was asked already: it stands in for one that has failed, if there is one.
     *
     * @param backend which
     */
    public void adopted(BackendInfo backend) {
        Failed before = lastFailed.getAndSet(null);
        if (before != null && !before.backend.equals(backend.id())) {
            reports.failedOver(requestId, before.backend, backend.id(), before.kind, before.chars);
        }
    }

    /** A backend has failed: whoever is asked next stands in for it. */
    void failed(String backend, LlmException.Kind kind, int chars) {
        lastFailed.set(new Failed(backend, kind, chars));
    }

    /**
     * The call has ended. To be called once.
     *
     * @param trace how it went
     * @param answer the answer; null when there is none, and for vectors
     * @param error null when it was answered
     */
    public void ended(RouteTrace trace, @Nullable LlmResponse answer, LlmException.@Nullable Kind error) {
        String outcome = CallMeters.outcome(trace, error);
        if (log.isDebugEnabled()) {
            String before = RequestMdc.enter(requestId);
            try {
                Usage usage = answer == null ? Usage.NONE : answer.usage();
                log.debug(
                        "call {}: {}{} after {} ms; {} attempts, {} skipped, {} + {} tokens",
                        requestId,
                        outcome,
                        answer == null ? "" : " by '" + answer.backend() + "' (" + answer.model() + ")",
                        trace.total().toMillis(),
                        trace.attempts().size(),
                        trace.skipped().size(),
                        usage.promptTokens(),
                        usage.answerTokens());
            } finally {
                RequestMdc.leave(before);
            }
        }
        if (answer != null) {
            reports.prompts().answered(requestId, privacy, answer);
        }
        if (span == Span.NONE) {
            return;
        }
        RouteTrace.Attempt last = trace.attempts().isEmpty()
                ? null
                : trace.attempts().get(trace.attempts().size() - 1);
        boolean known = answer != null || error == null && last != null;
        String backend = answer != null ? answer.backend() : known && last != null ? last.backend() : CallReports.NONE;
        Zone zone = answer != null ? answer.zone() : known && last != null ? last.zone() : null;
        span.tag("spark.strategy", trace.strategy());
        span.tag("spark.outcome", outcome);
        span.tag("spark.backend", backend);
        span.tag("spark.zone", zone == null ? CallReports.NONE : zone(zone));
        span.tag("error.type", CallReports.errorType(error));
        span.note("spark.attempts", Integer.toString(trace.attempts().size()));
        span.end(error);
    }

    private static String zone(Zone zone) {
        return zone.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return "CallWatch[" + requestId + "]";
    }
}

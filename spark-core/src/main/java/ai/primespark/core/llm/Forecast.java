package ai.primespark.core.llm;

import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.RouteTrace.Readiness;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is expected of a host for one request, as things stand at one moment. Immutable.
 *
 * @param model the model's name there
 * @param readiness whether it is loaded
 * @param measured whether anything was learned from calls; without, {@code nanos} counts only what is known anyway
 * @param nanos to the first token, waiting and loading included
 * @param waiting the part of it for calls that are before
 * @param loading the part of it for loading
 * @param inFlight calls that run there
 * @param queued calls that wait for a place there
 * @param lacking whether the host said that it does not have the model
 */
record Forecast(
        String model,
        Readiness readiness,
        boolean measured,
        long nanos,
        long waiting,
        long loading,
        int inFlight,
        int queued,
        boolean lacking) {

    /** Nanoseconds to the first token for comparing hosts; negative when nothing is known. */
    long comparable() {
        return measured ? nanos : -1;
    }

    @Nullable
    Duration expected() {
        return measured ? Duration.ofNanos(nanos) : null;
    }

    RouteTrace.Candidate candidate(BackendHandle backend) {
        return new RouteTrace.Candidate(backend.id(), backend.zone(), model, readiness, inFlight, queued, expected());
    }

    /** In words, for a trace. */
    String words() {
        if (lacking) {
            return "does not list the model";
        }
        String ready = readiness == Readiness.COLD ? ", the model must be loaded" : "";
        if (!measured) {
            return "not measured yet" + ready;
        }
        return "first token expected after " + nanos / 1_000_000 + " ms, " + (inFlight + queued) + " calls before"
                + ready;
    }
}

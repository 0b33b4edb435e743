package ai.primespark.agent.http;

import ai.primespark.spi.RemoteAgent.Outcome;
import ai.primespark.spi.http.HttpFailures;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What an agent says of work that it has accepted: the body of a callback, and of the answer to a question for it.
 *
 * @param state where the work is
 * @param fence the attempt that is meant; empty when it does not say
 * @param progress 0 to 1, NaN when it does not say
 * @param note for people; may be empty
 * @param output a piece of what the work produces; may be empty
 * @param result JSON, or null for none
 * @param error why it failed; may be empty
 * @param retryable whether another attempt may succeed
 */
record Report(
        State state,
        OptionalLong fence,
        double progress,
        String note,
        String output,
        byte @Nullable [] result,
        String error,
        boolean retryable) {

    /** Where the work is. */
    enum State {
        RUNNING,
        DONE,
        FAILED
    }

    /** Reads one; empty when it is none. */
    static Optional<Report> read(byte[] body) {
        return Json.read(body).flatMap(Report::of);
    }

    private static Optional<Report> of(JsonNode node) {
        State state = switch (node.path("status").asText()) {
            case "running" -> State.RUNNING;
            case "done" -> State.DONE;
            case "failed" -> State.FAILED;
            default -> null;
        };
        JsonNode fence = node.path("fence");
        JsonNode progress = node.path("progress");
        if (state == null
                || !(fence.isMissingNode() || fence.canConvertToLong())
                || !(progress.isMissingNode() || progress.isNumber())) {
            return Optional.empty();
        }
        JsonNode result = node.path("result");
        return Optional.of(new Report(
                state,
                fence.isMissingNode() ? OptionalLong.empty() : OptionalLong.of(fence.asLong()),
                progress.isMissingNode() ? Double.NaN : Math.min(1, Math.max(0, progress.asDouble())),
                HttpFailures.clip(node.path("note").asText("")),
                node.path("output").asText(""),
                result.isMissingNode() || result.isNull() ? null : Json.write(result),
                HttpFailures.clip(node.path("error").asText("")),
                node.path("retryable").asBoolean(true)));
    }

    boolean isOver() {
        return state != State.RUNNING;
    }

    boolean isAbout(long other) {
        return fence.isEmpty() || fence.getAsLong() == other;
    }

    /** How the attempt ended, as the agent says. */
    Outcome outcome() {
        return switch (state) {
            case DONE -> new Outcome.Done(result);
            case FAILED -> new Outcome.Failed(error.isEmpty() ? "the agent says that it failed" : error, retryable);
            case RUNNING -> throw new IllegalStateException("it is not over");
        };
    }

    /** The words of an error's body: a JSON object with them, or plain text. */
    static String words(byte[] body) {
        Optional<JsonNode> json = Json.read(body);
        if (json.isPresent()) {
            for (String name : new String[] {"error", "detail", "message"}) {
                if (json.get().path(name).isTextual()) {
                    return HttpFailures.clip(json.get().path(name).asText());
                }
            }
            return "";
        }
        String text = new String(body, 0, Math.min(body.length, HttpFailures.MAX_BODY), StandardCharsets.UTF_8);
        return text.startsWith("<") ? "" : HttpFailures.clip(text); // an HTML page of some proxy says nothing
    }

    @Override
    public String toString() { // without what the work produced
        return "Report[" + state + ", fence " + fence + "]";
    }
}

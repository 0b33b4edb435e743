package ai.primespark.llm;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of one invocation of a tool. Immutable; {@link #toString()} never shows arguments or content.
 *
 * @param invocation what the model asked for
 * @param outcome how it went
 * @param content what the model is told
 * @param duration how long the tool ran; zero when it was not run
 * @param failure what the tool threw, for the application's eyes; null when it threw nothing. The model never sees it
 */
public record ToolResult(
        ToolInvocation invocation,
        Outcome outcome,
        String content,
        Duration duration,
        @Nullable Exception failure) {

    /** How an invocation went. */
    public enum Outcome {
        /** The tool did its work. */
        DONE,
        /** The tool threw something. */
        FAILED,
        /** The tool took longer than it may. */
        TIMED_OUT,
        /** The application did not allow the call; the tool was not run. */
        DENIED,
        /** There is no such tool. */
        UNKNOWN_TOOL,
        /** The arguments do not fit the tool's schema; it was not run. */
        BAD_ARGUMENTS,
        /** The model asked for too many calls at once; this one was not run. */
        TOO_MANY
    }

    /** Refuses nulls. */
    public ToolResult {
        Objects.requireNonNull(invocation, "invocation");
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(content, "content");
        Objects.requireNonNull(duration, "duration");
    }

    /**
     * What the tool threw.
     *
     * @return empty when it threw nothing
     */
    public Optional<Exception> thrown() {
        return Optional.ofNullable(failure);
    }

    @Override
    public String toString() { // what a tool found is private data
        return "ToolResult[" + invocation.name() + ", " + outcome + ", " + content.length() + " chars]";
    }
}

package ai.primespark.benchmarks.llm;

import ai.primespark.benchmarks.llm.Client.Answer;
import org.jspecify.annotations.Nullable;

/**
 * What came of a call.
 *
 * @param answer what the library took for an answer, if it did
 * @param failure what it failed with, if it did
 * @param endings how often it told an end
 * @param millis until the first end; as long as was waited when there was none
 * @param delivered characters that were told piece by piece
 * @param serverHeld whether the server still kept the connection when the watching ended
 * @param firstAsked how often the server was asked
 * @param secondAsked how often the backup was
 * @param cancellable false when the caller wanted to cancel and could not
 * @param closedMicros microseconds from cancelling, or from the end, until the server saw the connection closed; negative when it did not
 */
record Observation(
        @Nullable Answer answer,
        @Nullable Throwable failure,
        int endings,
        long millis,
        int delivered,
        boolean serverHeld,
        int firstAsked,
        int secondAsked,
        boolean cancellable,
        long closedMicros) {

    boolean ended() {
        return endings > 0;
    }
}

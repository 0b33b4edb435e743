package ai.primespark.it.agents;

/**
 * One thing that a process of a test said it did or was told. Times are of the machine's monotonic clock, which all processes share.
 *
 * @param kind what
 * @param task the task's id
 * @param fence the attempt's; for {@link Kind#ENDED} the process that was told; otherwise 0
 * @param at when, in nanoseconds; for what the queue was asked, when it had answered
 * @param word what else there is: the cancellation's outcome, whether an effect was let in, the final state
 */
record TaskEvidence(Kind kind, String task, long fence, long at, String word) {

    enum Kind {
        /** The queue took the task; {@link #word} is its priority if it was ready at once. */
        ACKED,
        /** The task is to run after the one named by {@link #word}, and is cancelled if that one ends otherwise than well. */
        AFTER,
        /** Somebody is about to cancel it, and may be killed before the answer. */
        ASKED,
        /** The queue answered a cancellation with {@link #word}. */
        CANCELLED,
        /** A handler began. */
        START,
        /** A handler wrote something elsewhere under its fence; {@link #word} says whether it was let in. */
        EFFECT,
        /** A handler returned its result, which is its fence. */
        RETURN,
        /** A handler heeded a cancellation; {@link #word} is the reason. */
        STOPPED,
        /** Somebody who follows the queue was told that the task is over; {@link #word} is the state. */
        ENDED
    }

    /** The line that a process prints; a kill may cut it, so it has a mark at its end. */
    String line() {
        return "evidence " + kind + " " + task + " " + fence + " " + at + " " + word + " .";
    }

    /** Reads a line, or answers null for what is no whole evidence. */
    static TaskEvidence parse(String line) {
        String[] words = line.split(" ");
        if (words.length != 7 || !words[0].equals("evidence") || !words[6].equals(".")) {
            return null;
        }
        return new TaskEvidence(
                Kind.valueOf(words[1]), words[2], Long.parseLong(words[3]), Long.parseLong(words[4]), words[5]);
    }
}

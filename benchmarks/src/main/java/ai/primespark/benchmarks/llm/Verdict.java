package ai.primespark.benchmarks.llm;

import ai.primespark.benchmarks.llm.Client.Answer;
import ai.primespark.llm.LlmException;
import java.util.List;
import java.util.Locale;

/**
 * What an observation means.
 *
 * @param right whether the contract is kept
 * @param words for the table
 */
record Verdict(boolean right, String words) {

    private static final long SLOW_MILLIS = 1_000;
    private static final long CLOSED_MICROS = 100_000;

    /** Whose failures count as typed: those that are a library's own. */
    private static final List<String> OWN =
            List.of("ai.primespark.", "dev.langchain4j.", "org.springframework.", "io.github.ollama4j.");

    static Verdict of(Fault fault, Observation seen) {
        Verdict verdict = fault.expected() == Fault.Expected.CLOSED ? closed(fault, seen) : ended(fault, seen);
        return seen.endings() > 1 ? wrong(verdict.words + ", " + seen.endings() + " ends") : verdict;
    }

    private static Verdict closed(Fault fault, Observation seen) {
        if (fault.cancel() == Fault.Cancel.AT_BACKUP && seen.secondAsked() == 0) {
            return wrong("backup not asked");
        }
        if (seen.firstAsked() == 0) {
            return wrong("not asked");
        }
        if (!seen.cancellable()) {
            return wrong("no way to cancel");
        }
        return seen.closedMicros() < 0
                ? wrong("never closed")
                : new Verdict(seen.closedMicros() <= CLOSED_MICROS, "closed after " + millis(seen) + " ms");
    }

    private static Verdict ended(Fault fault, Observation seen) {
        if (!seen.ended()) {
            return wrong(seen.serverHeld() ? "hangs > " + Trial.WATCHED.toSeconds() + " s" : "no terminal event");
        }
        return seen.answer() == null ? failed(fault, seen) : answered(fault, seen, seen.answer());
    }

    private static Verdict answered(Fault fault, Observation seen, Answer answer) {
        return switch (fault.expected()) {
            case ANSWER, EITHER -> text(fault, answer);
            case CUT_ANSWER ->
                !answer.text().equals(Fault.TEXT)
                        ? wrong("wrong text")
                        : answer.finish().equals("length") ? right("ok") : wrong("passes for complete");
            case TOOL_CALL ->
                answer.tools().equals(List.of("clock"))
                        ? right("ok")
                        : wrong("success (wrong): " + answer.tools().size() + " tool calls");
            case LONG_ANSWER -> answer.text().length() == 2_000_000 ? right("ok") : wrong("wrong text");
            case CUT_OFF ->
                !answer.finish().equals("length")
                        ? wrong("success (wrong)")
                        : seen.closedMicros() < 0
                                ? wrong("cut, never closed")
                                : right("cut, closed after " + millis(seen) + " ms");
            default -> wrong("success (wrong)");
        };
    }

    private static Verdict text(Fault fault, Answer answer) {
        boolean whole = answer.text().equals(Fault.TEXT)
                || fault.expected() == Fault.Expected.EITHER && answer.text().length() == 9_000_000;
        return whole ? right("ok") : wrong("success (wrong): other text");
    }

    private static Verdict failed(Fault fault, Observation seen) {
        Throwable failure = seen.failure();
        boolean typed = OWN.stream().anyMatch(failure.getClass().getName()::startsWith);
        String words = (typed ? "typed error (" : "untyped error (") + name(failure) + ")"
                + (seen.millis() > SLOW_MILLIS
                        ? String.format(Locale.ROOT, " after %.1f s", seen.millis() / 1000.0)
                        : "");
        return switch (fault.expected()) {
            case FAILURE, EITHER -> new Verdict(typed, words);
            case FAILURE_AT_ONCE ->
                seen.firstAsked() > 1
                        ? wrong(words + ", asked " + seen.firstAsked() + " times")
                        : new Verdict(typed, words);
            case CUT_OFF -> seen.closedMicros() < 0 ? wrong(words + ", never closed") : new Verdict(typed, words);
            default -> wrong(words + (fault.second() != null && seen.secondAsked() == 0 ? ", backup not asked" : ""));
        };
    }

    private static String name(Throwable failure) {
        if (!(failure instanceof LlmException ours)) {
            return failure.getClass().getSimpleName();
        }
        // after the only backend failed, its failure is the cause of there being none
        return ours.kind() + (ours.getCause() instanceof LlmException cause ? ": " + cause.kind() : "");
    }

    private static String millis(Observation seen) {
        return String.valueOf((seen.closedMicros() + 500) / 1000);
    }

    private static Verdict right(String words) {
        return new Verdict(true, words);
    }

    private static Verdict wrong(String words) {
        return new Verdict(false, words);
    }
}

package ai.primespark.core.llm.semantic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A way to ask: words at the beginning of a question, and perhaps some at its end. "What does … mean" asks for the meaning.
 *
 * @param means the kind of question, and words that it comes to besides
 * @param head at the beginning; empty for what only ends
 * @param tail at the end; empty for most
 */
record Frame(List<String> means, List<String> head, List<String> tail) {

    /** Copies the lists. */
    Frame {
        means = List.copyOf(means);
        head = List.copyOf(head);
        tail = List.copyOf(tail);
    }

    /** Reads "head ~ tail". */
    static Frame of(List<String> means, String phrase) {
        List<String> words = Arrays.asList(phrase.strip().split("\\s+"));
        int gap = words.indexOf("~");
        return gap < 0
                ? new Frame(means, words, List.of())
                : new Frame(means, words.subList(0, gap), words.subList(gap + 1, words.size()));
    }

    int length() {
        return head.size() + tail.size();
    }

    /** Whether a question is asked this way, and there is something that it asks about. */
    boolean fits(List<Token> question) {
        int rest = question.size() - length();
        return rest > 0 && at(question, 0, head) && at(question, question.size() - tail.size(), tail);
    }

    /** What it asks about. */
    List<Token> rest(List<Token> question) {
        return new ArrayList<>(question.subList(head.size(), question.size() - tail.size()));
    }

    private static boolean at(List<Token> question, int from, List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            if (!question.get(from + i).is(words.get(i))) {
                return false;
            }
        }
        return true;
    }
}

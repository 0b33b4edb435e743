package ai.primespark.core.llm.semantic;

import java.util.Objects;

/**
 * What a question asks, as far as reading its words can tell. Only questions with equal {@link #facts()} may share an answer.
 *
 * @param facts the language, what kind of answer is wanted, and in their order all words, numbers, names and quotations but those
 *     that mean nothing here; synonyms and inflections of a short list count as one
 * @param gist the ordinary words among them. Questions of the same gist and other facts look alike and ask for something else
 */
public record Question(String facts, String gist) {

    /** Refuses nulls. */
    public Question {
        Objects.requireNonNull(facts, "facts");
        Objects.requireNonNull(gist, "gist");
    }

    @Override
    public String toString() { // a prompt is private data
        return "Question[" + facts.length() + " chars of facts]";
    }
}

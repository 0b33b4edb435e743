package ai.primespark.core.llm.semantic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a question asks, so that two can be told apart that an embedding model finds alike. Compares text only; pure and
 * thread-safe.
 *
 * <p>Two questions agree when, in the same language, they want the same kind of answer (who, when, where, how many, whether …) and
 * have the same words in the same order, politeness, articles and ways of asking aside. So numbers, dates, units, negations, names,
 * quotations, addresses, code, and words with an opposite are the same too, and so is everything that no list foresees. What is
 * different in wording only is known from lists for English, German, French and Spanish. In other languages, questions agree only
 * when they differ in nothing but case and punctuation.
 *
 * <p>In doubt, a question agrees with none: when it is long, since embedding models read only the beginning; when it brings material
 * along or asks about wording; and when it depends on what day it is.
 */
public final class Guard {

    /** The longest question that is compared: some embedding models read no more than 256 tokens. */
    public static final int MAX_CHARS = 600;

    private static final String UNKNOWN = "und";
    private static final List<Lexicon> LEXICONS =
            List.of(Lexicon.load("en"), Lexicon.load("de"), Lexicon.load("fr"), Lexicon.load("es"));

    private Guard() {}

    /**
     * Reads a question.
     *
     * @param text as somebody asked it
     * @return what it asks; empty when it must not be compared with any other
     */
    public static Optional<Question> read(String text) {
        if (text.length() > MAX_CHARS) {
            return Optional.empty();
        }
        String normalised = Tokens.normalised(text);
        if (normalised.chars().anyMatch(c -> Character.isISOControl(c))) {
            return Optional.empty(); // several lines bring material along
        }
        List<Token> tokens = Tokens.of(normalised);
        if (tokens.stream().anyMatch(t -> t.isExact() && t.text().endsWith(":"))) {
            return Optional.empty(); // so does what comes after a colon
        }
        Lexicon lexicon = language(tokens);
        Optional<Question> question = lexicon == null ? literal(tokens) : new Reading(lexicon).of(tokens);
        return question.filter(q -> !q.facts().endsWith("\n"));
    }

    /** The language that most words are typical of; null when there is none, or no single one. */
    private static @Nullable Lexicon language(List<Token> tokens) {
        int[] counts = new int[LEXICONS.size()];
        for (Token token : tokens) {
            String lower = token.isExact() ? "" : token.text().toLowerCase(Locale.ROOT);
            int apostrophe = lower.indexOf('\'');
            for (int i = 0; i < counts.length; i++) {
                Lexicon lexicon = LEXICONS.get(i);
                if (apostrophe < 0) {
                    counts[i] += lexicon.isTypical(lower) ? 1 : 0;
                } else { // what's, l'auteur
                    counts[i] += lexicon.isTypical(lower.substring(0, apostrophe)) ? 1 : 0;
                    counts[i] += lexicon.isTypical(lower.substring(0, apostrophe + 1)) ? 1 : 0;
                    counts[i] += lexicon.isTypical(lower.substring(apostrophe + 1)) ? 1 : 0;
                }
            }
        }
        int best = 0;
        for (int i = 1; i < counts.length; i++) {
            best = counts[i] > counts[best] ? i : best;
        }
        int most = counts[best];
        boolean shared = most == 0
                || Arrays.stream(counts).filter(count -> count == most).count() > 1;
        return shared ? null : LEXICONS.get(best);
    }

    private static Optional<Question> literal(List<Token> tokens) {
        List<String> words = new ArrayList<>(tokens.size());
        for (Token token : tokens) {
            if (!token.isEnd()) {
                words.add(token.isExact() ? token.text() : token.text().toLowerCase(Locale.ROOT));
            }
        }
        String all = String.join(" ", words);
        return Optional.of(new Question(UNKNOWN + '\n' + all, all));
    }
}

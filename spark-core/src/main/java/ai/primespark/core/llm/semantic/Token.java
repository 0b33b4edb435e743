package ai.primespark.core.llm.semantic;

import java.util.Locale;

/**
 * A piece of a question.
 *
 * @param text words in lower case; names and what is {@link Kind#EXACT} as they were written
 * @param kind what it is
 */
record Token(String text, Kind kind) {

    /** What a piece of a question may be. */
    enum Kind {
        /** A word. */
        WORD,
        /** A word with a capital letter that is not there because a sentence begins. */
        NAME,
        /** A number, a quotation, an address, code, a sign: what must be the same to the letter. */
        EXACT
    }

    /** Whether it is a word of a list, which a name in capitals, such as WHO, is not. */
    boolean is(String word) {
        return switch (kind) {
            case WORD -> text.equals(word);
            case NAME -> text.equalsIgnoreCase(word) && !isInCapitals();
            case EXACT -> false;
        };
    }

    /** Whether a sentence ends here. Anything else of that form has lost its full stop. */
    boolean isEnd() {
        return isExact() && text.equals(".");
    }

    boolean isInCapitals() {
        return text.length() > 1 && text.equals(text.toUpperCase(Locale.ROOT));
    }

    boolean isExact() {
        return kind == Kind.EXACT;
    }
}

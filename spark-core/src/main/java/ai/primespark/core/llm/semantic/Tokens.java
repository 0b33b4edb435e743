package ai.primespark.core.llm.semantic;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits a question into tokens. Knows no language, except that apostrophes and hyphens are kept inside a word. Stateless. */
final class Tokens {

    /** What is between quotation marks, or set as code. A single quotation mark inside a word is an apostrophe. */
    private static final Pattern QUOTED =
            Pattern.compile("\"([^\"]*)\"|“([^”“]*)[”“]|„([^“”\"]*)[“”\"]|«([^»]*)»|»([^«]*)«|`+([^`]*)`+"
                    + "|(?<![\\p{L}\\p{N}])'([^']+)'(?![\\p{L}\\p{N}])");

    private static final Pattern BLANK = Pattern.compile("[\\s\\p{Z}]+");
    private static final Pattern WORD = Pattern.compile("\\p{L}[\\p{L}\\p{M}]*(?:['-][\\p{L}\\p{M}]+)*'?");
    private static final String BEFORE = "([{¿¡'\"“„«»";
    private static final String AFTER = ".,;?!…)]}\"”“«»";

    private static final String BRACKETS = "([{)]}";

    /** The end of a sentence: what follows has a capital letter for no other reason. */
    private static final Token END = new Token(".", Token.Kind.EXACT);

    private Tokens() {}

    /** One form for what only looks different: composed letters, one kind of apostrophe, of hyphen and of blank. */
    static String normalised(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC)
                .replace('’', '\'')
                .replace('‘', '\'')
                .replace('ʼ', '\'')
                .replace('‐', '-')
                .replace('\u2011', '-')
                .strip();
    }

    /** The tokens of a normalised text. */
    static List<Token> of(String text) {
        boolean shouted = text.equals(text.toUpperCase(Locale.ROOT)); // capitals say nothing then
        List<Token> tokens = new ArrayList<>();
        Matcher quoted = QUOTED.matcher(text);
        int end = 0;
        while (quoted.find()) {
            words(text.substring(end, quoted.start()), shouted, tokens);
            tokens.add(new Token('"' + quoted.group(), Token.Kind.EXACT));
            end = quoted.end();
        }
        words(text.substring(end), shouted, tokens);
        return tokens;
    }

    private static void words(String text, boolean shouted, List<Token> tokens) {
        for (String chunk : BLANK.split(text)) {
            int from = 0;
            int to = chunk.length();
            while (from < to && BEFORE.indexOf(chunk.charAt(from)) >= 0) {
                bracket(chunk.charAt(from++), tokens);
            }
            while (to > from && AFTER.indexOf(chunk.charAt(to - 1)) >= 0 && !isFactorial(chunk, to - 1)) {
                to--;
            }
            if (from < to) {
                String bare = chunk.substring(from, to);
                boolean first =
                        tokens.isEmpty() || tokens.get(tokens.size() - 1).isEnd();
                boolean word = WORD.matcher(bare).matches();
                tokens.add(word ? word(bare, shouted, first) : new Token(bare, Token.Kind.EXACT));
            }
            for (int i = to; i < chunk.length(); i++) {
                bracket(chunk.charAt(i), tokens);
            }
            if (chunk.endsWith(".") || chunk.endsWith("?") || chunk.endsWith("!")) {
                tokens.add(END);
            }
        }
    }

    /** Brackets can be all the difference between two formulas. */
    private static void bracket(char sign, List<Token> tokens) {
        if (BRACKETS.indexOf(sign) >= 0) {
            tokens.add(new Token(String.valueOf(sign), Token.Kind.EXACT));
        }
    }

    private static boolean isFactorial(String chunk, int at) {
        return chunk.charAt(at) == '!' && at > 0 && Character.isDigit(chunk.charAt(at - 1));
    }

    private static Token word(String word, boolean shouted, boolean first) {
        String lower = word.toLowerCase(Locale.ROOT);
        boolean capital = !shouted && !lower.equals(word);
        if (!capital) {
            return new Token(lower, Token.Kind.WORD);
        }
        boolean allCapitals = word.length() > 1 && word.equals(word.toUpperCase(Locale.ROOT));
        boolean inner = !word.substring(1).equals(lower.substring(1));
        if (allCapitals
                || inner && Character.isLowerCase(word.charAt(0))) { // US is not us, and a getFoo has its spelling
            return new Token(word, Token.Kind.NAME);
        }
        return new Token(first ? lower : word, first ? Token.Kind.WORD : Token.Kind.NAME);
    }
}

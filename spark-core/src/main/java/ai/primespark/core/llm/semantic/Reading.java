package ai.primespark.core.llm.semantic;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads questions of one language. Immutable. */
final class Reading {

    /** The kind of what is no question by its form: a request to do something, or words as for a search. */
    private static final String PLAIN = "plain";

    private static final Set<String> CONTRACTED_WITH_IS =
            Set.of("what", "who", "when", "where", "why", "how", "which", "it", "that", "there", "here", "he", "she");
    private static final Map<String, List<String>> NEGATED = Map.of(
            "can't", List.of("can", "not"),
            "won't", List.of("will", "not"),
            "shan't", List.of("shall", "not"),
            "cannot", List.of("can", "not"),
            "ain't", List.of("is", "not"));
    private static final Map<String, String> SHORT =
            Map.of("'re", "are", "'ve", "have", "'ll", "will", "'m", "am", "'d", "would");
    private static final Pattern GROUPED = Pattern.compile("\\d{1,3}(,\\d{3})+(\\.\\d+)?");
    private static final Pattern FRENCH_JOINT = Pattern.compile("(?<=')(?=.)|(?=-)");
    private static final String POSSESSIVE = "'s";

    private final Lexicon lexicon;

    Reading(Lexicon lexicon) {
        this.lexicon = lexicon;
    }

    /** What is asked; empty when it must not be compared. */
    Optional<Question> of(List<Token> tokens) {
        List<Token> words = parted(tokens, lexicon);
        for (Token word : words) {
            String lower = word.text().toLowerCase(Locale.ROOT);
            if (!word.isExact() && lexicon.has("moving", lower)) {
                return Optional.empty();
            }
        }
        words.removeIf(w -> w.kind() == Token.Kind.WORD && lexicon.has("anywhere", w.text()));
        trim(words);
        List<Token> whole = words;
        words = withoutGreeting(words);
        boolean asked = false;
        boolean telling = false;
        Frame ask;
        while ((ask = lexicon.frame("ask", words)) != null) {
            words = ask.rest(words);
            asked = true;
            telling = ask.head().stream().anyMatch(w -> lexicon.has("telling", w));
        }
        if (words.stream().anyMatch(w -> lexicon.has("verbatim", w.text().toLowerCase(Locale.ROOT)))) {
            return Optional.empty(); // what asks about wording depends on every word
        }
        Frame kind = asked ? lexicon.frame("indirect", words) : null;
        if (kind == null) {
            kind = lexicon.frame("kind", words);
        }
        if (kind != null) {
            return Optional.of(question(kind.means(), kind.rest(words)));
        }
        boolean definite = telling
                && !words.isEmpty()
                && lexicon.has("definite", words.get(0).text());
        return Optional.of(definite ? question(List.of("what"), words) : question(List.of(PLAIN), whole));
    }

    private Question question(List<String> means, List<Token> about) {
        List<Token> rest = lexicon.isEnglish() ? ofForm(about) : about;
        List<String> facts = new ArrayList<>(rest.size() + 2);
        List<String> gist = new ArrayList<>(rest.size() + 2);
        for (String word : means.subList(1, means.size())) {
            add(word, facts, gist);
        }
        for (int i = 0; i < rest.size(); i++) {
            if (!isDropped(rest, i)) {
                add(rest.get(i), facts, gist);
            }
        }
        String kind = lexicon.language() + ' ' + means.get(0);
        return new Question(kind + '\n' + String.join(" ", facts), String.join(" ", gist));
    }

    /**
     * Articles, "of" and "is" mean nothing. But in "vitamin a", where no article can be, it is a name, and north of Korea is not
     * North Korea.
     */
    private boolean isDropped(List<Token> rest, int at) {
        Token token = rest.get(at);
        if (token.kind() != Token.Kind.WORD || !lexicon.has("drop", token.text())) {
            return false;
        }
        if (at == rest.size() - 1) {
            return token.text().length() > 1;
        }
        if (at == 0) {
            return true;
        }
        Token before = rest.get(at - 1);
        String lower = before.text().toLowerCase(Locale.ROOT);
        return token.text().length() == 1
                ? before.kind() == Token.Kind.WORD && lexicon.has("function", lower)
                : before.isExact() || !lexicon.has("opposite", lower) || !lexicon.has("of", token.text());
    }

    private void add(Token token, List<String> facts, List<String> gist) {
        String lower = token.text().toLowerCase(Locale.ROOT);
        String number = token.isExact() || isSpelling(token, lower) ? null : lexicon.number(lower);
        if (token.isExact()) {
            boolean grouped =
                    lexicon.isEnglish() && GROUPED.matcher(token.text()).matches();
            facts.add(grouped ? token.text().replace(",", "") : token.text());
        } else if (isSpelling(token, lower)) {
            facts.add(token.text());
        } else if (number != null) {
            facts.add(number);
        } else if (token.kind() == Token.Kind.NAME && lexicon.namesHaveCapitals()) {
            facts.add(lexicon.synonym(lower));
        } else {
            add(lexicon.canonical(lower), facts, gist);
        }
    }

    private void add(String word, List<String> facts, List<String> gist) {
        facts.add(word);
        if (!lexicon.isDecisive(word)) {
            gist.add(word);
        }
    }

    /** Whether capitals make another word of it, as in US and us, or are a spelling of its own, as in iPhone. */
    private boolean isSpelling(Token token, String lower) {
        return token.kind() == Token.Kind.NAME
                && (token.isInCapitals()
                        || lexicon.has("cased", lower)
                        || lexicon.has("function", lower)
                        || Character.isLowerCase(token.text().charAt(0)));
    }

    /** Takes away thanks, and the ends of sentences at both ends. */
    private void trim(List<Token> words) {
        trimEnds(words);
        Frame tail = lexicon.frame("tail", words);
        if (tail != null) {
            words.subList(words.size() - tail.length(), words.size()).clear();
            trimEnds(words);
        }
    }

    private static void trimEnds(List<Token> words) {
        while (!words.isEmpty() && words.get(0).isEnd()) {
            words.remove(0);
        }
        while (!words.isEmpty() && words.get(words.size() - 1).isEnd()) {
            words.remove(words.size() - 1);
        }
    }

    private List<Token> withoutGreeting(List<Token> words) {
        int from = 0;
        while (from < words.size()
                && (words.get(from).isEnd()
                        || words.get(from).kind() == Token.Kind.WORD
                                && lexicon.has("greeting", words.get(from).text()))) {
            from++;
        }
        return words.subList(from, words.size());
    }

    /** "France's capital" as "capital France", which is what is left of "the capital of France". */
    private List<Token> ofForm(List<Token> rest) {
        int mark = -1;
        for (int i = 0; i < rest.size(); i++) {
            if (rest.get(i).is(POSSESSIVE)) {
                if (mark >= 0) {
                    return rest; // whose what of whom is beyond this
                }
                mark = i;
            }
        }
        int after = mark + 1;
        if (mark < 1 || after == rest.size() || !areOrdinary(rest.subList(after, rest.size()))) {
            return rest;
        }
        int from = mark - 1;
        while (from > 0
                && rest.get(from).kind() == Token.Kind.NAME
                && rest.get(from - 1).kind() == Token.Kind.NAME) {
            from--;
        }
        List<Token> turned = new ArrayList<>(rest.subList(0, from));
        if (!areArticles(turned)) {
            return rest;
        }
        turned.clear();
        turned.addAll(rest.subList(after, rest.size()));
        turned.addAll(rest.subList(from, mark));
        return turned;
    }

    private boolean areOrdinary(List<Token> tokens) {
        return tokens.stream()
                .noneMatch(t -> t.isExact() || lexicon.has("function", t.text()) || lexicon.isDecisive(t.text()));
    }

    private boolean areArticles(List<Token> tokens) {
        return tokens.stream().allMatch(t -> t.is("the"));
    }

    /** Words whose parts an apostrophe or, in French, a hyphen joins, taken apart. */
    static List<Token> parted(List<Token> tokens, Lexicon lexicon) {
        List<Token> parts = new ArrayList<>(tokens.size() + 4);
        for (Token token : tokens) {
            boolean contracted = !token.isExact() && (token.text().indexOf('\'') >= 0 || token.is("cannot"));
            if (lexicon.isEnglish() && contracted) {
                english(token, parts, lexicon);
            } else if (lexicon.language().equals(Lexicon.FRENCH) && !token.isExact()) {
                for (String text : FRENCH_JOINT.split(token.text())) { // peux-tu, l'auteur
                    parts.add(part(token, text.startsWith("-") ? text.substring(1) : text, lexicon));
                }
            } else {
                parts.add(part(token, token.text(), lexicon));
            }
        }
        return parts;
    }

    private static void english(Token token, List<Token> parts, Lexicon lexicon) {
        String text = token.text().toLowerCase(Locale.ROOT);
        List<String> known = NEGATED.get(text);
        if (known != null) {
            known.forEach(word -> parts.add(new Token(word, Token.Kind.WORD)));
            return;
        }
        if (text.endsWith("n't")) {
            parts.add(part(token, token.text().substring(0, text.length() - 3), lexicon));
            parts.add(new Token("not", Token.Kind.WORD));
            return;
        }
        int at = text.lastIndexOf('\'');
        String before = text.substring(0, at);
        String end = text.substring(at);
        String meant = end.equals(POSSESSIVE) && CONTRACTED_WITH_IS.contains(before) ? "is" : SHORT.get(end);
        boolean plural = end.equals("'") && before.endsWith("s"); // the dogs' food
        if (meant == null && !end.equals(POSSESSIVE) && !plural) {
            parts.add(token); // O'Brien
            return;
        }
        parts.add(part(token, token.text().substring(0, at), lexicon));
        parts.add(new Token(meant != null ? meant : POSSESSIVE, Token.Kind.WORD));
    }

    /** A part keeps its kind, unless its capital letter says nothing in this language. */
    private static Token part(Token whole, String text, Lexicon lexicon) {
        if (whole.isExact()) {
            return whole;
        }
        String lower = text.toLowerCase(Locale.ROOT);
        Token part = new Token(text, whole.kind());
        boolean name = whole.kind() == Token.Kind.NAME
                && !lower.equals(text)
                && (lexicon.isEnglish()
                        ? !text.equals("I")
                        : lexicon.namesHaveCapitals() || part.isInCapitals() || lexicon.has("cased", lower));
        return name ? part : new Token(lower, Token.Kind.WORD);
    }
}

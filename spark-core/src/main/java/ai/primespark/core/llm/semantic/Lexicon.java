package ai.primespark.core.llm.semantic;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The words of one language that the guard knows, read from a resource. Immutable.
 *
 * <p>A word that is in no list counts as a word that carries meaning; lists only make questions equal that are the same, so what
 * is missing in them costs answers and never gives wrong ones.
 */
final class Lexicon {

    static final String ENGLISH = "en";
    static final String FRENCH = "fr";

    private static final List<String> HISSING = List.of("ches", "shes", "xes", "sses");

    private final String language;
    private final Map<String, Set<String>> lists = new HashMap<>();
    private final Map<String, Map<String, List<Frame>>> frames = new HashMap<>(); // by section and first word
    private final Map<String, String> numbers = new HashMap<>();
    private final Map<String, String> same = new HashMap<>();
    private final Set<String> typical = new HashSet<>();

    private Lexicon(String language) {
        this.language = language;
    }

    static Lexicon load(String language) {
        String name = language + ".txt";
        try (InputStream in = Lexicon.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the word list " + name + " is missing in spark-core's jar");
            }
            Lexicon lexicon = new Lexicon(language);
            lexicon.read(new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)));
            return lexicon;
        } catch (IOException e) {
            throw new UncheckedIOException("the word list " + name + " cannot be read from spark-core's jar", e);
        }
    }

    private void read(BufferedReader lines) throws IOException {
        String section = "";
        String line;
        while ((line = lines.readLine()) != null) {
            String text = line.strip();
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            if (text.startsWith("[")) {
                section = text.substring(1, text.length() - 1);
            } else {
                entry(section, text);
            }
        }
        typical.addAll(list("function"));
        for (Map<String, List<Frame>> sections : frames.values()) {
            for (List<Frame> all : sections.values()) {
                all.sort(Comparator.comparingInt(Frame::length).reversed()); // the longest that fits says most
            }
        }
    }

    private void entry(String section, String text) {
        switch (section) {
            case "ask" -> frames(section, List.of(), text);
            case "tail" -> frames(section, List.of(), "~ " + text.replace("|", "| ~"));
            case "kind", "indirect" -> {
                int equals = text.indexOf('=');
                List<String> means = List.of(text.substring(0, equals).strip().split("\\s+"));
                frames(section, means, text.substring(equals + 1));
            }
            case "number" -> {
                for (String pair : text.split("\\s+")) {
                    int equals = pair.indexOf('=');
                    numbers.put(pair.substring(0, equals), pair.substring(equals + 1));
                }
            }
            case "same" -> {
                String[] words = text.split("\\s+");
                for (String word : words) {
                    same.put(word, words[0]);
                }
            }
            default -> lists.computeIfAbsent(section, s -> new HashSet<>()).addAll(List.of(text.split("\\s+")));
        }
    }

    private void frames(String section, List<String> means, String phrases) {
        for (String phrase : phrases.split("\\|")) {
            Frame frame = Frame.of(means, phrase);
            String first = frame.head().isEmpty() ? "" : frame.head().get(0);
            frames.computeIfAbsent(section, s -> new HashMap<>())
                    .computeIfAbsent(first, f -> new ArrayList<>())
                    .add(frame);
            typical.addAll(frame.head());
        }
    }

    private Set<String> list(String section) {
        return lists.getOrDefault(section, Set.of());
    }

    String language() {
        return language;
    }

    boolean isEnglish() {
        return language.equals(ENGLISH);
    }

    /** Whether nouns have no capital letter unless they are names. */
    boolean namesHaveCapitals() {
        return !language.equals("de");
    }

    /** Whether texts of this language have that word more often than others. */
    boolean isTypical(String word) {
        return typical.contains(word);
    }

    /** Whether a word is in the list of a section. */
    boolean has(String section, String word) {
        return list(section).contains(word);
    }

    /** Whether a word turns a meaning into its opposite, has one that looks alike to a model, or sets a limit or direction. */
    boolean isDecisive(String canonical) {
        return list("negation").contains(canonical) || list("opposite").contains(canonical);
    }

    /** The longest frame of a section ("ask", "kind", "indirect", "tail") that fits; null when none does. */
    @Nullable
    Frame frame(String section, List<Token> question) {
        String first = question.isEmpty() || question.get(0).isExact()
                ? ""
                : question.get(0).text();
        Map<String, List<Frame>> known = frames.getOrDefault(section, Map.of());
        Frame beginning = first.isEmpty() ? null : longest(known.get(first.toLowerCase(Locale.ROOT)), question);
        return beginning != null ? beginning : longest(known.get(""), question);
    }

    private static @Nullable Frame longest(@Nullable List<Frame> frames, List<Token> question) {
        if (frames != null) {
            for (Frame frame : frames) {
                if (frame.fits(question)) {
                    return frame;
                }
            }
        }
        return null;
    }

    /** The number, unit, month or day that a word stands for; null when it is none. */
    @Nullable
    String number(String word) {
        String number = numbers.get(word);
        return number != null ? number : numbers.get(stem(word));
    }

    /** One form for the forms and synonyms of a word. */
    String canonical(String word) {
        String known = same.get(word);
        return known != null ? known : synonym(stem(word));
    }

    /** One form for its synonyms. */
    String synonym(String word) {
        return same.getOrDefault(word, word);
    }

    /** Without the s of the plural. Other endings change what is asked too often. */
    private String stem(String word) {
        boolean plural = namesHaveCapitals() // which German, whose plurals are another matter, does not say
                && word.length() > 3
                && word.endsWith("s")
                && !word.endsWith("ss")
                && !has("plain", word);
        if (!plural) {
            return word;
        }
        if (isEnglish() && (word.endsWith("us") || word.endsWith("is"))) {
            return word;
        }
        if (isEnglish() && word.endsWith("ies") && word.length() > 4) {
            return word.substring(0, word.length() - 3) + 'y';
        }
        if (isEnglish() && HISSING.stream().anyMatch(word::endsWith)) {
            return word.substring(0, word.length() - 2);
        }
        return word.substring(0, word.length() - 1);
    }
}

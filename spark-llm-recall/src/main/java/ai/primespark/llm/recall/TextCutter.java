package ai.primespark.llm.recall;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Cuts texts where it hurts least. Never cuts within a surrogate pair. */
final class TextCutter {

    private TextCutter() {}

    /**
     * Cuts between sentences; a sentence that is too long by itself is cut between words.
     *
     * @param text any text
     * @param most length of a part, at least 2
     * @return parts without surrounding white space, none empty
     */
    static List<String> sentences(String text, int most) {
        BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
        sentences.setText(text);
        List<String> parts = new ArrayList<>();
        int start = 0; // of the part being collected
        int end = 0; // of its last sentence
        for (int next = sentences.next(); next != BreakIterator.DONE; next = sentences.next()) {
            if (next - start > most && end > start) {
                add(parts, text.substring(start, end));
                start = end;
            }
            while (next - start > most) {
                int cut = wordEnd(text, start, most);
                add(parts, text.substring(start, cut));
                start = cut;
            }
            end = next;
        }
        add(parts, text.substring(start));
        return parts;
    }

    /**
     * Cuts between lines; every part begins with the head and ends with the foot.
     *
     * @param head first lines of every part
     * @param body what is cut
     * @param foot last line of every part; none when empty
     * @param most length of a part, except for what head and foot add to a line that is too long by itself
     * @return the parts
     */
    static List<String> lines(List<String> head, List<String> body, String foot, int most) {
        String before = head.isEmpty() ? "" : String.join("\n", head) + "\n";
        String after = foot.isEmpty() ? "" : "\n" + foot;
        int room = Math.max(most - before.length() - after.length(), most / 2);
        List<String> parts = new ArrayList<>();
        StringBuilder open = new StringBuilder();
        for (String line : body) {
            for (String piece : line.length() > room ? sentences(line, room) : List.of(line)) {
                if (open.length() > 0 && open.length() + 1 + piece.length() > room) {
                    parts.add(before + open + after);
                    open.setLength(0);
                }
                open.append(open.length() > 0 ? "\n" : "").append(piece);
            }
        }
        if (open.length() > 0) {
            parts.add(before + open + after);
        }
        return parts;
    }

    /**
     * Cuts off the end, at the end of a word, and marks that.
     *
     * @param text longer than {@code most}
     * @param most length of the result
     * @return the beginning with an ellipsis
     */
    static String shorten(String text, int most) {
        return text.substring(0, wordEnd(text, 0, most - 2)).stripTrailing() + " \u2026";
    }

    /**
     * Where to cut so that words stay whole, if they can.
     *
     * @param text the text
     * @param start where the part begins
     * @param most length of the part, at least 2; the text is longer than that
     * @return an index after {@code start}
     */
    static int wordEnd(String text, int start, int most) {
        int limit = start + most;
        for (int i = limit; i > start + most / 2; i--) {
            if (Character.isWhitespace(text.charAt(i - 1))) {
                return i;
            }
        }
        return Character.isHighSurrogate(text.charAt(limit - 1)) ? limit - 1 : limit;
    }

    private static void add(List<String> parts, String part) {
        String stripped = part.strip();
        if (!stripped.isEmpty()) {
            parts.add(stripped);
        }
    }
}

package ai.primespark.power.ups;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The words of a line of the NUT protocol (RFC 9271, section 4; NUT's parseconf): separated by blanks, in quotes when they hold
 * blanks, and with a backslash before a character that would mean something.
 */
final class NutWords {

    private NutWords() {}

    /**
     * Splits a line.
     *
     * @throws IOException when a quote or an escape has no end
     */
    static List<String> split(String line) throws IOException {
        List<String> words = new ArrayList<>(4);
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        boolean inQuotes = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\') {
                if (++i == line.length()) {
                    throw new IOException("the answer ends in the middle of an escape");
                }
                word.append(line.charAt(i));
                inWord = true;
            } else if (c == '"') {
                inQuotes = !inQuotes;
                inWord = true; // "" is a word, too
            } else if ((c == ' ' || c == '\t') && !inQuotes) {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                    inWord = false;
                }
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (inQuotes) {
            throw new IOException("the answer has a quote without an end");
        }
        if (inWord) {
            words.add(word.toString());
        }
        return words;
    }

    /**
     * Joins words to a line, quoted where that is needed. Without its escapes upsd would drop a line with a {@code #} and answer
     * nothing at all.
     *
     * @throws IllegalArgumentException for anything but visible ASCII and blanks: a line feed would begin another command. The
     *     message does not hold the word
     */
    static String join(String... words) {
        StringBuilder line = new StringBuilder();
        for (String word : words) {
            if (!isPlain(word)) {
                throw new IllegalArgumentException(
                        "a word for the NUT server has other characters than printable ASCII");
            }
            line.append(line.length() == 0 ? "" : " ");
            if (!word.isEmpty() && word.chars().noneMatch(c -> " \"\\#='".indexOf(c) >= 0)) {
                line.append(word);
                continue;
            }
            line.append('"');
            for (int i = 0; i < word.length(); i++) {
                char c = word.charAt(i);
                line.append(c == '"' || c == '\\' || c == '#' ? "\\" : "").append(c);
            }
            line.append('"');
        }
        return line.toString();
    }

    /** Whether it is all printable ASCII: more does not survive the server's parser. */
    static boolean isPlain(String word) {
        return word.chars().allMatch(c -> c >= ' ' && c <= '~');
    }
}

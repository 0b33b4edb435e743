package ai.primespark.llm.ollama;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines that nearly all of an answer consists of: a piece of text in the form in which Ollama writes it, with nothing
 * unusual about it. A parser takes several times as long, mostly to get ready for a line. Whatever is not exactly like that, from a
 * blank to an escaped character, is left to the parser, so that there is one judge of what is right.
 */
final class TokenLine {

    private static final byte[] MODEL = ascii("model");
    private static final byte[] CREATED = ascii("created_at");
    private static final byte[] MESSAGE = ascii("message");
    private static final byte[] ROLE = ascii("role");
    private static final byte[] CONTENT = ascii("content");
    private static final byte[] THINKING = ascii("thinking");
    private static final byte[] DONE = ascii("done");
    private static final byte[] FALSE = ascii("false");
    private static final char REPLACED = '\uFFFD'; // stands for bytes that are no UTF-8

    private final byte[] bytes;
    private final int end;
    private final OllamaLine line;
    private int at;

    private TokenLine(byte[] bytes, int offset, int length, OllamaLine line) {
        this.bytes = bytes;
        this.at = offset;
        this.end = offset + length;
        this.line = line;
    }

    /** Reads a line; the model's name is passed over. Gives false, and leaves half of it read, when it is not such a line. */
    static boolean read(byte[] bytes, int offset, int length, OllamaLine into) {
        return new TokenLine(bytes, offset, length, into).whole();
    }

    private static byte[] ascii(String word) {
        return word.getBytes(StandardCharsets.US_ASCII);
    }

    private boolean whole() {
        if (!take('{')) {
            return false;
        }
        do {
            if (!member()) {
                return false;
            }
        } while (take(','));
        return take('}') && at == end;
    }

    private boolean member() {
        int name = at + 1;
        int stop = plain();
        if (stop < 0 || !take(':')) {
            return false;
        }
        return switch (stop - name) {
            case 5 -> is(MODEL, name) && plain() >= 0;
            case 10 -> is(CREATED, name) && plain() >= 0;
            case 7 -> is(MESSAGE, name) && message();
            case 4 -> is(DONE, name) && isFalse();
            default -> false;
        };
    }

    private boolean message() {
        line.known = true;
        if (!take('{')) {
            return false;
        }
        do {
            int name = at + 1;
            int stop = plain();
            if (stop < 0 || !take(':') || !field(name, stop - name)) {
                return false;
            }
        } while (take(','));
        return take('}');
    }

    private boolean field(int name, int length) {
        if (length == CONTENT.length && is(CONTENT, name)) {
            String text = text();
            line.text = text == null ? "" : text;
            return text != null;
        }
        if (length == THINKING.length && is(THINKING, name)) {
            String text = text();
            line.thinking = text == null ? "" : text;
            return text != null;
        }
        return length == ROLE.length && is(ROLE, name) && plain() >= 0;
    }

    private boolean isFalse() {
        line.known = true;
        boolean is = at + FALSE.length <= end && is(FALSE, at);
        at += FALSE.length;
        return is;
    }

    private boolean take(char expected) {
        if (at < end && bytes[at] == expected) {
            at++;
            return true;
        }
        return false;
    }

    /** Passes over a string of plain ASCII and gives where it stops; negative when it is none. */
    private int plain() {
        if (!take('"')) {
            return -1;
        }
        for (int i = at; i < end; i++) {
            byte one = bytes[i];
            if (one == '"') {
                at = i + 1;
                return i;
            }
            if (one < ' ' || one == '\\') { // everything beyond ASCII is negative
                return -1;
            }
        }
        return -1;
    }

    private @Nullable String text() {
        if (!take('"')) {
            return null;
        }
        boolean wide = false;
        for (int i = at; i < end; i++) {
            byte one = bytes[i];
            if (one == '"') {
                String text = new String(bytes, at, i - at, StandardCharsets.UTF_8);
                at = i + 1;
                return wide && text.indexOf(REPLACED) >= 0 ? null : text;
            }
            if (one == '\\' || one >= 0 && one < ' ') {
                return null;
            }
            wide |= one < 0;
        }
        return null;
    }

    private boolean is(byte[] word, int from) {
        return Arrays.equals(bytes, from, Math.min(end, from + word.length), word, 0, word.length);
    }
}

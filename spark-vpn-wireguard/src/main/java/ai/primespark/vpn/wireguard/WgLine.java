package ai.primespark.vpn.wireguard;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A line of a configuration, as each of the two readers sees it: {@code wg} takes all blanks out of what is before the {@code #};
 * {@code wg-quick} trims the parts before and after the first {@code =}.
 */
final class WgLine {

    static final List<String> INTERFACE_KEYS = List.of("PrivateKey", "ListenPort", "FwMark");
    static final List<String> PEER_KEYS =
            List.of("PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive");
    static final List<String> HOOKS = List.of("PreUp", "PostUp", "PreDown", "PostDown");
    static final List<String> QUICK_KEYS =
            List.of("Address", "DNS", "MTU", "Table", "PreUp", "PostUp", "PreDown", "PostDown", "SaveConfig");

    /** What a line opens. */
    enum Section {
        NONE,
        INTERFACE,
        PEER
    }

    final String raw;
    /** Without blanks and comment. */
    final String compact;

    private final int[] columns;
    private final int end;

    WgLine(String raw) {
        this.raw = raw;
        int nul = raw.indexOf('\0'); // where a C string ends
        int stop = nul < 0 ? raw.length() : nul;
        int comment = raw.indexOf('#');
        this.end = comment < 0 ? stop : Math.min(comment, stop);
        StringBuilder text = new StringBuilder(end);
        int[] at = new int[end + 1];
        for (int i = 0; i < end; i++) {
            if (!isBlank(raw.charAt(i))) {
                at[text.length()] = i + 1;
                text.append(raw.charAt(i));
            }
        }
        at[text.length()] = end + 1;
        this.compact = text.toString();
        this.columns = Arrays.copyOf(at, text.length() + 1);
    }

    static boolean isBlank(char c) {
        return c == ' ' || c >= 9 && c <= 13;
    }

    /** The column of a character of {@link #compact}, from 1. */
    int column(int offset) {
        return columns[Math.min(Math.max(offset, 0), columns.length - 1)];
    }

    Section section() {
        return same(compact, "[Interface]") ? Section.INTERFACE : same(compact, "[Peer]") ? Section.PEER : Section.NONE;
    }

    /** The key of a list that the line sets for {@code wg}; null when it sets none of them, or has no value. */
    @Nullable
    String key(List<String> keys) {
        for (String key : keys) {
            int length = key.length() + 1;
            if (compact.length() > length && same(compact.substring(0, length), key + "=")) {
                return key;
            }
        }
        return null;
    }

    String value(String key) {
        return compact.substring(key.length() + 1);
    }

    /** The key that {@code wg-quick} takes out of an interface section; null when it is none. */
    @Nullable
    String quickKey() {
        String key = quickName();
        for (String quick : QUICK_KEYS) {
            if (same(key, quick)) {
                return quick;
            }
        }
        return null;
    }

    /** Null without an equals sign. */
    @Nullable
    String quickValue() {
        String text = beforeComment();
        int equals = text.indexOf('=');
        return equals < 0 ? null : trim(text.substring(equals + 1));
    }

    /** Where the value begins in {@link #raw}, from 0. */
    int valueStart() {
        int at = raw.indexOf('=') + 1;
        while (at < end && isBlank(raw.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Where the value ends in {@link #raw}: before the blanks and the comment. */
    int valueEnd() {
        int at = end;
        while (at > 0 && isBlank(raw.charAt(at - 1))) {
            at--;
        }
        return Math.max(at, valueStart());
    }

    boolean isQuickSection() {
        return quickName().startsWith("[");
    }

    boolean isQuickInterface() {
        return same(quickName(), "[Interface]");
    }

    private String quickName() {
        String text = beforeComment();
        int equals = text.indexOf('=');
        return trim(equals < 0 ? text : text.substring(0, equals));
    }

    /** Bash knows no NUL: it drops them. */
    private String beforeComment() {
        String text = raw.indexOf('\0') < 0 ? raw : raw.replace("\0", "");
        int comment = text.indexOf('#');
        return comment < 0 ? text : text.substring(0, comment);
    }

    static String trim(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isBlank(text.charAt(from))) {
            from++;
        }
        while (to > from && isBlank(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    /** ASCII only, as strcasecmp: to Java's own comparison the sign for kelvin is a k. */
    static boolean same(String one, String other) {
        if (one.length() != other.length()) {
            return false;
        }
        for (int i = 0; i < one.length(); i++) {
            char c = one.charAt(i);
            if (c >= 128 || lower(c) != lower(other.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }

    /** The key's name for a message; only when it looks like a name, for it might be a key gone astray. */
    String safeName() {
        int equals = compact.indexOf('=');
        String name = equals < 0 ? compact : compact.substring(0, equals);
        return name.length() <= 24 && name.matches("\\[?[A-Za-z]+]?") ? "'" + name + "'" : "this line";
    }

    static String nearest(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (List<String> keys : List.of(INTERFACE_KEYS, PEER_KEYS, QUICK_KEYS)) {
            for (String key : keys) {
                if (distance(lower, key.toLowerCase(Locale.ROOT)) <= 2) {
                    return key;
                }
            }
        }
        return "";
    }

    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j <= other.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int next = Math.min(
                        Math.min(row[j], row[j - 1]) + 1,
                        diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1));
                diagonal = row[j];
                row[j] = next;
            }
        }
        return row[other.length()];
    }
}

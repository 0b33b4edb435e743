package ai.primespark.testkit;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Legal keys that file systems, URLs, shells, patterns and text normalisation would like to change or confuse. */
final class TierKeys {

    private TierKeys() {}

    static Set<String> awkward() {
        Set<String> keys = new LinkedHashSet<>();
        // spaces and dots at the ends, which some file systems drop
        keys.addAll(List.of("a", " ", "  ", "a ", " a", "a  ", "a.", "a..", ".", "..", "...", ".a", ". ", "a\u00A0"));
        // paths
        keys.addAll(List.of(
                "/", "//", "/a", "a/", "a//", "a/b", "a/b/", "a//b", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b"));
        keys.addAll(List.of("\\", "a\\b", "..\\a", "C:\\a", "C:a", "C:", "~", "~/a", "\\\\host\\a"));
        // the same but for case, or for case in some languages
        keys.addAll(List.of(
                "A", "b", "B", "aB", "Ab", "AB", "ab", "i", "I", "ı", "İ", "ß", "ẞ", "ss", "SS", "ſ", "s", "S", "k",
                "K", "\u212A"));
        // names that Windows keeps for devices
        keys.addAll(List.of(
                "con",
                "CON",
                "Con",
                "con.txt",
                "nul",
                "NUL",
                "aux",
                "prn",
                "com1",
                "COM1",
                "lpt9",
                "com¹",
                "a:stream"));
        // escapes, and what they would stand for
        keys.addAll(List.of(
                "%",
                "%%", "%2F", "%2f", "a%2Fb", "a%2fb", "%252F", "%00", "%2e", "%2E%2E", "%20", "+", "a+b", "a b",
                "a%20b"));
        keys.addAll(List.of(
                "_", "=", "-", "a=b", "a-b", "a_b", "YQ==", "YQ", "&amp;", "&", "\\u0061", "\\n", "#", "a#b", "a?b",
                "a?", "?"));
        // patterns, quotes, hash tags of clusters
        keys.addAll(List.of(
                "*", "a*", "[a]", "[", "]", "{a}", "{}", "{a}b", "^a", "$", "$HOME", "`a`", "'a'", "\"a\"", "<a>", "|",
                ":", ";", ",", "!"));
        // composed and decomposed, compatible, look-alike, invisible, reversed, beyond the first plane
        keys.addAll(List.of(
                "é", "e\u0301", "Å", "A\u030A", "\u212B", "ﬁ", "fi", "①", "1", "а", "a\u200B", "a\u200D", "\uFEFFa"));
        keys.addAll(List.of(
                "\u202Ea", "a\u202E", "\u2028", "\u0085", "\u0300", "\uFFFD", "\uFFFE", "\uFFFF", "\uE000", "\uD7FF"));
        keys.addAll(List.of(
                "\uD83D\uDE00",
                "\uD83D\uDE01",
                "\uD800\uDC00",
                "\uDBFF\uDFFF",
                "日本",
                "עברית",
                "\uFF0F",
                "\uFF0E\uFF0E"));
        // names that a storage may use itself
        keys.addAll(List.of(
                ".tmp",
                "a.tmp",
                ".lock",
                "a.lock",
                ".psr",
                "a.psr",
                "tmp",
                "index",
                "meta",
                "_meta",
                "data",
                ".index",
                "lost+found"));
        // the longest ones, and pairs that differ at the end only
        keys.add("k".repeat(1024));
        keys.add("k".repeat(1023));
        keys.add("k".repeat(1023) + "l");
        keys.add("k".repeat(255));
        keys.add("k".repeat(256));
        keys.add("K".repeat(1024));
        keys.add("é".repeat(512));
        keys.add("\uD834\uDD1E".repeat(256));
        keys.add("%".repeat(1024));
        keys.add("/".repeat(1024));
        keys.add(".".repeat(1024));
        keys.add("a/".repeat(512));
        keys.add("../".repeat(341));
        keys.add(" ".repeat(1024));
        return keys;
    }

    static String shown(String key) {
        StringBuilder text = new StringBuilder("'");
        key.codePoints().limit(40).forEach(c -> {
            if (c > 0x20 && c < 0x7F) {
                text.appendCodePoint(c);
            } else {
                text.append(String.format("\\u{%x}", c));
            }
        });
        return text.append("' (").append(key.length()).append(" chars)").toString();
    }
}

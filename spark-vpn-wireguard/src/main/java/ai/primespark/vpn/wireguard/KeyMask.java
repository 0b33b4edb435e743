package ai.primespark.vpn.wireguard;

import java.util.regex.Pattern;

/**
 * Takes keys out of text that tools have printed, before it reaches a log or an exception: {@code wg} repeats a line that it does not
 * understand, private key and all. Thread-safe.
 */
public final class KeyMask {

    /** What stands in place of a key. */
    public static final String HIDDEN = "(hidden)";

    private static final Pattern NAMED = Pattern.compile(
            "(?i)((?:private|preshared)[\\s_-]*key\\s*[=:]?\\s*`?)(?!\\(none\\)|\\(hidden\\))([A-Za-z0-9+/][A-Za-z0-9+/=]{7,})");
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]{42,}={0,2}");
    private static final Pattern HEX = Pattern.compile("(?i)(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])");

    private KeyMask() {}

    /**
     * Masks everything that is, or looks like, a key; public ones too, for they look alike.
     *
     * @param output what a tool printed
     * @return the same text with {@value #HIDDEN} in their place
     */
    public static String mask(String output) {
        String masked = NAMED.matcher(output).replaceAll("$1" + HIDDEN);
        masked = HEX.matcher(masked).replaceAll(HIDDEN);
        return BASE64.matcher(masked).replaceAll(HIDDEN);
    }
}

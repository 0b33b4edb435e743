package ai.primespark.vpn.wireguard.driver;

import ai.primespark.vpn.wireguard.KeyMask;
import java.util.regex.Pattern;

/** {@link KeyMask}, and what {@code wg} quotes as no key: it may be one that lost some letters. */
final class Masking {

    private static final Pattern NO_KEY = Pattern.compile("(?i)(key is not the correct length or format: `)[^'\\n]*");

    private Masking() {}

    static String mask(String output) {
        return KeyMask.mask(NO_KEY.matcher(output).replaceAll("$1" + KeyMask.HIDDEN));
    }
}

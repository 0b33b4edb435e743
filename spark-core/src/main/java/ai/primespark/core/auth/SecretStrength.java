package ai.primespark.core.auth;

import ai.primespark.Secret;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Refuses secrets that are short or can be guessed. A secret for HS256 has at least 256 bits (RFC 7518, section 3.2); whoever sees
 * one token can try secrets offline as fast as his machines hash, so that it must be random as well.
 */
final class SecretStrength {

    static final String RULE = "at least 32 random characters, without an example's or a guessable text; make one with:"
            + " openssl rand -base64 48";

    private static final int LEAST_BYTES = 32;

    /** What 32 random hexadecimal digits have; a sentence of that length has less than its letters suggest, but enough. */
    private static final double LEAST_BITS = 96;

    private static final List<String> TELLING = List.of(
            "changeme",
            "changethis",
            "replaceme",
            "yoursecret",
            "yoursuper",
            "yourjwt",
            "secretkey",
            "supersecret",
            "jwtsecret",
            "mysecret",
            "password",
            "passphrase",
            "example",
            "insecure",
            "development",
            "placeholder",
            "0123456789",
            "1234567890",
            "abcdefgh",
            "qwertyui");

    private SecretStrength() {}

    static boolean isStrong(Secret secret) {
        String text = secret.reveal();
        if (text.getBytes(StandardCharsets.UTF_8).length < LEAST_BYTES || isRepeated(text) || bits(text) < LEAST_BITS) {
            return false;
        }
        String folded = text.toLowerCase(Locale.ROOT).replaceAll("[_\\- .]", "");
        return TELLING.stream().noneMatch(folded::contains);
    }

    /** Whether it is one piece over and over, such as abcabcabc. */
    private static boolean isRepeated(String text) {
        return (text + text).indexOf(text, 1) < text.length();
    }

    /** Shannon's estimate from how often each character occurs. */
    private static double bits(String text) {
        return text.chars()
                .distinct()
                .mapToDouble(c -> {
                    double count = text.chars().filter(other -> other == c).count();
                    return count * Math.log(text.length() / count) / Math.log(2);
                })
                .sum();
    }
}

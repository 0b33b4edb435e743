package ai.primespark.core.memory.seal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Base32 (RFC 4648, section 6) in lower case and without padding: safe where upper and lower case are the same. */
final class Base32 {

    private static final String DIGITS = "abcdefghijklmnopqrstuvwxyz234567";
    private static final byte[] VALUES = new byte[128];

    static {
        Arrays.fill(VALUES, (byte) -1);
        for (int i = 0; i < DIGITS.length(); i++) {
            VALUES[DIGITS.charAt(i)] = (byte) i;
        }
    }

    private Base32() {}

    static String encode(byte[] bytes) {
        StringBuilder text = new StringBuilder((bytes.length * 8 + 4) / 5);
        int bits = 0;
        int held = 0;
        for (byte b : bytes) {
            held = held << 8 | b & 0xFF;
            bits += 8;
            while (bits >= 5) {
                bits -= 5;
                text.append(DIGITS.charAt(held >> bits & 31));
            }
            held &= (1 << bits) - 1;
        }
        if (bits > 0) {
            text.append(DIGITS.charAt(held << 5 - bits & 31));
        }
        return text.toString();
    }

    /** The bytes of the text from a place on, or null when {@link #encode} does not write it like that. */
    static byte @Nullable [] decode(String text, int from) {
        byte[] bytes = new byte[(text.length() - from) * 5 / 8];
        int at = 0;
        int bits = 0;
        int held = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            int value = c < 128 ? VALUES[c] : -1;
            if (value < 0) {
                return null;
            }
            held = held << 5 | value;
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                bytes[at++] = (byte) (held >> bits);
                held &= (1 << bits) - 1;
            }
        }
        return held == 0 && bits < 5 ? bytes : null; // one text for each array
    }
}

package ai.primespark.vpn;

import java.util.Base64;

/** The text form of 32-byte keys: 44 characters of base64, as {@code wg genkey} writes them. */
final class KeyBytes {

    private KeyBytes() {}

    /** Never quotes the text: it may be a private key, mistyped. */
    static byte[] parse(String base64) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("a key is 44 characters of base64"); // the cause would quote a part
        }
        if (bytes.length != 32 || !format(bytes).equals(base64)) { // the JDK ignores spare bits that WireGuard refuses
            throw new IllegalArgumentException("a key is 32 bytes, written as 44 characters of base64");
        }
        return check(bytes);
    }

    static byte[] check(byte[] bytes) {
        if (bytes.length != 32) {
            throw new IllegalArgumentException("a key has 32 bytes, not " + bytes.length);
        }
        int any = 0;
        for (byte b : bytes) {
            any |= b;
        }
        if (any == 0) {
            throw new IllegalArgumentException("a key must not be all zeroes: WireGuard takes that for no key");
        }
        return bytes;
    }

    static String format(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}

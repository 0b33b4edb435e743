package ai.primespark.core.memory.seal;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * HKDF-Expand with SHA-256 (RFC 5869, section 2.3). Root keys are 256 random bits already, so the step before, Extract, is left
 * out as section 3.3 of the RFC allows; and a root key that must not leave its device can be used, because it only ever keys an
 * HMAC.
 */
final class Hkdf {

    private static final int HASH_BYTES = 32;

    private Hkdf() {}

    /**
     * Derives a key.
     *
     * @param root the pseudorandom key
     * @param info what it is for
     * @param length 1 to 8,160 bytes
     */
    static byte[] expand(SecretKey root, byte[] info, int length) {
        if (length < 1 || length > 255 * HASH_BYTES) {
            throw new IllegalArgumentException("HKDF gives 1 to 8,160 bytes, not " + length);
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(root);
            byte[] out = new byte[length];
            byte[] block = {};
            for (int done = 0, number = 1; done < length; done += HASH_BYTES, number++) {
                mac.update(block);
                mac.update(info);
                mac.update((byte) number);
                block = mac.doFinal();
                System.arraycopy(block, 0, out, done, Math.min(HASH_BYTES, length - done));
            }
            Arrays.fill(block, (byte) 0);
            return out;
        } catch (GeneralSecurityException e) { // without a message of the key's provider, which may say too much
            throw new IllegalStateException(
                    "HMAC-SHA256 does not work with this key (" + e.getClass().getSimpleName() + ")");
        }
    }
}

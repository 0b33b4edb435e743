package ai.primespark.core.memory.seal;

import ai.primespark.spi.TierKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts keys, so that a tier sees which records are there but not what they are called. Deterministic, because a record must
 * be found again: the name is {@code e.} and, in base32 of lower case, a synthetic IV (HMAC-SHA256 of the key, cut to 16 bytes)
 * and the key encrypted with AES-256-CTR under it. The IV is also the proof that a name was made here. The namespace stays
 * visible; it is part of each key's derivation.
 *
 * <p>A key of more than {@value #LONGEST} bytes would have too long a name. Its name is {@code h.} and its HMAC-SHA256; what it
 * is called stands in the sealed record alone.
 *
 * <p>Thread-safe.
 */
final class NameSealer {

    static final int LONGEST = 620;

    private static final String ENCRYPTED = "e.";
    private static final String HASHED = "h.";
    private static final int IV_BYTES = 16;
    private static final int HASHED_CHARS = HASHED.length() + 52;

    private final Subkeys subkeys;

    NameSealer(Subkeys subkeys) {
        this.subkeys = subkeys;
    }

    static boolean isLong(byte[] key) {
        return key.length > LONGEST;
    }

    /** Whether a name may stand for a long key. */
    static boolean isHashed(String name) {
        return name.length() == HASHED_CHARS && name.startsWith(HASHED) && Base32.decode(name, HASHED.length()) != null;
    }

    TierKey seal(TierKey key) {
        byte[] plain = key.key().getBytes(StandardCharsets.UTF_8);
        String namespace = key.namespace();
        if (isLong(plain)) {
            return TierKey.of(namespace, HASHED + Base32.encode(mac(Subkeys.Purpose.NAME_HASH, namespace, plain)));
        }
        byte[] iv = iv(namespace, plain);
        byte[] out = Arrays.copyOf(iv, IV_BYTES + plain.length);
        System.arraycopy(crypt(namespace, iv, plain), 0, out, IV_BYTES, plain.length);
        return TierKey.of(namespace, ENCRYPTED + Base32.encode(out));
    }

    /** The key that a name was made of; null for names of long keys, and for those that were not made here. */
    @Nullable
    TierKey open(TierKey name) {
        if (!name.key().startsWith(ENCRYPTED)) {
            return null;
        }
        byte[] bytes = Base32.decode(name.key(), ENCRYPTED.length());
        if (bytes == null || bytes.length <= IV_BYTES) {
            return null;
        }
        byte[] iv = Arrays.copyOf(bytes, IV_BYTES);
        byte[] plain = crypt(name.namespace(), iv, Arrays.copyOfRange(bytes, IV_BYTES, bytes.length));
        return MessageDigest.isEqual(iv(name.namespace(), plain), iv)
                ? TierKey.of(name.namespace(), new String(plain, StandardCharsets.UTF_8))
                : null;
    }

    private byte[] iv(String namespace, byte[] key) {
        return Arrays.copyOf(mac(Subkeys.Purpose.NAME_IV, namespace, key), IV_BYTES);
    }

    private byte[] mac(Subkeys.Purpose purpose, String namespace, byte[] key) {
        try {
            SecretKey secret = subkeys.key(subkeys.namesId(), purpose, namespace);
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret);
            return mac.doFinal(key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC-SHA256", e);
        }
    }

    private byte[] crypt(String namespace, byte[] iv, byte[] text) {
        try {
            SecretKey secret = subkeys.key(subkeys.namesId(), Subkeys.Purpose.NAME, namespace);
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, secret, new IvParameterSpec(iv)); // CTR is its own inverse
            return cipher.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES in counter mode", e);
        }
    }
}

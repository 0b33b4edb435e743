package ai.primespark.vpn;

import java.util.Objects;

/**
 * A node's public key (Curve25519). May be printed and passed around. The constructor checks the text
 * as strictly as WireGuard does, refuses the zero key, and quotes neither in its {@link IllegalArgumentException}. Immutable and
 * thread-safe.
 *
 * @param base64 its text: 44 characters of base64 for 32 bytes, as {@code wg pubkey} writes it
 */
public record VpnPublicKey(String base64) {

    /** Checks the parts. */
    public VpnPublicKey {
        KeyBytes.parse(Objects.requireNonNull(base64, "base64"));
    }

    /**
     * The key of its bytes.
     *
     * @param bytes 32 bytes, little-endian as in RFC 7748
     * @return the key
     * @throws IllegalArgumentException when they are not 32 or all zero
     */
    public static VpnPublicKey of(byte[] bytes) {
        return new VpnPublicKey(KeyBytes.format(KeyBytes.check(bytes)));
    }

    /**
     * The key's bytes.
     *
     * @return a new array of 32
     */
    public byte[] bytes() {
        return KeyBytes.parse(base64);
    }

    @Override
    public String toString() {
        return base64;
    }
}

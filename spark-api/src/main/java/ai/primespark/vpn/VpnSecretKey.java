package ai.primespark.vpn;

import java.security.MessageDigest;
import java.util.Objects;

/**
 * A private or preshared key. Never prints; {@link #equals} compares in constant time. Immutable and thread-safe.
 *
 * <p>Private keys are clamped (RFC 7748, section 5) where they are made, so that the text is what {@code wg show} says.
 */
public final class VpnSecretKey {

    private final byte[] bytes;

    private VpnSecretKey(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads a key, as strictly as WireGuard does.
     *
     * @param base64 44 characters of base64 for 32 bytes, as {@code wg genkey} and {@code wg genpsk} write them
     * @return the key
     * @throws IllegalArgumentException when it is not a key, or all zero; the message does not quote it
     */
    public static VpnSecretKey parse(String base64) {
        return new VpnSecretKey(KeyBytes.parse(Objects.requireNonNull(base64, "base64")));
    }

    /**
     * A private key of random or stored bytes.
     *
     * @param bytes 32 bytes; copied, and clamped in the copy
     * @return the key
     * @throws IllegalArgumentException when they are not 32 or all zero
     */
    public static VpnSecretKey ofPrivate(byte[] bytes) {
        byte[] copy = KeyBytes.check(bytes).clone();
        copy[0] &= (byte) 248;
        copy[31] = (byte) ((copy[31] & 127) | 64);
        return new VpnSecretKey(copy);
    }

    /**
     * A preshared key of random bytes.
     *
     * @param bytes 32 bytes; copied
     * @return the key
     * @throws IllegalArgumentException when they are not 32 or all zero
     */
    public static VpnSecretKey ofPreshared(byte[] bytes) {
        return new VpnSecretKey(KeyBytes.check(bytes).clone());
    }

    /**
     * The clear text, for the one place that needs it: a file of mode 0600 or a pipe, never an argument of a command.
     *
     * @return 44 characters of base64
     */
    public String reveal() {
        return KeyBytes.format(bytes);
    }

    /**
     * The clear bytes, for the one place that needs them.
     *
     * @return a new array of 32
     */
    public byte[] revealBytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VpnSecretKey that && MessageDigest.isEqual(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return VpnSecretKey.class.hashCode(); // a hash of the bytes would leak something of them
    }

    @Override
    public String toString() {
        return "VpnSecretKey[***]";
    }
}

package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnSecretKey;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Objects;
import javax.crypto.KeyAgreement;

/**
 * Makes WireGuard's keys with the JDK alone: X25519 (RFC 7748), equal to what {@code wg genkey}, {@code wg pubkey} and
 * {@code wg genpsk} make. Thread-safe.
 */
public final class WireGuardKeys {

    private static final BigInteger BASE_POINT = BigInteger.valueOf(9); // RFC 7748, section 4.1

    private final SecureRandom random;

    /** Makes keys of the platform's random numbers. */
    public WireGuardKeys() {
        this(new SecureRandom());
    }

    /**
     * Makes keys of given random numbers.
     *
     * @param random where they come from
     */
    public WireGuardKeys(SecureRandom random) {
        this.random = Objects.requireNonNull(random, "random");
    }

    /**
     * A new private key, clamped.
     *
     * @return a random one
     */
    public VpnSecretKey newPrivateKey() {
        return VpnSecretKey.ofPrivate(bytes());
    }

    /**
     * A new preshared key.
     *
     * @return a random one
     */
    public VpnSecretKey newPresharedKey() {
        return VpnSecretKey.ofPreshared(bytes());
    }

    private byte[] bytes() {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return bytes;
    }

    /**
     * The public key that belongs to a private one.
     *
     * @param privateKey clamped or not: that makes no difference here
     * @return its public key
     */
    public static VpnPublicKey publicKey(VpnSecretKey privateKey) {
        try {
            PrivateKey scalar = KeyFactory.getInstance("X25519")
                    .generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, privateKey.revealBytes()));
            return VpnPublicKey.of(multiply(scalar, BASE_POINT));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no working X25519", e);
        }
    }

    /**
     * Whether a public key is one of the few points of low order (RFC 7748, section 6.1): with those, every handshake would make
     * the same secret, and WireGuard never completes one.
     *
     * @param key the key
     * @return true when no peer can have it
     */
    public static boolean isUseless(VpnPublicKey key) {
        byte[] u = key.bytes();
        byte[] reversed = new byte[32];
        for (int i = 0; i < 32; i++) {
            reversed[i] = u[31 - i];
        }
        reversed[0] &= 127; // RFC 7748, section 5: the top bit does not count
        try {
            PrivateKey any = KeyFactory.getInstance("X25519")
                    .generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, new byte[] {
                        64, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
                        26, 27, 28, 29, 30, 64
                    }));
            byte[] secret = multiply(any, new BigInteger(1, reversed));
            int bits = 0;
            for (byte b : secret) {
                bits |= b;
            }
            return bits == 0;
        } catch (GeneralSecurityException e) {
            return true; // the JDK refuses such points
        }
    }

    private static byte[] multiply(PrivateKey scalar, BigInteger u) throws GeneralSecurityException {
        PublicKey point =
                KeyFactory.getInstance("X25519").generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, u));
        KeyAgreement agreement = KeyAgreement.getInstance("X25519");
        agreement.init(scalar);
        var unused = agreement.doPhase(point, true);
        return agreement.generateSecret();
    }
}

package ai.primespark.core.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Key pairs for ES256 in the order in which they sign. A key signs from its own beginning ({@code nbf}) until the next one's, and
 * verifies from before the one until after the other. Immutable.
 */
final class KeyRing {

    private final List<ECKey> keys;
    private final Map<String, JWSVerifier> verifiers = new HashMap<>();

    private KeyRing(List<ECKey> keys) throws JOSEException {
        this.keys = keys.stream().sorted(Comparator.comparing(KeyRing::begin)).toList();
        for (ECKey key : keys) {
            verifiers.put(key.getKeyID(), new ECDSAVerifier(key));
        }
    }

    static KeyRing empty() {
        try {
            return new KeyRing(List.of());
        } catch (JOSEException e) {
            throw new IllegalStateException(e); // there is nothing that could fail
        }
    }

    /**
     * Reads a JWK Set with private keys.
     *
     * @throws ParseException when it is none, or one of its keys is not for this; the message says nothing of what stands there
     */
    static KeyRing parse(String text) throws ParseException {
        try {
            List<ECKey> keys = new ArrayList<>();
            for (JWK key : JWKSet.parse(text).getKeys()) {
                if (!(key instanceof ECKey pair)
                        || !Curve.P_256.equals(pair.getCurve())
                        || !pair.isPrivate()
                        || pair.getNotBeforeTime() == null
                        || pair.getKeyID() == null
                        || !pair.getKeyID().matches(AccessTokens.KEY_ID)) {
                    throw new ParseException("a key is no private one on P-256 with kid and nbf", 0);
                }
                keys.add(pair);
            }
            return new KeyRing(keys);
        } catch (ParseException | JOSEException | RuntimeException e) { // the parser's message might quote a key
            String why = e instanceof ParseException known && known.getCause() == null && known.getErrorOffset() == 0
                    ? "not a JWK Set of private keys on P-256 with kid and nbf"
                    : "not a JWK Set";
            throw new ParseException(why, 0);
        }
    }

    /** The same with a new key. */
    KeyRing with(Instant begin, SecureRandom random) throws JOSEException {
        List<ECKey> more = new ArrayList<>(keys);
        more.add(new ECKeyGenerator(Curve.P_256)
                .secureRandom(random)
                .keyIDFromThumbprint(true)
                .keyUse(KeyUse.SIGNATURE)
                .algorithm(JWSAlgorithm.ES256)
                .notBeforeTime(Date.from(begin))
                .generate());
        return new KeyRing(more);
    }

    /** The same without keys that have not signed for so long that no token of theirs is left. */
    KeyRing without(Instant now, Duration longestToken) throws JOSEException {
        List<ECKey> kept = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            boolean last = i == keys.size() - 1;
            if (last || begin(keys.get(i + 1)).plus(longestToken).isAfter(now)) {
                kept.add(keys.get(i));
            }
        }
        return new KeyRing(kept);
    }

    /** The key that signs at a moment; null when there is none at all. */
    @Nullable
    ECKey signing(Instant now) {
        ECKey chosen = null;
        for (ECKey key : keys) {
            if (chosen == null || !begin(key).isAfter(now)) {
                chosen = key;
            }
        }
        return chosen;
    }

    static SigningKeys.Signing signing(ECKey key) throws JOSEException {
        return new SigningKeys.Signing(key.getKeyID(), new ECDSASigner(key));
    }

    @Nullable
    JWSVerifier verifier(String keyId) {
        return verifiers.get(keyId);
    }

    /** When the newest key begins to sign; the beginning of time when there is none. */
    Instant newest() {
        return keys.isEmpty() ? Instant.EPOCH : begin(keys.get(keys.size() - 1));
    }

    boolean isEmpty() {
        return keys.isEmpty();
    }

    int size() {
        return keys.size();
    }

    /** Everything, private keys included. */
    String privately() {
        return new JWKSet(List.copyOf(keys)).toString(false);
    }

    /** What others may know. */
    String publicly() {
        List<JWK> known = new ArrayList<>();
        for (ECKey key : keys) {
            known.add(new ECKey.Builder(key.getCurve(), key.getX(), key.getY())
                    .keyID(key.getKeyID())
                    .keyUse(KeyUse.SIGNATURE)
                    .algorithm(JWSAlgorithm.ES256)
                    .build());
        }
        return new JWKSet(known).toString(true);
    }

    private static Instant begin(ECKey key) {
        return key.getNotBeforeTime().toInstant();
    }

    @Override
    public String toString() {
        return "KeyRing[" + keys.size() + " keys]";
    }
}

package ai.primespark.core.auth;

import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.auth.InvalidTokenException;
import ai.primespark.auth.InvalidTokenException.Reason;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Makes and checks access tokens: JWTs (RFC 7519) with the rules of RFC 8725. What a token's header says decides nothing: there is
 * one algorithm, keys come from here, and a header with anything else in it than algorithm, type and key id is refused.
 * Thread-safe.
 */
final class AccessTokens {

    static final String KEY_ID = "[A-Za-z0-9_-]{1,64}";

    /** Ours have some 300 characters. */
    static final int LONGEST = 4_096;

    private static final Pattern COMPACT = Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");
    private static final Set<String> HEADER = Set.of("alg", "typ", "kid");
    private static final String SESSION = "sid";
    private static final String USERNAME = "[a-z0-9][a-z0-9._@-]{0,63}";

    private final SigningKeys keys;
    private final String issuer;
    private final String audience;
    private final Duration life;
    private final Duration skew;
    private final SecureRandom random;

    /**
     * What a token that is accepted says.
     *
     * @param username whom it speaks for
     * @param sessionId the login that it goes back to
     * @param expiresAt when it ends, without the clock skew
     */
    record Claims(String username, String sessionId, Instant expiresAt) {}

    AccessTokens(SigningKeys keys, String issuer, String audience, Duration life, Duration skew, SecureRandom random) {
        this.keys = keys;
        this.issuer = issuer;
        this.audience = audience;
        this.life = life;
        this.skew = skew;
        this.random = random;
    }

    Duration life() {
        return life;
    }

    /**
     * Makes a token.
     *
     * @param until when it ends at the latest
     */
    String issue(String username, String sessionId, Instant now, Instant until) {
        SigningKeys.Signing signing = keys.signing();
        JWSHeader.Builder header = new JWSHeader.Builder(keys.algorithm()).type(JOSEObjectType.JWT);
        if (signing.keyId() != null) {
            header.keyID(signing.keyId());
        }
        JWTClaimsSet claims = new JWTClaimsSet.Builder()
                .issuer(issuer)
                .audience(audience)
                .subject(username)
                .jwtID(id())
                .claim(SESSION, sessionId)
                .issueTime(Date.from(now))
                .notBeforeTime(Date.from(now))
                .expirationTime(Date.from(expiry(now, until)))
                .build();
        JWSObject token = new JWSObject(header.build(), new Payload(claims.toJSONObject()));
        try {
            token.sign(signing.signer());
        } catch (JOSEException e) {
            throw new AuthUnavailableException("cannot sign a token: " + e.getMessage(), e);
        }
        return token.serialize();
    }

    /** So that no two tokens are the same. */
    private String id() {
        byte[] bytes = new byte[12];
        random.nextBytes(bytes);
        return Base64URL.encode(bytes).toString();
    }

    /** To the second, as a JWT has it. */
    Instant expiry(Instant now, Instant until) {
        Instant end = now.plus(life);
        return Instant.ofEpochSecond((end.isBefore(until) ? end : until).getEpochSecond());
    }

    /**
     * Checks everything that can be checked without the user store.
     *
     * @throws InvalidTokenException with {@link Reason#INVALID} or {@link Reason#EXPIRED}
     */
    Claims check(String token, Instant now) {
        if (token.length() > LONGEST || !COMPACT.matcher(token).matches()) {
            throw invalid();
        }
        try {
            JWSObject jws = JWSObject.parse(token);
            checkHeader(jws.getHeader());
            checkSignature(jws);
            return claims(claimsOf(jws.getPayload()), now);
        } catch (ParseException | RuntimeException e) { // whatever a parser makes of what strangers send
            if (e instanceof InvalidTokenException || e instanceof AuthUnavailableException) {
                throw (RuntimeException) e;
            }
            throw invalid();
        }
    }

    private void checkHeader(JWSHeader header) {
        if (!keys.algorithm().equals(header.getAlgorithm())
                || !HEADER.containsAll(header.getIncludedParams())
                || header.getType() != null && !JOSEObjectType.JWT.equals(header.getType())
                || header.getKeyID() != null && !header.getKeyID().matches(KEY_ID)) {
            throw invalid();
        }
    }

    private void checkSignature(JWSObject jws) {
        Base64URL signature = jws.getSignature();
        if (!Base64URL.encode(signature.decode()).equals(signature)) { // one token has one form
            throw invalid();
        }
        for (JWSVerifier verifier : keys.verifiers(jws.getHeader().getKeyID())) {
            try {
                if (verifier.verify(jws.getHeader(), jws.getSigningInput(), signature)) {
                    return;
                }
            } catch (JOSEException e) {
                throw invalid();
            }
        }
        throw invalid();
    }

    /** The library would take a number for a subject, which it is not (RFC 7519, section 4.1.2). */
    private static JWTClaimsSet claimsOf(Payload payload) throws ParseException {
        Map<String, Object> said = payload.toJSONObject();
        if (said == null || !(said.get("sub") instanceof String)) {
            throw invalid();
        }
        return JWTClaimsSet.parse(said);
    }

    private Claims claims(JWTClaimsSet claims, Instant now) throws ParseException {
        String username = claims.getSubject();
        String session = claims.getStringClaim(SESSION);
        Date end = claims.getExpirationTime();
        if (!issuer.equals(claims.getIssuer())
                || !claims.getAudience().contains(audience)
                || end == null
                || username == null
                || !username.matches(USERNAME)
                || !RefreshToken.isSessionId(session)) {
            throw invalid();
        }
        for (Date begin : new Date[] {claims.getNotBeforeTime(), claims.getIssueTime()}) {
            if (begin != null && begin.toInstant().isAfter(now.plus(skew))) {
                throw invalid();
            }
        }
        Claims accepted = new Claims(username, session, end.toInstant());
        checkLife(accepted, now);
        return accepted;
    }

    /**
     * Whether a token that was accepted before still is.
     *
     * @throws InvalidTokenException with {@link Reason#EXPIRED}
     */
    void checkLife(Claims claims, Instant now) {
        if (!now.isBefore(claims.expiresAt().plus(skew))) {
            throw new InvalidTokenException(Reason.EXPIRED);
        }
    }

    private static InvalidTokenException invalid() {
        return new InvalidTokenException(Reason.INVALID);
    }
}

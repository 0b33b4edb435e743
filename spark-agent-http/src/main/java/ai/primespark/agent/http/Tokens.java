package ai.primespark.agent.http;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.UUID;

/**
 * Signs requests and checks callbacks. A token (JWT, RFC 7519) is for one request: {@code iss} and {@code aud} name the two sides,
 * {@code sub} the task, {@code iat} and {@code exp} a minute, {@code jti} makes it unique, {@code htm} and {@code htu} are the
 * method and path (named as in RFC 9449), and {@code body_sha256} is the base64url of the body's digest. So a token that was
 * overheard is good for nothing else, and a body cannot be swapped. Thread-safe.
 */
final class Tokens {

    static final Duration LIFE = Duration.ofSeconds(60);

    /** How far the clocks of the two sides may differ. */
    static final Duration SKEW = Duration.ofSeconds(60);

    /** The longest life that a callback's token may have; so long the receiver remembers it. */
    static final Duration LONGEST_LIFE = Duration.ofMinutes(5);

    private static final int MAX_TOKEN = 4096;

    private final AgentKeys.Pair keys;
    private final String node;
    private final String agent;
    private final InstantSource clock;
    private final SeenTokens seen;

    Tokens(AgentKeys.Pair keys, String node, String agent, InstantSource clock) {
        this.keys = keys;
        this.node = node;
        this.agent = agent;
        this.clock = clock;
        this.seen = new SeenTokens(clock);
    }

    /** A token that is not accepted; the message may be told to whoever sent it. */
    static final class Refused extends Exception {

        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why);
        }
    }

    /** Signs a request of this side's. */
    String sign(String taskId, String method, String path, byte[] body) {
        Instant now = clock.instant();
        JWTClaimsSet claims = new JWTClaimsSet.Builder()
                .issuer(node)
                .audience(agent)
                .subject(taskId)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(LIFE)))
                .jwtID(UUID.randomUUID().toString())
                .claim("htm", method)
                .claim("htu", path)
                .claim("body_sha256", digest(body))
                .build();
        SignedJWT token = new SignedJWT(new JWSHeader(keys.algorithm()), claims);
        try {
            token.sign(keys.signer());
        } catch (JOSEException e) {
            throw new IllegalStateException("the request to agent '" + agent + "' cannot be signed", e);
        }
        return token.serialize();
    }

    /**
     * Checks a callback's token. Accepts each once.
     *
     * @param text the token
     * @param taskId the task that the callback says it is about
     * @param body its body
     * @throws Refused when it is not the agent's, or not for this callback
     */
    void check(String text, String taskId, byte[] body) throws Refused {
        JWTClaimsSet claims = claims(text);
        demand(agent.equals(claims.getIssuer()), "iss must be the agent's id");
        demand(claims.getAudience().equals(List.of(node)), "aud must be the iss of the request");
        demand(taskId.equals(claims.getSubject()), "sub must be the task's id");
        demand(digest(body).equals(claims.getClaim("body_sha256")), "body_sha256 is not that of the body");
        Date issued = claims.getIssueTime();
        Date expires = claims.getExpirationTime();
        String id = claims.getJWTID();
        demand(issued != null && expires != null, "iat and exp are needed");
        demand(id != null && !id.isEmpty() && id.length() <= 128, "jti is needed, of up to 128 characters");
        if (issued == null || expires == null || id == null) {
            throw new IllegalStateException("demanded above");
        }
        Instant now = clock.instant();
        demand(!issued.toInstant().isAfter(now.plus(SKEW)), "iat lies in the future; is the clock right?");
        demand(expires.toInstant().plus(SKEW).isAfter(now), "the token has expired; is the clock right?");
        demand(
                Duration.between(issued.toInstant(), expires.toInstant()).compareTo(LONGEST_LIFE) <= 0,
                "the token lives too long; five minutes at most");
        demand(seen.add(id, expires.toInstant().plus(SKEW)), "the token has been used");
    }

    private JWTClaimsSet claims(String text) throws Refused {
        demand(text.length() <= MAX_TOKEN, "the token is too long");
        try {
            SignedJWT token = SignedJWT.parse(text);
            demand(keys.algorithm().equals(token.getHeader().getAlgorithm()), "alg must be " + keys.algorithm());
            demand(token.verify(keys.verifier()), "the signature is wrong");
            return token.getJWTClaimsSet();
        } catch (ParseException | JOSEException | IllegalArgumentException e) {
            throw new Refused("this is no token");
        }
    }

    private static void demand(boolean condition, String otherwise) throws Refused {
        if (!condition) {
            throw new Refused(otherwise);
        }
    }

    static String digest(byte[] body) {
        try {
            return Base64URL.encode(MessageDigest.getInstance("SHA-256").digest(body))
                    .toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has it
        }
    }
}

package ai.primespark.core.auth;

import static ai.primespark.core.auth.AuthFixture.createUser;
import static ai.primespark.core.auth.AuthFixture.login;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.auth.InvalidTokenException;
import ai.primespark.auth.InvalidTokenException.Reason;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tokens that nobody should accept (RFC 8725, OWASP's JWT cheat sheet), and some that must be. */
@Timeout(60)
class TokenForgeryTest {

    private static final String SECRET = "Vt4mG2Jx8Qb7Zr1Lw9Kd3Hs6Yn5Pc0Fa-Ue";

    private final AuthFixture fixture = new AuthFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    private static Reason refusal(AuthEngine engine, String token) {
        InvalidTokenException refused = catchThrowableOfType(InvalidTokenException.class, () -> engine.verify(token));
        assertThat(refused).as("the token is refused").isNotNull();
        assertThat(refused.getMessage()).doesNotContain(token.length() > 20 ? token.substring(0, 20) : "\u0000");
        return refused.reason();
    }

    /** The claims of a token that is accepted. */
    private Map<String, Object> claims(AuthEngine engine) throws Exception {
        return new LinkedHashMap<>(
                JWSObject.parse(login(engine, "anna").accessToken().reveal())
                        .getPayload()
                        .toJSONObject());
    }

    private static String sign(JWSHeader header, Map<String, Object> claims, JWSSigner signer) throws Exception {
        JWSObject token = new JWSObject(header, new Payload(claims));
        token.sign(signer);
        return token.serialize();
    }

    private static String unsigned(String header, Map<String, Object> claims, String signature) {
        return Base64URL.encode(header) + "." + Base64URL.encode(new Payload(claims).toString()) + "." + signature;
    }

    @Nested
    class WithASharedSecret {

        private AuthEngine engine;
        private JWSSigner signer;

        @BeforeEach
        void open() throws Exception {
            engine = fixture.set("jwt.secret", SECRET).engine();
            createUser(engine, "anna");
            signer = new MACSigner(SECRET.getBytes(UTF_8));
        }

        private String signed(Map<String, Object> claims) throws Exception {
            return sign(new JWSHeader(JWSAlgorithm.HS256), claims, signer);
        }

        private Reason refusalWith(String claim, Object value) throws Exception {
            Map<String, Object> claims = claims(engine);
            if (value == null) {
                claims.remove(claim);
            } else {
                claims.put(claim, value);
            }
            return refusal(engine, signed(claims));
        }

        @Test
        void whatIsSignedRightIsAcceptedSoThatRefusalsMeanSomething() throws Exception {
            assertThat(engine.verify(signed(claims(engine))).username()).isEqualTo("anna");
        }

        @Test
        void aTokenWithoutASignatureIsRefused() throws Exception {
            Map<String, Object> claims = claims(engine);
            String good = signed(claims);
            for (String alg : List.of("none", "None", "NONE", "nOnE", "", "HS1", "hs256")) {
                String header = "{\"alg\":\"" + alg + "\"}";
                assertThat(refusal(engine, unsigned(header, claims, ""))).isEqualTo(Reason.INVALID);
                assertThat(refusal(engine, unsigned(header, claims, good.substring(good.lastIndexOf('.') + 1))))
                        .isEqualTo(Reason.INVALID);
            }
            assertThat(refusal(engine, good.substring(0, good.lastIndexOf('.') + 1)))
                    .isEqualTo(Reason.INVALID);
            assertThat(refusal(engine, good.substring(0, good.lastIndexOf('.'))))
                    .isEqualTo(Reason.INVALID);
        }

        @Test
        void anotherAlgorithmIsRefusedEvenWithTheRightSecret() throws Exception {
            String longer = SECRET + SECRET;
            Map<String, Object> claims = claims(engine);
            assertThat(refusal(
                            engine,
                            sign(new JWSHeader(JWSAlgorithm.HS384), claims, new MACSigner(longer.getBytes(UTF_8)))))
                    .isEqualTo(Reason.INVALID);
            ECKey key = new ECKeyGenerator(Curve.P_256).generate();
            assertThat(refusal(engine, sign(new JWSHeader(JWSAlgorithm.ES256), claims, new ECDSASigner(key))))
                    .isEqualTo(Reason.INVALID);
            assertThat(refusal(
                            engine,
                            sign(
                                    new JWSHeader(JWSAlgorithm.RS256),
                                    claims,
                                    new RSASSASigner(new RSAKeyGenerator(2_048).generate()))))
                    .isEqualTo(Reason.INVALID);
        }

        @Test
        void anotherSecretIsRefused() throws Exception {
            Map<String, Object> claims = claims(engine);
            for (String secret : List.of(SECRET + "x", "0".repeat(32))) {
                assertThat(refusal(
                                engine,
                                sign(new JWSHeader(JWSAlgorithm.HS256), claims, new MACSigner(secret.getBytes(UTF_8)))))
                        .isEqualTo(Reason.INVALID);
            }
        }

        @Test
        void anotherIssuerOrAudienceIsRefused() throws Exception {
            assertThat(refusalWith("iss", "somebody-else")).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("iss", null)).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("iss", List.of("prime-spark"))).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("aud", "somebody-else")).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("aud", null)).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("aud", List.of())).isEqualTo(Reason.INVALID);
            Map<String, Object> claims = claims(engine);
            claims.put("aud", List.of("other", "prime-spark"));
            assertThat(engine.verify(signed(claims)).username())
                    .as("one of several audiences")
                    .isEqualTo("anna");
        }

        @Test
        void timeCountsWithinTheSkewOfClocks() throws Exception {
            Instant now = fixture.context.clock().instant();
            assertThat(refusalWith("exp", now.minusSeconds(31).getEpochSecond()))
                    .isEqualTo(Reason.EXPIRED);
            assertThat(refusalWith("exp", null)).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("exp", "tomorrow")).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("nbf", now.plusSeconds(32).getEpochSecond())).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("iat", now.plusSeconds(32).getEpochSecond())).isEqualTo(Reason.INVALID);
            for (Map.Entry<String, Long> slight :
                    Map.of("exp", -28L, "nbf", 29L, "iat", 29L).entrySet()) {
                Map<String, Object> claims = claims(engine);
                claims.put(slight.getKey(), now.plusSeconds(slight.getValue()).getEpochSecond());
                assertThat(engine.verify(signed(claims)).username()).isEqualTo("anna");
            }
        }

        @Test
        void aTokenEndsAlsoWhenItWasVerifiedBefore() {
            String token = login(engine, "anna").accessToken().reveal();
            assertThat(engine.verify(token).username()).isEqualTo("anna");
            fixture.pass(Duration.ofMinutes(15).plusSeconds(31));
            assertThat(refusal(engine, token)).isEqualTo(Reason.EXPIRED);
        }

        @Test
        void aTokenOfNobodyOrOfAnotherUsersSessionIsRefused() throws Exception {
            createUser(engine, "bert", "admin");
            assertThat(refusalWith("sub", "bert")).isEqualTo(Reason.REVOKED);
            assertThat(refusalWith("sub", "nobody")).isEqualTo(Reason.REVOKED);
            assertThat(refusalWith("sub", null)).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("sub", "Anna")).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("sub", 7)).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("sid", "another-session")).isEqualTo(Reason.REVOKED);
            assertThat(refusalWith("sid", "../../etc/passwd")).isEqualTo(Reason.INVALID);
            assertThat(refusalWith("sid", null)).isEqualTo(Reason.INVALID);
        }

        @Test
        void rolesInATokenAreNotBelieved() throws Exception {
            Map<String, Object> claims = claims(engine);
            claims.put("roles", List.of("admin"));
            claims.put("role", "admin");
            assertThat(engine.verify(signed(claims)).roles()).containsExactly("user");
        }

        @Test
        void aHeaderThatBringsItsOwnKeyOrAsksForMoreIsRefused() throws Exception {
            Map<String, Object> claims = claims(engine);
            ECKey key = new ECKeyGenerator(Curve.P_256).generate();
            List<JWSHeader> headers = List.of(
                    new JWSHeader.Builder(JWSAlgorithm.HS256)
                            .jwk(key.toPublicJWK())
                            .build(),
                    new JWSHeader.Builder(JWSAlgorithm.HS256)
                            .jwkURL(java.net.URI.create("https://evil.example/keys"))
                            .build(),
                    new JWSHeader.Builder(JWSAlgorithm.HS256)
                            .x509CertURL(java.net.URI.create("https://evil.example/cert"))
                            .build(),
                    new JWSHeader.Builder(JWSAlgorithm.HS256)
                            .criticalParams(Set.of("exp"))
                            .customParam("exp", 1)
                            .build(),
                    new JWSHeader.Builder(JWSAlgorithm.HS256)
                            .type(new JOSEObjectType("dpop+jwt"))
                            .build(),
                    new JWSHeader.Builder(JWSAlgorithm.HS256).contentType("JWT").build());
            for (JWSHeader header : headers) {
                assertThat(refusal(engine, sign(header, claims, signer)))
                        .as(header.toString())
                        .isEqualTo(Reason.INVALID);
            }
        }

        @Test
        void aKeyIdIsNoPathAndNoQuery() throws Exception {
            Map<String, Object> claims = claims(engine);
            for (String kid : List.of(
                    "../../../../dev/null", "x' UNION SELECT 'k'--", "/dev/null\u0000", "", "a".repeat(65), "k1")) {
                JWSHeader header =
                        new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(kid).build();
                for (JWSSigner forged : List.of(signer, new MACSigner(new byte[32]))) {
                    assertThat(refusal(engine, sign(header, claims, forged)))
                            .as(kid)
                            .isEqualTo(Reason.INVALID);
                }
            }
        }

        @Test
        void whatIsMalformedIsRefusedAndNothingElseHappens() throws Exception {
            String good = signed(claims(engine));
            String[] parts = good.split("\\.");
            List<String> bad = new ArrayList<>(List.of(
                    "",
                    ".",
                    "..",
                    "...",
                    "a.b.c",
                    "Bearer " + good,
                    good + ".",
                    "." + good,
                    good + "=",
                    good + "\n",
                    " " + good,
                    good.replace('.', '\u0000'),
                    parts[0] + "." + parts[1] + "." + parts[2] + "." + parts[2] + "." + parts[2],
                    parts[0] + "\n." + parts[1] + "." + parts[2],
                    "ä." + parts[1] + "." + parts[2],
                    Base64URL.encode("not json") + "." + parts[1] + "." + parts[2],
                    Base64URL.encode("[]") + "." + parts[1] + "." + parts[2],
                    Base64URL.encode("{\"alg\":1}") + "." + parts[1] + "." + parts[2],
                    Base64URL.encode("{\"alg\":\"HS256\",\"alg\":\"none\"}") + "." + parts[1] + "." + parts[2],
                    Base64URL.encode("{\"alg\":\"HS256\"" + ",\"a\":{\"b\":".repeat(200)) + "." + parts[1] + "."
                            + parts[2],
                    parts[0] + "." + Base64URL.encode("{}") + "." + parts[2]));
            for (int i = 0; i < parts[2].length(); i++) { // each character of the signature counts, also its last bits
                char other = parts[2].charAt(i) == 'A' ? 'B' : 'A';
                bad.add(parts[0] + "." + parts[1] + "." + parts[2].substring(0, i) + other + parts[2].substring(i + 1));
            }
            for (String token : bad) {
                assertThat(refusal(engine, token)).isEqualTo(Reason.INVALID);
            }
            JWSObject text = new JWSObject(new JWSHeader(JWSAlgorithm.HS256), new Payload("no claims at all"));
            text.sign(signer);
            assertThat(refusal(engine, text.serialize())).isEqualTo(Reason.INVALID);
            assertThat(engine.verify(good).username()).isEqualTo("anna");
        }

        @Test
        void oneTokenHasOneForm() throws Exception {
            String good = signed(claims(engine));
            char last =
                    good.charAt(good.length() - 1); // 43 characters hold 258 bits, of which the last two must be zero
            String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            int value = alphabet.indexOf(last);
            assertThat(value % 4).isZero();
            for (int bits = 1; bits < 4; bits++) {
                String twin = good.substring(0, good.length() - 1) + alphabet.charAt(value + bits);
                assertThat(refusal(engine, twin)).isEqualTo(Reason.INVALID);
            }
        }

        @Test
        void hugeTokensAreRefusedBeforeAnybodyReadsThem() throws Exception {
            Map<String, Object> claims = claims(engine);
            claims.put("padding", "x".repeat(10_000));
            assertThat(refusal(engine, signed(claims))).isEqualTo(Reason.INVALID);
            assertThat(refusal(engine, "a".repeat(50_000_000))).isEqualTo(Reason.INVALID);
            assertThat(refusal(engine, "a".repeat(2_000_000) + ".b.c")).isEqualTo(Reason.INVALID);
        }

        @Test
        void theSecretBeforeThisOneStillVerifies() throws Exception {
            String old = login(engine, "anna").accessToken().reveal();
            AuthEngine changed = fixture.set("jwt.secret", "n3w-" + SECRET)
                    .set("jwt.previous-secret", SECRET)
                    .engine();
            AuthEngine forgotten = new AuthFixture()
                    .over(fixture.store())
                    .set("jwt.secret", "n3w-" + SECRET)
                    .engine();

            assertThat(changed.verify(old).username()).isEqualTo("anna");
            String fresh = login(changed, "anna").accessToken().reveal();
            assertThat(forgotten.verify(fresh).username()).isEqualTo("anna");
            assertThat(refusal(forgotten, old)).isEqualTo(Reason.INVALID);
            assertThat(refusal(engine, fresh)).isEqualTo(Reason.INVALID);
        }
    }

    @Nested
    class WithAKeyPair {

        private AuthEngine engine;
        private ECKey published;

        @BeforeEach
        void open() throws Exception {
            engine = fixture.set("jwt.algorithm", "ES256").engine();
            createUser(engine, "anna");
            published =
                    (ECKey) JWKSet.parse(engine.jwks().orElseThrow()).getKeys().get(0);
        }

        @Test
        void thePublicKeyIsNoSecretToSignWith() throws Exception {
            Map<String, Object> claims = claims(engine);
            List<byte[]> secrets = List.of(
                    engine.jwks().orElseThrow().getBytes(UTF_8),
                    published.toJSONString().getBytes(UTF_8),
                    published.toECPublicKey().getEncoded(),
                    ("-----BEGIN PUBLIC KEY-----\n"
                                    + java.util.Base64.getMimeEncoder(64, new byte[] {'\n'})
                                            .encodeToString(
                                                    published.toECPublicKey().getEncoded())
                                    + "\n-----END PUBLIC KEY-----\n")
                            .getBytes(UTF_8));
            for (byte[] secret : secrets) {
                for (String kid : new String[] {null, published.getKeyID()}) {
                    JWSHeader header =
                            new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(kid).build();
                    assertThat(refusal(engine, sign(header, claims, new MACSigner(secret))))
                            .isEqualTo(Reason.INVALID);
                }
            }
        }

        @Test
        void anotherKeyUnderThePublishedIdIsRefused() throws Exception {
            Map<String, Object> claims = claims(engine);
            ECKey other =
                    new ECKeyGenerator(Curve.P_256).keyID(published.getKeyID()).generate();
            JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.ES256)
                    .keyID(published.getKeyID())
                    .build();
            assertThat(refusal(engine, sign(header, claims, new ECDSASigner(other))))
                    .isEqualTo(Reason.INVALID);
            JWSHeader unknown =
                    new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("unknown").build();
            assertThat(refusal(engine, sign(unknown, claims, new ECDSASigner(other))))
                    .isEqualTo(Reason.INVALID);
            JWSHeader none = new JWSHeader(JWSAlgorithm.ES256);
            assertThat(refusal(engine, sign(none, claims, new ECDSASigner(other))))
                    .isEqualTo(Reason.INVALID);
        }

        @Test
        void theSignatureOfZerosIsRefused() throws Exception {
            String good = login(engine, "anna").accessToken().reveal();
            String zeros = Base64URL.encode(new byte[64]).toString();
            assertThat(refusal(engine, good.substring(0, good.lastIndexOf('.') + 1) + zeros))
                    .isEqualTo(Reason.INVALID);
            assertThat(engine.verify(good).username()).isEqualTo("anna");
        }

        @Test
        void whatIsPublishedHoldsNoPrivateKey() {
            assertThat(engine.jwks().orElseThrow())
                    .contains("\"kty\":\"EC\"", "\"crv\":\"P-256\"", "\"alg\":\"ES256\"", "\"use\":\"sig\"")
                    .doesNotContain("\"d\"");
        }
    }
}

package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import ai.primespark.Secret;
import ai.primespark.examples.server.AttackedServer.Who;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * API2:2023, broken authentication: forged, foreign, old and misplaced tokens, and guessed passwords. {@link TokenForgeryTest} has
 * the plain forgeries.
 *
 * @see <a href="https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/">OWASP</a>
 */
class Api02AuthenticationTest {

    private static final String SECRET = "KJ3f0sa8Nw1mXq7RtZ5vB2yC4hL6pD9eGsUoTiMkWnQ";
    private static final byte[] KEY = SECRET.getBytes(StandardCharsets.UTF_8);

    @TempDir
    static Path directory;

    private static AttackedServer shared;
    private static AttackedServer paired;
    private static ForgedTokens ofShared;
    private static ForgedTokens ofPaired;

    private static void asItIs(ObjectNode part) {
        assertThat(part).isNotNull();
    }

    @BeforeAll
    static void start() {
        shared = new AttackedServer(
                directory.resolve("hs256"),
                "limits.rate = 0",
                config -> config.with("primespark.auth.jwt.secret", Secret.of(SECRET)));
        paired = new AttackedServer(
                directory.resolve("es256"),
                "limits.rate = 0",
                config -> config.with("primespark.auth.jwt.algorithm", "es256"));
        ofShared = new ForgedTokens(shared.token(Who.ADMIN));
        ofPaired = new ForgedTokens(paired.token(Who.ADMIN));
    }

    @AfterAll
    static void stop() {
        shared.close();
        paired.close();
    }

    private static void refused(AttackedServer server, String token) {
        HttpResponse<String> answer = server.framed.get("/api/auth/users", token);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate").orElse("")).startsWith("Bearer");
        assertThat(answer.body()).doesNotContain("Exception", "nimbus", "JWS", "kid", "signature");
        assertThat(server.get(Who.ADMIN, "/api/auth/me").statusCode())
                .as("the good token still is")
                .isEqualTo(200);
    }

    /** The right key, so that only what is said around the signature is wrong. */
    static Stream<Arguments> signedByTheRightKey() {
        long now = Instant.now().getEpochSecond();
        return Stream.of(
                argumentSet("expired", claims(c -> c.put("exp", now - 7200))),
                argumentSet("expired long ago", claims(c -> c.put("exp", 0))),
                argumentSet("without an end", claims(c -> c.remove("exp"))),
                argumentSet("with an end that is a text", claims(c -> c.put("exp", "never"))),
                argumentSet("with an end that is an object", claims(c -> c.putObject("exp"))),
                argumentSet("not yet good", claims(c -> c.put("nbf", now + 7200))),
                argumentSet("issued tomorrow", claims(c -> c.put("iat", now + 86_400))),
                argumentSet("for another audience", claims(c -> c.put("aud", "somebody-else"))),
                argumentSet("for no audience", claims(c -> c.remove("aud"))),
                argumentSet(
                        "for several others",
                        claims(c -> c.putArray("aud").add("a").add("b"))),
                argumentSet("of another issuer", claims(c -> c.put("iss", "https://evil.example"))),
                argumentSet("of no issuer", claims(c -> c.remove("iss"))),
                argumentSet("of no user", claims(c -> c.remove("sub"))),
                argumentSet("of another user", claims(c -> c.put("sub", "mira"))),
                argumentSet("of a user that is a path", claims(c -> c.put("sub", "../admin"))),
                argumentSet("of a user in capitals", claims(c -> c.put("sub", "ADMIN"))),
                argumentSet("of no session", claims(c -> c.remove("sid"))),
                argumentSet("of a session that never was", claims(c -> c.put("sid", "A".repeat(22)))),
                argumentSet("of a session that is a pattern", claims(c -> c.put("sid", "*"))),
                argumentSet("kid that is a path", header(h -> h.put("kid", "../../../dev/null"))),
                argumentSet("kid that is SQL", header(h -> h.put("kid", "x' UNION SELECT 'key'--"))),
                argumentSet("kid that is a command", header(h -> h.put("kid", "|whoami"))),
                argumentSet("kid that is a list", header(h -> h.putArray("kid").add("a"))),
                argumentSet("kid that is huge", header(h -> h.put("kid", "k".repeat(2000)))),
                argumentSet(
                        "a key of its own",
                        header(h -> h.putObject("jwk").put("kty", "oct").put("k", "AAAA"))),
                argumentSet("a key elsewhere", header(h -> h.put("jku", "http://127.0.0.1:1/keys"))),
                argumentSet("a certificate elsewhere", header(h -> h.put("x5u", "http://127.0.0.1:1/cert"))),
                argumentSet("a certificate along", header(h -> h.putArray("x5c").add("AAAA"))),
                argumentSet(
                        "a header that must be understood",
                        header(h -> h.putArray("crit").add("exp"))),
                argumentSet("a payload that is not encoded", header(h -> {
                    h.put("b64", false);
                    h.putArray("crit").add("b64");
                })),
                argumentSet("another kind of token", header(h -> h.put("typ", "at+jwt"))),
                argumentSet("a compressed payload", header(h -> h.put("zip", "DEF"))),
                argumentSet("a token in a token", header(h -> h.put("cty", "JWT"))));
    }

    private static String claims(Consumer<ObjectNode> change) {
        return ofShared.hmac(KEY, Api02AuthenticationTest::asItIs, change);
    }

    private static String header(Consumer<ObjectNode> change) {
        return ofShared.hmac(KEY, change, Api02AuthenticationTest::asItIs);
    }

    @ParameterizedTest
    @MethodSource("signedByTheRightKey")
    void theRightKeyAloneMakesNoToken(String token) {
        refused(shared, token);
    }

    @Test
    void andYetTheRightKeyWithTheRightClaimsDoes() {
        assertThat(shared.framed
                        .get("/api/auth/me", claims(c -> c.put("jti", "of the test")))
                        .statusCode())
                .as("otherwise the tests above would prove nothing")
                .isEqualTo(200);
    }

    static Stream<Arguments> ofPairs() throws Exception {
        ECPublicKey open = publicKey();
        KeyPair own = pair();
        byte[] point = new byte[64];
        String jwk = paired.framed.get("/.well-known/jwks.json").body();
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(open.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
        Consumer<ObjectNode> hs256 = h -> h.put("alg", "HS256");
        List<Arguments> all = new ArrayList<>();
        for (byte[] key : List.of(
                open.getEncoded(),
                pem.getBytes(StandardCharsets.US_ASCII),
                pem.strip().getBytes(StandardCharsets.US_ASCII),
                jwk.getBytes(StandardCharsets.UTF_8),
                TestServer.json(jwk).at("/keys/0").toString().getBytes(StandardCharsets.UTF_8),
                TestServer.json(jwk).at("/keys/0/x").asText().getBytes(StandardCharsets.UTF_8),
                Base64.getUrlDecoder()
                        .decode(TestServer.json(jwk).at("/keys/0/x").asText()))) {
            all.add(argumentSet(
                    "the public key as a shared secret, form " + all.size(),
                    ofPaired.hmac(key, hs256, Api02AuthenticationTest::asItIs)));
            all.add(argumentSet(
                    "the same, and still called ES256, form " + all.size(),
                    ofPaired.hmac(key, Api02AuthenticationTest::asItIs, Api02AuthenticationTest::asItIs)));
        }
        all.add(argumentSet("a signature of zeros (CVE-2022-21449)", ofPaired.signed(ForgedTokens.encoded(point))));
        all.add(argumentSet("a signature of the group's order", ofPaired.signed(ForgedTokens.encoded(order(open)))));
        all.add(argumentSet("no signature", ofPaired.signed("")));
        all.add(argumentSet(
                "a short signature", ofPaired.signed(ofPaired.signature().substring(0, 40))));
        all.add(argumentSet("alg none", ofPaired.header(h -> h.put("alg", "none"))));
        all.add(argumentSet("another pair", signed(own, h -> {})));
        all.add(argumentSet(
                "another pair, brought along", signed(own, h -> h.set("jwk", jwk((ECPublicKey) own.getPublic())))));
        all.add(argumentSet("another pair, under no name", signed(own, h -> h.remove("kid"))));
        all.add(argumentSet("changed claims", ofPaired.claims(c -> c.put("sub", "mira"))));
        return all.stream();
    }

    private static byte[] order(ECPublicKey open) {
        byte[] both = new byte[64];
        byte[] number = open.getParams().getOrder().toByteArray(); // a zero, and 32 bytes
        System.arraycopy(number, number.length - 32, both, 0, 32);
        System.arraycopy(number, number.length - 32, both, 32, 32);
        return both;
    }

    private static ECPublicKey publicKey() throws GeneralSecurityException {
        JsonNode key =
                TestServer.json(paired.framed.get("/.well-known/jwks.json")).at("/keys/0");
        AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec("secp256r1"));
        PublicKey open = KeyFactory.getInstance("EC")
                .generatePublic(new ECPublicKeySpec(
                        new ECPoint(number(key, "x"), number(key, "y")),
                        curve.getParameterSpec(ECParameterSpec.class)));
        return (ECPublicKey) open;
    }

    private static BigInteger number(JsonNode key, String name) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(key.get(name).asText()));
    }

    private static KeyPair pair() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static ObjectNode jwk(ECPublicKey key) {
        ObjectNode jwk = ofPaired.part(0).objectNode();
        jwk.put("kty", "EC").put("crv", "P-256");
        jwk.put("x", ForgedTokens.encoded(bytes(key.getW().getAffineX())));
        jwk.put("y", ForgedTokens.encoded(bytes(key.getW().getAffineY())));
        return jwk;
    }

    private static byte[] bytes(BigInteger number) {
        byte[] signed = number.toByteArray();
        byte[] bytes = new byte[32];
        int count = Math.min(32, signed.length);
        System.arraycopy(signed, signed.length - count, bytes, 32 - count, count);
        return bytes;
    }

    private static String signed(KeyPair pair, Consumer<ObjectNode> header) throws GeneralSecurityException {
        ObjectNode changed = ofPaired.part(0);
        header.accept(changed);
        String input = ForgedTokens.input(changed, ofPaired.part(1));
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initSign(pair.getPrivate());
        signature.update(input.getBytes(StandardCharsets.US_ASCII));
        return input + "." + ForgedTokens.encoded(signature.sign());
    }

    @ParameterizedTest
    @MethodSource("ofPairs")
    void whatIsPublicSignsNothing(String token) {
        refused(paired, token);
    }

    @Test
    void aTokenOfAnotherServerIsNobodys() {
        refused(shared, paired.token(Who.ADMIN));
        refused(paired, shared.token(Who.ADMIN));
    }

    @Test
    void aRefreshTokenOpensNothingAndAnAccessTokenRefreshesNothing() {
        JsonNode login = TestServer.json(shared.framed.login("otto", AttackedServer.PASSWORD));
        refused(shared, login.get("refresh_token").asText());

        HttpResponse<String> answer = shared.framed.post(
                "/api/auth/refresh",
                "{\"refresh_token\": \"" + login.get("access_token").asText() + "\"}");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(shared.framed
                        .get("/api/auth/me", login.get("access_token").asText())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aStolenRefreshTokenEndsTheSessionForTheThiefToo() {
        JsonNode login = TestServer.json(shared.framed.login("otto", AttackedServer.PASSWORD));
        String stolen = "{\"refresh_token\": " + login.get("refresh_token") + "}";
        JsonNode thief = TestServer.json(shared.framed.post("/api/auth/refresh", stolen));

        HttpResponse<String> owner = shared.framed.post("/api/auth/refresh", stolen);

        assertThat(owner.statusCode()).isEqualTo(401);
        assertThat(FramedServer.type(owner)).isEqualTo("token-reused");
        assertThat(shared.framed
                        .get("/api/auth/me", thief.get("access_token").asText())
                        .statusCode())
                .isEqualTo(401);
        assertThat(shared.framed
                        .post("/api/auth/refresh", "{\"refresh_token\": " + thief.get("refresh_token") + "}")
                        .statusCode())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"roles", "active", "password", "deleted"})
    void aTokenIsWorthWhatItsAccountIsNow(String change, @TempDir Path other) {
        try (AttackedServer server = new AttackedServer(other)) {
            String token = server.token(Who.HANNA);
            assertThat(server.framed.get("/api/auth/users", token).statusCode()).isEqualTo(200);
            int expected = 401;
            switch (change) {
                case "roles" -> {
                    server.framed.spark.auth().users().setRoles("hanna", Set.of("user"));
                    expected = 403;
                }
                case "active" -> server.framed.spark.auth().users().setActive("hanna", false);
                case "password" ->
                    server.framed.spark.auth().users().setPassword("hanna", Secret.of("a sentence more secret"));
                default ->
                    assertThat(server.framed.spark.auth().users().delete("hanna"))
                            .isTrue();
            }

            assertThat(server.framed.get("/api/auth/users", token).statusCode()).isEqualTo(expected);
        }
    }

    @Test
    void guessingIsStoppedWhateverNameIsTriedAndWhoeverSaysHeIsAnother(@TempDir Path other) {
        try (AttackedServer server = new AttackedServer(other)) {
            List<Integer> answers = new ArrayList<>();
            HttpResponse<String> last = null;
            for (int i = 0; i < 40; i++) { // one password, many users, a new address each time: so it claims
                last = server.framed.send(server.framed
                        .request("/api/auth/login")
                        .header("Content-Type", "application/json")
                        .header("X-Forwarded-For", "203.0.113." + i)
                        .header("X-Real-IP", "203.0.113." + i)
                        .header("Forwarded", "for=203.0.113." + i)
                        .POST(BodyPublishers.ofString(
                                "{\"username\": \"user" + i + "\", \"password\": \"Summer2026!\"}")));
                answers.add(last.statusCode());
            }

            assertThat(answers).containsOnly(401, 429);
            assertThat(answers.stream().filter(status -> status == 401).count()).isLessThanOrEqualTo(25);
            assertThat(last).isNotNull();
            assertThat(last.statusCode()).isEqualTo(429);
            assertThat(FramedServer.type(last)).isEqualTo("login-throttled");
            assertThat(Integer.parseInt(last.headers().firstValue("Retry-After").orElseThrow()))
                    .isPositive();
        }
    }

    @Test
    void aNameWrittenInAnotherWayIsTheSameNameForGuessers(@TempDir Path other) {
        try (AttackedServer server = new AttackedServer(other)) {
            int status = 401;
            int tries = 0;
            for (String name : Stream.generate(() -> List.of("otto", "OTTO", "Otto", "oTTO"))
                    .flatMap(List::stream)
                    .limit(16)
                    .toList()) {
                status = server.framed.login(name, "guess " + tries).statusCode();
                tries++;
                if (status == 429) {
                    break;
                }
            }

            assertThat(status).isEqualTo(429);
            assertThat(tries).isLessThanOrEqualTo(8);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "admin",
                "password",
                "Admin123",
                "changeme",
                "primespark",
                "raspberry",
                "",
                "correct horse battery "
            })
    void nobodyGetsInByWhatEverybodyTries(String password) {
        int status = paired.framed.login("admin", password).statusCode();

        assertThat(status).isIn(400, 401, 429);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"username\": {\"$ne\": null}, \"password\": {\"$ne\": null}}",
                "{\"username\": \"admin' OR '1'='1\", \"password\": \"x\"}",
                "{\"username\": \"admin\", \"password\": true}",
                "{\"username\": \"admin\", \"password\": null}",
                "{\"username\": \"admin\"}",
                "{\"username\": [\"admin\"], \"password\": [\"x\"]}",
                "{\"username\": \"admin\\u0000\", \"password\": \"correct horse battery\"}",
                "{\"username\": \" admin\", \"password\": \"correct horse battery\"}"
            })
    void aLoginIsTwoTextsAndNothingCleverer(String body) {
        assertThat(paired.framed.post("/api/auth/login", body).statusCode()).isIn(400, 401, 429);
    }

    @ParameterizedTest
    @ValueSource(strings = {"access_token", "token", "authorization", "api_key", "jwt"})
    void aTokenCountsInItsHeaderOnly(String name) {
        String token = shared.token(Who.ADMIN);

        assertThat(shared.framed.get("/api/auth/users?" + name + "=" + token).statusCode())
                .isEqualTo(401);
        assertThat(shared.framed
                        .send(shared.framed.request("/api/auth/users").header("Cookie", name + "=" + token))
                        .statusCode())
                .isEqualTo(401);
        assertThat(shared.framed
                        .send(shared.framed.request("/api/auth/users").header("X-" + name.replace('_', '-'), token))
                        .statusCode())
                .isEqualTo(401);
    }
}

package ai.primespark.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.agent.AgentCallbacks.Answer;
import ai.primespark.agent.CancelReason;
import ai.primespark.spi.RemoteAgent.Outcome;
import ai.primespark.testkit.FaultServer;
import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CallbackReceiverTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String DONE = "{\"status\":\"done\",\"result\":{\"n\":1}}";
    private static final Map<String, ?> SETTINGS =
            Map.of("callback-url", URI.create("https://control.home/callbacks/"), "poll-interval", "1h");

    private FaultServer server;
    private Rig rig;
    private FakeAttempt attempt;
    private CompletableFuture<Outcome> outcome;

    @BeforeEach
    void beginLongWork() throws Exception {
        server = FaultServer.start();
        server.onRequest("/api/execute", exchange -> exchange.respond(202, "application/json", ""));
        begin(SETTINGS);
    }

    private void begin(Map<String, ?> settings) throws Exception {
        rig = Rig.start(server.uri(), settings);
        attempt = new FakeAttempt("t1", 5);
        outcome = rig.begin(attempt);
        server.awaitExchange("/api/execute", PATIENCE);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        server.close();
    }

    // --- good ones

    @Test
    void theAgentIsToldWhereToCall() throws Exception {
        JsonNode body =
                Json.MAPPER.readTree(server.exchanges("/api/execute").get(0).body());
        assertThat(body.path("callback").asText()).isEqualTo("https://control.home/callbacks/pi/t1");
    }

    @Test
    void progressAndOutputArePassedOn() throws Exception {
        assertThat(rig.callback("t1", "{\"status\":\"running\",\"progress\":0.5,\"output\":\"half\"}")
                        .status())
                .isEqualTo(204);
        assertThat(attempt.progress).containsExactly(0.5);
        assertThat(attempt.output).containsExactly("half");
        assertThat(outcome).isNotDone();
    }

    @Test
    void doneEndsTheAttempt() throws Exception {
        assertThat(rig.callback("t1", DONE).status()).isEqualTo(204);
        assertThat(outcome.get(20, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        Outcome.Done.class, done -> assertThat(done.result()).isEqualTo(Rig.bytes("{\"n\":1}")));
    }

    @Test
    void failedEndsTheAttempt() throws Exception {
        rig.callback("t1", "{\"status\":\"failed\",\"error\":\"no paper\",\"fence\":5}");
        assertThat(outcome.get(20, TimeUnit.SECONDS)).isEqualTo(new Outcome.Failed("no paper", true));
    }

    @Test
    void aPieceOfOutputThatIsTooLargeDoesNotEndTheAttempt() throws Exception {
        rig.callback("t1", "{\"status\":\"running\",\"output\":\"" + "x".repeat(70_000) + "\"}");
        assertThat(outcome).isNotDone();
        rig.callback("t1", DONE);
        assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Done.class);
    }

    // --- callbacks that nobody waits for

    @Test
    void aCallbackForAnotherTaskOrAttemptSaysThatTheWorkIsToStop() throws Exception {
        assertThat(rig.callback("t2", DONE).status()).isEqualTo(410);
        assertThat(rig.callback("t1", "{\"status\":\"done\",\"fence\":4}").status())
                .isEqualTo(410);
        assertThat(outcome).isNotDone();
    }

    @Test
    void aCallbackAfterTheEndIsRefused() throws Exception {
        rig.callback("t1", DONE);
        outcome.get(20, TimeUnit.SECONDS);
        assertThat(rig.callback("t1", DONE).status()).isEqualTo(410);
    }

    @Test
    void aCallbackAfterACancellationIsRefused() throws Exception {
        attempt.cancel(CancelReason.USER);
        assertThat(rig.callback("t1", DONE).status()).isEqualTo(410);
        assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Stopped.class);
    }

    // --- bad ones

    @Test
    void aForgedSignatureIsRefused() throws Exception {
        String token = rig.token(
                "t1",
                DONE,
                claims -> claims,
                new MACSigner("another-secret-of-more-than-32-bytes"),
                JWSAlgorithm.HS256);
        assertRefused(token, "signature is wrong");
    }

    @Test
    void anUnsignedTokenIsRefused() throws Exception {
        JWTClaimsSet claims =
                new JWTClaimsSet.Builder().issuer("pi").subject("t1").build();
        assertRefused(new PlainJWT(claims).serialize(), "no token");
    }

    @Test
    void anotherAlgorithmIsRefused() throws Exception {
        String secret = (Rig.SECRET + Rig.SECRET);
        assertRefused(
                rig.token("t1", DONE, claims -> claims, new MACSigner(secret), JWSAlgorithm.HS512),
                "alg must be HS256");
        ECDSASigner signer = new ECDSASigner(new ECKeyGenerator(Curve.P_256).generate());
        assertRefused(rig.token("t1", DONE, claims -> claims, signer, JWSAlgorithm.ES256), "alg must be HS256");
    }

    @Test
    void anExpiredTokenIsRefused() throws Exception {
        String token = rig.token("t1", DONE, claims -> claims);
        rig.clock().advance(Duration.ofSeconds(121));
        assertRefused(token, "expired");
    }

    @Test
    void clocksMayDifferByAMinute() throws Exception {
        String token = rig.token("t1", DONE, claims -> claims);
        rig.clock().advance(Duration.ofSeconds(119));
        assertThat(rig.callback("t1", token, DONE).status()).isEqualTo(204);
    }

    @Test
    void aTokenFromTheFutureOrWithALongLifeIsRefused() throws Exception {
        assertRefused(with(claims -> claims.issueTime(in(61)).expirationTime(in(90))), "future");
        assertRefused(with(claims -> claims.expirationTime(in(301))), "five minutes");
        assertRefused(with(claims -> claims.expirationTime(null)), "iat and exp");
    }

    @Test
    void aTokenIsAcceptedOnce() throws Exception {
        String body = "{\"status\":\"running\",\"progress\":0.1}";
        String token = rig.token("t1", body, claims -> claims);
        assertThat(rig.callback("t1", token, body).status()).isEqualTo(204);
        Answer again = rig.callback("t1", token, body);
        assertThat(again.status()).isEqualTo(401);
        assertThat(text(again)).contains("has been used");
        assertThat(attempt.progress).hasSize(1);
    }

    @Test
    void aTokenForSomebodyElseIsRefused() throws Exception {
        assertRefused(with(claims -> claims.audience("another-node")), "aud");
        assertRefused(with(claims -> claims.audience(List.of("test-node", "another-node"))), "aud");
        assertRefused(with(claims -> claims.audience((String) null)), "aud");
        assertRefused(with(claims -> claims.issuer("another-agent")), "iss");
        assertRefused(with(claims -> claims.subject("t2")), "sub");
        assertRefused(with(claims -> claims.jwtID(null)), "jti");
    }

    @Test
    void ourOwnRequestSentBackIsRefused() throws Exception {
        String own = server.exchanges("/api/execute")
                .get(0)
                .header("Authorization")
                .orElseThrow()
                .substring("Bearer ".length());
        Answer answer =
                rig.callback("t1", own, server.exchanges("/api/execute").get(0).body());
        assertThat(answer.status()).isEqualTo(401);
    }

    @Test
    void aSwappedBodyIsRefused() throws Exception {
        String token = rig.token("t1", "{\"status\":\"running\"}", claims -> claims);
        assertRefused(token, "body_sha256");
    }

    @Test
    void whatIsNoCallbackIsRefused() throws Exception {
        assertThat(rig.callback("t1", "no report").status()).isEqualTo(400);
        assertThat(receive("GET", "/t1", Map.of()).status()).isEqualTo(405);
        assertThat(receive("POST", "/t1", Map.of()).status()).isEqualTo(401);
        assertThat(receive("POST", "/t1", Map.of("Authorization", List.of("Basic eDp5")))
                        .status())
                .isEqualTo(401);
        assertThat(receive("POST", "/t1", Map.of("Authorization", List.of("Bearer a", "Bearer b")))
                        .status())
                .isEqualTo(401);
        assertThat(receive("POST", "/t1", Map.of("Authorization", List.of("Bearer " + "x".repeat(5000))))
                        .status())
                .isEqualTo(401);
        assertThat(receive("POST", "/../t1", Map.of()).status()).isEqualTo(404);
        assertThat(receive("POST", "", Map.of()).status()).isEqualTo(404);
        assertThat(outcome).isNotDone();
    }

    @Test
    void aCallbackThatIsTooLongIsRefusedBeforeItIsLookedAt() {
        byte[] huge = new byte[8 * 1024 * 1024 + 1];
        assertThat(rig.agent.callbacks().receive("POST", "/t1", Map.of(), huge).status())
                .isEqualTo(413);
    }

    // --- lost ones, and keys

    @Test
    void aLostCallbackIsMadeUpForByAsking() throws Exception {
        rig.close();
        server.onRequest("/api/execute/t1", exchange -> exchange.respond(200, "application/json", DONE));
        begin(Map.of("callback-url", "https://control.home/callbacks", "poll-interval", "50ms"));
        assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void withKeyPairsTheAgentSignsWithItsOwn(@TempDir Path directory) throws Exception {
        rig.close();
        KeyPair ours = pair();
        KeyPair agents = pair();
        Path own = pem(
                directory.resolve("own.pem"), "PRIVATE KEY", ours.getPrivate().getEncoded());
        Path theirs = pem(
                directory.resolve("agent.pem"), "PUBLIC KEY", agents.getPublic().getEncoded());
        begin(Map.of(
                "callback-url",
                "https://control.home/callbacks",
                "poll-interval",
                "1h",
                "key-file",
                own,
                "agent-key-file",
                theirs));

        String forged =
                rig.token("t1", DONE, c -> c, new ECDSASigner((ECPrivateKey) ours.getPrivate()), JWSAlgorithm.ES256);
        assertRefused(forged, "signature is wrong");
        String hmac =
                rig.token("t1", DONE, c -> c, new MACSigner(agents.getPublic().getEncoded()), JWSAlgorithm.HS256);
        assertRefused(hmac, "alg must be ES256");
        String good =
                rig.token("t1", DONE, c -> c, new ECDSASigner((ECPrivateKey) agents.getPrivate()), JWSAlgorithm.ES256);
        assertThat(rig.callback("t1", good, DONE).status()).isEqualTo(204);
        assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Done.class);
    }

    private static KeyPair pair() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static Path pem(Path file, String what, byte[] der) throws Exception {
        return Files.writeString(
                file,
                "-----BEGIN " + what + "-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + what
                        + "-----\n");
    }

    private Date in(long seconds) {
        return Date.from(rig.clock().instant().plusSeconds(seconds));
    }

    private String with(UnaryOperator<JWTClaimsSet.Builder> change) throws Exception {
        return rig.token("t1", DONE, change);
    }

    private void assertRefused(String token, String words) {
        Answer answer = rig.callback("t1", token, DONE);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(text(answer)).contains(words);
        assertThat(outcome).isNotDone();
    }

    private Answer receive(String method, String path, Map<String, List<String>> headers) {
        return rig.agent.callbacks().receive(method, path, headers, Rig.bytes(DONE));
    }

    private static String text(Answer answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}

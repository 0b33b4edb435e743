package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import ai.primespark.Secret;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens that nobody was given, and passwords that nobody knows. */
class TokenForgeryTest {

    private static final String SECRET = "KJ3f0sa8Nw1mXq7RtZ5vB2yC4hL6pD9eGsUoTiMkWnQ";
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    @TempDir
    static Path directory;

    private static FramedServer server;
    private static String good;

    @BeforeAll
    static void start() {
        server = FramedServer.closed(
                directory, "limits.rate = 0", config -> config.with("primespark.auth.jwt.secret", Secret.of(SECRET)));
        good = server.adminToken();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static Stream<Arguments> forgeries() throws GeneralSecurityException {
        String header = decoded(0);
        String claims = decoded(1);
        String none = header.replace("HS256", "none");
        return Stream.of(
                argumentSet("no signature", good.substring(0, good.lastIndexOf('.') + 1)),
                argumentSet("alg none", encoded(none) + "." + encoded(claims) + "."),
                argumentSet("alg None", encoded(header.replace("HS256", "None")) + "." + encoded(claims) + "."),
                argumentSet(
                        "alg none with the old signature",
                        encoded(none) + "." + encoded(claims) + good.substring(good.lastIndexOf('.'))),
                argumentSet("another secret", signed(header, claims, "a".repeat(43))),
                argumentSet("an empty secret", signed(header, claims, "\0")),
                argumentSet("HS512 with the right secret", signed(header.replace("HS256", "HS512"), claims, SECRET)),
                argumentSet("RS256 announced", signed(header.replace("HS256", "RS256"), claims, SECRET)),
                argumentSet("expired", signed(header, time(claims, "exp", -7200), SECRET)),
                argumentSet(
                        "for somebody else",
                        signed(
                                header,
                                claims.replaceAll("\"aud\":(\"[^\"]*\"|\\[[^]]*])", "\"aud\":\"other\""),
                                SECRET)),
                argumentSet(
                        "from somebody else",
                        signed(header, claims.replaceAll("\"iss\":\"[^\"]*\"", "\"iss\":\"other\""), SECRET)),
                argumentSet(
                        "another user",
                        signed(header, claims.replaceAll("\"sub\":\"admin\"", "\"sub\":\"eve\""), SECRET)),
                argumentSet(
                        "a changed claim",
                        good.split("\\.")[0] + "." + encoded(claims.replace("admin", "eve"))
                                + good.substring(good.lastIndexOf('.'))),
                argumentSet("two tokens", good + " " + good),
                argumentSet("rubbish", "a.b.c"),
                argumentSet("huge", "x".repeat(8000)));
    }

    @ParameterizedTest
    @MethodSource("forgeries")
    void aForgedTokenIsNobodys(String token) {
        assertThat(token).isNotEqualTo(good);
        HttpResponse<String> refused = server.get("/api/auth/me", token);

        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate")).hasValue("Bearer error=\"invalid_token\"");
        assertThat(refused.body()).doesNotContain("Exception", "signature");
        assertThat(server.get("/api/auth/me", good).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Basic YWRtaW46YWRtaW4=", "bearer", "Bearer", "Bearer  ", "Token x"})
    void anotherKindOfAuthorizationIsNone(String header) {
        assertThat(server.send(server.request("/api/auth/me").header("Authorization", header))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void aTokenInTheAddressIsNotLookedAt() {
        assertThat(server.get("/api/auth/me?access_token=" + good + "&token=" + good)
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void guessingPasswordsIsStoppedAndTheRightOneWaitsToo(@TempDir Path other) {
        try (FramedServer attacked = FramedServer.closed(other, "limits.rate = 0")) {
            HttpResponse<String> last = attacked.login("admin", "guess 0");
            for (int i = 1; i < 100 && last.statusCode() == 401; i++) {
                last = attacked.login("admin", "guess " + i);
            }

            assertThat(last.statusCode()).isEqualTo(429);
            assertThat(FramedServer.type(last)).isEqualTo("login-throttled");
            assertThat(last.headers().firstValue("Retry-After"))
                    .hasValueSatisfying(
                            wait -> assertThat(Integer.parseInt(wait)).isPositive());
            assertThat(attacked.login("admin", FramedServer.ADMIN_PASSWORD).statusCode())
                    .isEqualTo(429);
        }
    }

    private static String decoded(int part) {
        return new String(Base64.getUrlDecoder().decode(good.split("\\.")[part]), StandardCharsets.UTF_8);
    }

    private static String encoded(String json) {
        return BASE64.encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String time(String claims, String name, long seconds) {
        return claims.replaceAll(
                "\"" + name + "\":\\d+",
                "\"" + name + "\":" + Instant.now().plusSeconds(seconds).getEpochSecond());
    }

    private static String signed(String header, String claims, String secret) throws GeneralSecurityException {
        String text = encoded(header) + "." + encoded(claims);
        Mac mac = Mac.getInstance(header.contains("HS512") ? "HmacSHA512" : "HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HMAC"));
        return text + "." + BASE64.encodeToString(mac.doFinal(text.getBytes(StandardCharsets.US_ASCII)));
    }
}

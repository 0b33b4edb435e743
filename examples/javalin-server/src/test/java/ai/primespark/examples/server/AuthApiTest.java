package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.auth.Auth;
import ai.primespark.auth.AuthUnavailableException;
import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayInputStream;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthApiTest {

    @TempDir
    Path directory;

    private FramedServer server;

    @BeforeEach
    void start() {
        server = FramedServer.closed(directory, "limits.rate = 0");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aLoginGivesTokensThatNoCacheKeeps() {
        HttpResponse<String> response = server.login("admin", FramedServer.ADMIN_PASSWORD);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Cache-Control")).hasValue("no-store");
        JsonNode login = TestServer.json(response);
        assertThat(login.get("token_type").asText()).isEqualTo("bearer");
        assertThat(login.get("expires_in").asLong()).isPositive();
        assertThat(login.get("refresh_token").asText()).isNotBlank();
        assertThat(login.at("/user/username").asText()).isEqualTo("admin");
        assertThat(login.at("/user/roles/0").asText()).isEqualTo("admin");

        JsonNode me = TestServer.json(
                server.get("/api/auth/me", login.get("access_token").asText()));
        assertThat(me.get("username").asText()).isEqualTo("admin");
        assertThat(me.at("/permissions/0").asText()).isEqualTo("*:*");
    }

    @Test
    void withoutATokenOnlyOpenCallsAreAnswered() {
        HttpResponse<String> refused = server.get("/api/llm/models");

        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        assertThat(FramedServer.type(refused)).isEqualTo("unauthorized");
        assertThat(server.get("/health").statusCode()).isEqualTo(200);
        assertThat(server.send("HEAD", "/api/llm/models", "", "").statusCode()).isEqualTo(401);
    }

    @Test
    void whileTheUserStoreIsAwayATokenClosesNoOpenCall() throws Exception {
        String token = server.adminToken();
        AtomicBoolean away = new AtomicBoolean();
        Auth auth = (Auth) Proxy.newProxyInstance(
                AuthApiTest.class.getClassLoader(), new Class<?>[] {Auth.class}, (proxy, method, args) -> {
                    if (away.get() && method.getName().equals("verify")) {
                        throw new AuthUnavailableException("the user store is away", null);
                    }
                    return method.invoke(server.spark.auth(), args);
                });
        try (SparkServer other = SparkServer.start(
                server.spark,
                ServerSettings.parse("port = 0"),
                Optional.of(auth),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))) {
            assertThat(get(other, "/api/auth/me", token).statusCode()).isEqualTo(200);

            away.set(true);
            assertThat(get(other, "/health/live", token).statusCode()).isEqualTo(200);
            assertThat(get(other, "/docs", token).statusCode()).isEqualTo(200);
            HttpResponse<String> closed = get(other, "/api/auth/me", token);
            assertThat(closed.statusCode()).isEqualTo(503);
            assertThat(FramedServer.type(closed)).isEqualTo("auth-unavailable");

            away.set(false);
            assertThat(get(other, "/api/auth/me", token).statusCode()).isEqualTo(200);
        }
    }

    private HttpResponse<String> get(SparkServer other, String path, String token) {
        return server.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + other.port() + path))
                .header("Authorization", "Bearer " + token));
    }

    @Test
    void aWrongPasswordAndAnUnknownUserAreAnsweredAlike() {
        HttpResponse<String> wrong = server.login("admin", "wrong password");
        HttpResponse<String> unknown = server.login("nobody", "wrong password");

        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(unknown.statusCode()).isEqualTo(401);
        assertThat(TestServer.json(unknown).get("detail"))
                .isEqualTo(TestServer.json(wrong).get("detail"));
        assertThat(FramedServer.type(unknown)).isEqualTo("login-failed");
    }

    @ParameterizedTest
    @CsvSource({"/api/auth/login, true", "/api/auth/login, false", "/api/auth/refresh, true", "/api/auth/refresh, false"
    })
    void ofAStrangerOnlyASmallBodyIsTaken(String path, boolean lengthIsKnown) {
        byte[] body = ("{\"username\": \"admin\", \"password\": \"x\"}" + " ".repeat(17 << 10))
                .getBytes(StandardCharsets.UTF_8);
        HttpResponse<String> refused = server.send(server.request(path)
                .header("Content-Type", "application/json")
                .POST(
                        lengthIsKnown
                                ? BodyPublishers.ofByteArray(body)
                                : BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));

        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(413);
        assertThat(FramedServer.type(refused)).isEqualTo("content-too-large");
        String large = "{\"key\": \"none\"}" + " ".repeat(17 << 10);
        assertThat(server.send("POST", "/api/memory/get", large, server.adminToken())
                        .statusCode())
                .as("with a token")
                .isEqualTo(404);
    }

    @Test
    void aRefreshTokenIsGoodOnceAndASecondUseEndsTheSession() {
        JsonNode login = TestServer.json(server.login("admin", FramedServer.ADMIN_PASSWORD));
        String refresh = "{\"refresh_token\": " + login.get("refresh_token") + "}";

        JsonNode renewed = TestServer.json(server.post("/api/auth/refresh", refresh));
        assertThat(server.get("/api/auth/me", renewed.get("access_token").asText())
                        .statusCode())
                .isEqualTo(200);

        HttpResponse<String> again = server.post("/api/auth/refresh", refresh);
        assertThat(again.statusCode()).isEqualTo(401);
        assertThat(FramedServer.type(again)).isEqualTo("token-reused");
        assertThat(server.get("/api/auth/me", renewed.get("access_token").asText())
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void afterLoggingOutTheTokenIsRefused() {
        String token = server.adminToken();
        assertThat(server.send("POST", "/api/auth/logout", "", token).statusCode())
                .isEqualTo(200);

        HttpResponse<String> refused = server.get("/api/auth/me", token);
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate")).hasValue("Bearer error=\"invalid_token\"");
        assertThat(FramedServer.type(refused)).isEqualTo("token-revoked");
    }

    @Test
    void aUserChangesTheOwnPasswordAndIsLoggedOut() {
        String token = server.adminToken();
        String wrong = "{\"current_password\": \"not it at all\", \"new_password\": \"another long sentence\"}";
        String right = "{\"current_password\": \"" + FramedServer.ADMIN_PASSWORD
                + "\", \"new_password\": \"another long sentence\"}";

        assertThat(server.send("PUT", "/api/auth/me/password", wrong, token).statusCode())
                .isEqualTo(401);
        assertThat(server.send("PUT", "/api/auth/me/password", right, token).statusCode())
                .isEqualTo(200);
        assertThat(server.get("/api/auth/me", token).statusCode()).isEqualTo(401);
        assertThat(server.login("admin", FramedServer.ADMIN_PASSWORD).statusCode())
                .isEqualTo(401);
        assertThat(server.login("admin", "another long sentence").statusCode()).isEqualTo(200);
    }

    @Test
    void anAdministratorKeepsTheAccounts() {
        String admin = server.adminToken();
        HttpResponse<String> made = create("mira", admin);
        assertThat(made.statusCode()).isEqualTo(201);
        assertThat(made.headers().firstValue("Location")).hasValue("/api/auth/users/mira");
        assertThat(TestServer.json(made).at("/roles/0").asText()).isEqualTo("user");
        assertThat(FramedServer.type(create("mira", admin))).isEqualTo("user-exists");

        JsonNode page = TestServer.json(server.get("/api/auth/users?limit=1", admin));
        assertThat(page.get("users")).hasSize(1);
        JsonNode rest = TestServer.json(
                server.get("/api/auth/users?cursor=" + page.get("cursor").asText(), admin));
        assertThat(rest.at("/users/0/username").asText()).isEqualTo("mira");
        assertThat(rest.get("cursor").isNull()).isTrue();

        String mira = server.token("mira", "a sentence of her own");
        HttpResponse<String> kept = server.send("PATCH", "/api/auth/users/mira", "{\"active\": false}", admin);
        assertThat(TestServer.json(kept).get("active").asBoolean()).isFalse();
        assertThat(server.get("/api/auth/me", mira).statusCode()).isEqualTo(401);
        assertThat(server.login("mira", "a sentence of her own").statusCode()).isEqualTo(401);

        server.send(
                "PATCH", "/api/auth/users/mira", "{\"active\": true, \"password\": \"one more long sentence\"}", admin);
        assertThat(server.login("mira", "one more long sentence").statusCode()).isEqualTo(200);
        assertThat(server.send("DELETE", "/api/auth/users/mira", "", admin).statusCode())
                .isEqualTo(200);
        assertThat(server.send("DELETE", "/api/auth/users/mira", "", admin).statusCode())
                .isEqualTo(404);
        assertThat(FramedServer.type(server.send("DELETE", "/api/auth/users/admin", "", admin)))
                .isEqualTo("user-last-admin");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET    | /api/auth/users       | ''",
                "POST   | /api/auth/users       | {\"username\": \"eve\", \"password\": \"a long enough one\", \"roles\": [\"admin\"]}",
                "PATCH  | /api/auth/users/mira  | {\"roles\": [\"admin\"]}",
                "DELETE | /api/auth/users/admin | ''",
                "POST   | /api/power/mode/auto  | ''",
                "POST   | /api/llm/models/pull  | {\"model\": \"m\", \"backend\": \"edge\"}",
                "POST   | /api/vpn/down         | ''"
            })
    void aUserMayNotDoWhatIsForAdministrators(String method, String path, String body) {
        create("mira", server.adminToken());
        String mira = server.token("mira", "a sentence of her own");

        HttpResponse<String> refused = server.send(method, path, body, mira);

        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(FramedServer.type(refused)).isEqualTo("forbidden");
        assertThat(server.spark.auth().users().find("mira").orElseThrow().roles())
                .containsExactly("user");
        assertThat(server.spark.auth().users().find("eve")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"username\": \"eve\", \"password\": \"a long enough one\", \"created_at\": \"2020-01-01T00:00:00Z\"}",
                "{\"username\": \"eve\", \"password\": \"a long enough one\", \"active\": true}",
                "{\"username\": \"Eve \", \"password\": \"a long enough one\"}",
                "{\"username\": \"eve\", \"password\": \"short\"}",
                "{\"username\": \"eve\", \"password\": \"a long enough one\", \"roles\": [\"emperor\"]}"
            })
    void fieldsThatAreNotTheCallersToSetAndWrongOnesAreRefused(String body) {
        HttpResponse<String> refused = server.send("POST", "/api/auth/users", body, server.adminToken());

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).doesNotContain("a long enough one");
        assertThat(server.spark.auth().users().find("eve")).isEmpty();
    }

    @Test
    void thereAreNoPublicKeysWhileTheSecretIsShared() {
        assertThat(server.get("/.well-known/jwks.json").statusCode()).isEqualTo(404);
    }

    @Test
    void publicKeysVerifyTheTokens(@TempDir Path other) {
        try (FramedServer asymmetric =
                FramedServer.closed(other, "", config -> config.with("primespark.auth.jwt.algorithm", "es256"))) {
            JsonNode keys =
                    TestServer.json(asymmetric.get("/.well-known/jwks.json")).get("keys");

            assertThat(keys).isNotEmpty();
            assertThat(keys.at("/0/kty").asText()).isEqualTo("EC");
            assertThat(keys.at("/0/d").isMissingNode()).isTrue();
            assertThat(asymmetric.get("/api/auth/me", asymmetric.adminToken()).statusCode())
                    .isEqualTo(200);
        }
    }

    private HttpResponse<String> create(String name, String token) {
        return server.send(
                "POST",
                "/api/auth/users",
                "{\"username\": \"" + name + "\", \"password\": \"a sentence of her own\"}",
                token);
    }
}

package ai.primespark.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.agent.CancelReason;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.RemoteAgent.Outcome;
import ai.primespark.spi.RemoteAgent.Work;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HttpAgentTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private FaultServer server;
    private Rig rig;

    @BeforeEach
    void start() throws Exception {
        server = FaultServer.start();
        rig = Rig.start(server.uri());
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        server.close();
    }

    // --- the request

    @Test
    void theRequestHoldsTheTaskAndItsIdempotencyKey() throws Exception {
        answer(200, "{\"words\":3}");
        Instant deadline = rig.clock().instant().plusSeconds(30);

        rig.execute(new FakeAttempt("t1", 7).until(deadline));

        FaultExchange request = server.exchanges("/api/execute").get(0);
        JsonNode body = Json.MAPPER.readTree(request.body());
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.header("Idempotency-Key")).contains("effect-t1");
        assertThat(body.path("task_id").asText()).isEqualTo("t1");
        assertThat(body.path("type").asText()).isEqualTo("count");
        assertThat(body.path("payload").path("n").asInt()).isEqualTo(3);
        assertThat(body.path("encoding").asText()).isEqualTo("json");
        assertThat(body.path("attempt").asInt()).isEqualTo(7);
        assertThat(body.path("fence").asLong()).isEqualTo(7);
        assertThat(body.path("deadline").asText()).isEqualTo(deadline.toString());
        assertThat(body.path("callback").isNull()).isTrue();
    }

    @Test
    void theRequestIsSignedForItsMethodPathAndBodyOnly() throws Exception {
        answer(200, "1");

        rig.execute(new FakeAttempt("t1", 1));

        FaultExchange request = server.exchanges("/api/execute").get(0);
        SignedJWT token =
                SignedJWT.parse(request.header("Authorization").orElseThrow().substring("Bearer ".length()));
        JWTClaimsSet claims = token.getJWTClaimsSet();
        assertThat(token.verify(new MACVerifier(Rig.SECRET))).isTrue();
        assertThat(claims.getIssuer()).isEqualTo("test-node");
        assertThat(claims.getAudience()).containsExactly("pi");
        assertThat(claims.getSubject()).isEqualTo("t1");
        assertThat(claims.getJWTID()).isNotBlank();
        assertThat(claims.getStringClaim("htm")).isEqualTo("POST");
        assertThat(claims.getStringClaim("htu")).isEqualTo("/api/execute");
        assertThat(claims.getStringClaim("body_sha256")).isEqualTo(Tokens.digest(Rig.bytes(request.body())));
        assertThat(claims.getExpirationTime().toInstant())
                .isEqualTo(claims.getIssueTime().toInstant().plusSeconds(60));
    }

    @ParameterizedTest
    @CsvSource({"text, grüße, grüße, text", "bytes, ab, YWI=, base64"})
    void payloadsThatAreNotJsonAreSentAsText(String encoding, String payload, String sent, String named)
            throws Exception {
        answer(200, "1");

        rig.agent.execute(new Work("count", Rig.bytes(payload), encoding), new FakeAttempt("t1", 1));

        JsonNode body =
                Json.MAPPER.readTree(server.exchanges("/api/execute").get(0).body());
        assertThat(body.path("payload").asText()).isEqualTo(sent);
        assertThat(body.path("encoding").asText()).isEqualTo(named);
    }

    // --- the answers

    @Test
    void okIsTheResult() throws Exception {
        answer(200, "{\"words\":3}");
        assertThat(rig.execute(new FakeAttempt("t1", 1)))
                .isInstanceOfSatisfying(
                        Outcome.Done.class, done -> assertThat(done.result()).isEqualTo(Rig.bytes("{\"words\":3}")));
    }

    @ParameterizedTest
    @CsvSource({"204, ''", "200, ''", "200, null"})
    void anEmptyAnswerIsNoResult(int status, String body) throws Exception {
        answer(status, body);
        assertThat(rig.execute(new FakeAttempt("t1", 1)))
                .isInstanceOfSatisfying(
                        Outcome.Done.class, done -> assertThat(done.result()).isNull());
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 413, 422, 451})
    void aRefusalOfTheTaskIsFinalAndKeepsTheWords(int status) throws Exception {
        answer(status, "{\"error\":\"no camera named attic\"}");
        assertThat(rig.execute(new FakeAttempt("t1", 1)))
                .isEqualTo(new Outcome.Failed("no camera named attic (" + status + ")", false));
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 409, 425, 500})
    void whatMaySucceedLaterIsTriedAgain(int status) throws Exception {
        answer(status, "busy with the flash");
        assertThat(rig.execute(new FakeAttempt("t1", 1)))
                .isEqualTo(new Outcome.Failed("busy with the flash (" + status + ")", true));
    }

    @ParameterizedTest
    @CsvSource({"429, 7, 7", "503, 0, 1", "503, , 5", "503, soon, 5", "429, 999999, 3600"})
    void anAgentWithoutRoomHandsTheTaskBackAndIsLeftAlone(int status, String retryAfter, long seconds)
            throws Exception {
        server.onRequest("/api/execute", exchange -> {
            if (retryAfter == null) {
                exchange.respond(status, "text/plain", "full");
            } else {
                exchange.respond(status, "text/plain", "full", "Retry-After", retryAfter);
            }
        });
        assertThat(rig.execute(new FakeAttempt("t1", 1))).isInstanceOfSatisfying(Outcome.NotTaken.class, busy -> {
            assertThat(busy.broken()).isFalse();
            assertThat(busy.pause()).isEqualTo(Duration.ofSeconds(seconds));
            assertThat(busy.why()).contains(status + ": full");
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void aRefusedSignatureIsTheAgentsFaultAndNotTheTasks(int status) throws Exception {
        answer(status, "{\"detail\":\"bad token\"}");
        assertThat(rig.execute(new FakeAttempt("t1", 1))).isInstanceOfSatisfying(Outcome.NotTaken.class, refused -> {
            assertThat(refused.broken()).isTrue();
            assertThat(refused.why()).contains("check secret or keys", "bad token");
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {502, 504})
    void aGatewayThatFindsNobodyIsABrokenAgent(int status) throws Exception {
        answer(status, "<html>some proxy</html>");
        assertThat(rig.execute(new FakeAttempt("t1", 1))).isEqualTo(new Outcome.Broken("it failed (" + status + ")"));
    }

    @Test
    void redirectsAreNotFollowed() throws Exception {
        try (FaultServer other = FaultServer.start()) {
            server.onRequest(
                    "/api/execute",
                    exchange -> exchange.respond(307, "text/plain", "", "Location", other.uri() + "/api/execute"));
            assertThat(rig.execute(new FakeAttempt("t1", 1)))
                    .isInstanceOfSatisfying(
                            Outcome.Broken.class,
                            broken -> assertThat(broken.error()).contains("redirects"));
            assertThat(other.connections()).isZero();
        }
    }

    @Test
    void aPayloadThatIsNotWhatItsEncodingSaysIsNotSent() throws Exception {
        assertThat(rig.agent.execute(Rig.json("{"), new FakeAttempt("t1", 1)))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class,
                        failed -> assertThat(failed.retryable()).isFalse());
        assertThat(server.connections()).isZero();
    }

    // --- long work, asked about

    @Test
    void acceptedWorkIsAskedAboutUntilItIsDone() throws Exception {
        answer(202, "");
        script(
                "/api/execute/t1",
                "{\"status\":\"running\",\"progress\":0.25,\"note\":\"a quarter\",\"output\":\"one \"}",
                "{\"status\":\"running\",\"progress\":0.5,\"output\":\"two\"}",
                "{\"status\":\"done\",\"result\":[1,2]}");
        FakeAttempt attempt = new FakeAttempt("t1", 1);

        assertThat(rig.execute(attempt))
                .isInstanceOfSatisfying(
                        Outcome.Done.class, done -> assertThat(done.result()).isEqualTo(Rig.bytes("[1,2]")));
        assertThat(attempt.progress).containsExactly(0.25, 0.5);
        assertThat(attempt.output).containsExactly("one ", "two");
    }

    @Test
    void acceptedWorkMayFail() throws Exception {
        answer(202, "");
        script("/api/execute/t1", "{\"status\":\"failed\",\"error\":\"out of paper\",\"retryable\":false}");
        assertThat(rig.execute(new FakeAttempt("t1", 1))).isEqualTo(new Outcome.Failed("out of paper", false));
    }

    @Test
    void anAgentThatWasRestartedKnowsNothingOfTheWork() throws Exception {
        answer(202, "");
        assertThat(rig.execute(new FakeAttempt("t1", 1)))
                .isInstanceOfSatisfying(
                        Outcome.Broken.class,
                        broken -> assertThat(broken.error()).contains("started again"));
    }

    @Test
    void aQuestionThatIsNotAnsweredIsAskedAgain() throws Exception {
        answer(202, "");
        CountDownLatch asked = new CountDownLatch(3);
        server.onRequest("/api/execute/t1", exchange -> {
            asked.countDown();
            if (asked.getCount() == 0) {
                exchange.respond(200, "application/json", "{\"status\":\"done\",\"result\":1}");
            } else {
                exchange.reset();
            }
        });
        assertThat(rig.execute(new FakeAttempt("t1", 1))).isInstanceOf(Outcome.Done.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"not json", "{}", "{\"status\":\"asleep\"}", "{\"status\":\"done\",\"fence\":\"x\"}", "[]"})
    void whatIsNoReportEndsTheAttempt(String body) throws Exception {
        answer(202, "");
        script("/api/execute/t1", body);
        assertThat(rig.execute(new FakeAttempt("t1", 1)))
                .isInstanceOfSatisfying(
                        Outcome.Broken.class,
                        broken -> assertThat(broken.error()).contains("no report"));
    }

    @Test
    void workForAnotherAttemptIsNotTakenForThisOne() throws Exception {
        answer(202, "");
        script("/api/execute/t1", "{\"status\":\"done\",\"fence\":1,\"result\":\"old\"}");
        assertThat(rig.execute(new FakeAttempt("t1", 2)))
                .isInstanceOfSatisfying(
                        Outcome.Broken.class,
                        broken -> assertThat(broken.error()).contains("another attempt"));
    }

    // --- cancellation

    @Test
    void cancellingReachesAnAgentThatIsStillAnswering() throws Exception {
        CountDownLatch deleted = new CountDownLatch(1);
        server.onRequest("/api/execute", FaultExchange::awaitClientClosed);
        server.onRequest("/api/execute/t1", exchange -> {
            exchange.respond(204, "text/plain", "");
            deleted.countDown();
        });
        FakeAttempt attempt = new FakeAttempt("t1", 4);
        CompletableFuture<Outcome> outcome = rig.begin(attempt);
        FaultExchange posted = server.awaitExchange("/api/execute", PATIENCE);

        attempt.cancel(CancelReason.USER);

        assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Stopped.class);
        assertThat(deleted.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(server.exchanges("/api/execute/t1").get(0).method()).isEqualTo("DELETE");
        assertThat(posted.clientClosed(PATIENCE)).isTrue();
    }

    @Test
    void cancellingByAnInterruptReachesTheAgent() throws Exception {
        answer(202, "");
        server.onRequest(
                "/api/execute/t1", exchange -> exchange.respond(200, "application/json", "{\"status\":\"running\"}"));
        FakeAttempt attempt = new FakeAttempt("t1", 4);
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        Thread handler = new Thread(() -> {
            try {
                outcome.complete(rig.execute(attempt));
            } catch (InterruptedException e) {
                outcome.completeExceptionally(e);
            }
        });
        handler.start();
        server.awaitExchange("/api/execute/t1", PATIENCE);

        attempt.cancel(CancelReason.TIMEOUT);
        handler.interrupt();

        assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Stopped.class);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(server.exchanges("/api/execute/t1"))
                        .extracting(FaultExchange::method)
                        .contains("DELETE"));
        handler.join();
    }

    @Test
    void cancellingDoesNotWaitForAnAgentThatDoesNotHear() throws Exception {
        server.onRequest(FaultExchange::awaitClientClosed);
        FakeAttempt attempt = new FakeAttempt("t1", 4);
        CompletableFuture<Outcome> outcome = rig.begin(attempt);
        server.awaitExchange("/api/execute", PATIENCE);

        attempt.cancel(CancelReason.SHUTDOWN);

        assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Stopped.class);
    }

    // --- health

    @Test
    void anAgentThatAnswersItsHealthCheckIsWell() throws Exception {
        server.onRequest("/api/health", exchange -> exchange.respond(200, "application/json", "{}"));
        assertThat(rig.agent.obstacle(Deadline.in(PATIENCE))).isEmpty();
        assertThat(server.exchanges("/api/health").get(0).header("Authorization"))
                .isPresent();
    }

    @ParameterizedTest
    @CsvSource({"500, health check answers 500", "503, health check answers 503", "401, refuses our signature"})
    void anAgentThatIsNotWellSaysWhy(int status, String words) {
        server.onRequest("/api/health", exchange -> exchange.respond(status, "text/plain", "no"));
        assertThat(rig.agent.obstacle(Deadline.in(PATIENCE)))
                .hasValueSatisfying(why -> assertThat(why).contains(words));
    }

    @Test
    void aHealthCheckThatHangsEndsWithItsDeadline() {
        server.onRequest(FaultExchange::awaitClientClosed);
        assertThat(rig.agent.obstacle(Deadline.in(Duration.ofMillis(200))))
                .hasValueSatisfying(why -> assertThat(why).contains("in time"));
    }

    @Test
    void theProfileNamesTheNodeSoThatTwoProcessesAreTwoAgents() throws Exception {
        try (Rig other = Rig.start(
                server.uri(),
                Map.of("capabilities", List.of("camera"), "labels", Map.of("location", "attic"), "slots", 3))) {
            assertThat(other.agent.profile().id()).isEqualTo("test-node.pi");
            assertThat(other.agent.profile().slots()).isEqualTo(3);
            assertThat(other.agent.profile().capabilities()).containsExactly("camera");
            assertThat(other.agent.profile().labels())
                    .containsEntry("remote", "pi")
                    .containsEntry("location", "attic");
            assertThat(other.agent.types()).containsExactly("count");
        }
    }

    private void answer(int status, String body) {
        server.onRequest("/api/execute", exchange -> exchange.respond(status, "application/json", body));
    }

    /** Answers in turn, the last one from then on. */
    private void script(String path, String... bodies) {
        server.onRequest(path, exchange -> {
            int number = Math.min(server.exchanges(path).size(), bodies.length);
            exchange.respond(200, "application/json", bodies[number - 1]);
        });
    }
}

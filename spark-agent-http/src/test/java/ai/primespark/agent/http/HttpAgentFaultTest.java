package ai.primespark.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.RemoteAgent.Outcome;
import ai.primespark.testkit.FaultExchange;
import ai.primespark.testkit.FaultServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Agents that misbehave. */
@Timeout(60)
class HttpAgentFaultTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private FaultServer server;

    @BeforeEach
    void start() throws Exception {
        server = FaultServer.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void anAgentThatIsNotThereHasNotBegun() throws Exception {
        try (Rig rig = Rig.start(FaultServer.nobody())) {
            assertThat(rig.execute(new FakeAttempt("t1", 1))).isInstanceOfSatisfying(Outcome.NotTaken.class, away -> {
                assertThat(away.broken()).isTrue();
                assertThat(away.why()).contains("cannot be reached");
            });
        }
    }

    @Test
    void anAgentThatSpeaksNoTlsHasNotBegun() throws Exception {
        server.onRequest(exchange -> exchange.respond(200, "application/json", "1"));
        java.net.URI secure = java.net.URI.create(server.uri().toString().replace("http:", "https:"));
        try (Rig rig = Rig.start(secure)) {
            assertThat(rig.execute(new FakeAttempt("t1", 1))).isNotInstanceOf(Outcome.Done.class);
        }
    }

    @Test
    void aBrokenConnectionIsTriedAgainByTheEngineAndNotHere() throws Exception {
        server.onRequest("/api/execute", FaultExchange::reset);
        assertBroken(Map.of(), "broke the connection");
        assertThat(server.exchanges("/api/execute")).hasSize(1);
    }

    @Test
    void aHalfAnswerIsNoAnswer() throws Exception {
        server.onRequest(
                "/api/execute",
                exchange -> exchange.headers(200, "application/json")
                        .piece("{\"a\":")
                        .reset());
        assertBroken(Map.of(), "broke the connection");
    }

    @Test
    void garbageIsNoAnswer() throws Exception {
        server.onRequest("/api/execute", exchange -> exchange.respond(200, "application/json", "{\"a\":1} trailing"));
        assertBroken(Map.of(), "not JSON");
    }

    @Test
    void whatIsNotHttpIsNoAnswer() throws Exception {
        server.onRequest(
                "/api/execute",
                exchange -> exchange.raw("SSH-2.0-OpenSSH_9.6\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        assertBroken(Map.of(), "does not speak HTTP");
    }

    @Test
    void aHugeAnswerIsCutOff() throws Exception {
        AtomicInteger pieces = new AtomicInteger();
        server.onRequest("/api/execute", exchange -> {
            exchange.headers(200, "application/json");
            for (int i = 0; i < 100_000; i++) {
                exchange.piece("x".repeat(1024));
                pieces.incrementAndGet();
            }
        });
        assertBroken(Map.of("max-answer-bytes", "4KiB"), "longer than 4096 bytes");
        assertThat(pieces.get()).isLessThan(100_000);
    }

    @Test
    void aHugeReportIsCutOff() throws Exception {
        server.onRequest("/api/execute", exchange -> exchange.respond(202, "application/json", ""));
        server.onRequest("/api/execute/t1", exchange -> exchange.respond(200, "application/json", "x".repeat(8192)));
        assertBroken(Map.of("max-answer-bytes", "4KiB"), "longer than 4096 bytes");
    }

    @Test
    void anAgentThatHangsIsGivenUpAfterTheLimitAndToldSo() throws Exception {
        server.onRequest("/api/execute", FaultExchange::awaitClientClosed);
        server.onRequest("/api/execute/t1", exchange -> exchange.respond(204, "text/plain", ""));
        assertBroken(Map.of("max-runtime", "300ms"), "not done within PT0.3S");
        assertThat(server.awaitExchange("/api/execute/t1", PATIENCE).method()).isEqualTo("DELETE");
    }

    @Test
    void anAgentThatAnswersByteByByteIsGivenUpAfterTheLimit() throws Exception {
        server.onRequest("/api/execute", exchange -> {
            exchange.headers(200, "application/json");
            while (!exchange.clientCloses(Duration.ofMillis(10))) {
                exchange.piece(" ");
            }
        });
        assertBroken(Map.of("max-runtime", "300ms"), "not done within");
    }

    @Test
    void aDeadlineThatIsOverByThisMachinesClockAloneGivesNothingUp() throws Exception {
        server.onRequest("/api/execute", exchange -> exchange.respond(200, "application/json", "1"));
        try (Rig rig = Rig.start(server.uri())) {
            Outcome outcome = rig.execute(
                    new FakeAttempt("t1", 1).until(rig.clock().instant().minusSeconds(300)));
            assertThat(outcome).isInstanceOf(Outcome.Done.class);
        }
    }

    @Test
    void anAgentThatFallsSilentIsGivenUp() throws Exception {
        server.onRequest("/api/execute", FaultExchange::awaitClientClosed);
        assertBroken(Map.of("silence-timeout", "200ms"), "nothing has been heard of it");
    }

    @Test
    void aSignOfLifeKeepsASilentAttemptAlive() throws Exception {
        server.onRequest("/api/execute", exchange -> exchange.respond(202, "application/json", ""));
        AtomicInteger asked = new AtomicInteger();
        server.onRequest(
                "/api/execute/t1",
                exchange -> exchange.respond(
                        200,
                        "application/json",
                        asked.incrementAndGet() < 20 ? "{\"status\":\"running\"}" : "{\"status\":\"done\"}"));
        try (Rig rig = Rig.start(server.uri(), Map.of("silence-timeout", "10s"))) {
            assertThat(rig.execute(new FakeAttempt("t1", 1))).isInstanceOf(Outcome.Done.class);
        }
        assertThat(asked.get()).isEqualTo(20);
    }

    @Test
    void closingEndsWhatRuns() throws Exception {
        server.onRequest("/api/execute", FaultExchange::awaitClientClosed);
        try (Rig rig = Rig.start(server.uri())) {
            CompletableFuture<Outcome> outcome = rig.begin(new FakeAttempt("t1", 1));
            server.awaitExchange("/api/execute", PATIENCE);

            rig.agent.close();

            assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(Outcome.Broken.class);
            assertThat(rig.execute(new FakeAttempt("t2", 1))).isInstanceOf(Outcome.NotTaken.class);
        }
    }

    @Test
    void nothingPrintsTheSecretOrAPayload() throws Exception {
        server.onRequest("/api/execute", exchange -> exchange.respond(500, "text/plain", "oops"));
        try (Rig rig = Rig.start(server.uri())) {
            Outcome outcome = rig.agent.execute(Rig.json("{\"diary\":\"private words\"}"), new FakeAttempt("t1", 1));
            assertThat(rig.agent + " " + outcome + " " + Rig.json("\"private words\""))
                    .doesNotContain(Rig.SECRET)
                    .doesNotContain("private words");
        }
    }

    private void assertBroken(Map<String, ?> settings, String words) throws Exception {
        try (Rig rig = Rig.start(server.uri(), settings)) {
            assertThat(rig.execute(new FakeAttempt("t1", 1)))
                    .isInstanceOfSatisfying(
                            Outcome.Broken.class,
                            broken -> assertThat(broken.error()).contains(words));
        }
    }
}

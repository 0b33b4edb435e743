package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.ProviderSpec;
import ai.primespark.power.ManualPowerSource;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.testkit.ScriptedVpnDriver;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnPublicKey;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Electricity and the private network. */
class PowerVpnApiTest {

    private static final VpnPublicKey NAS = ScriptedVpn.key(2);

    private final ManualPowerSource ups = new ManualPowerSource();
    private final ScriptedVpnDriver driver = new ScriptedVpnDriver(ScriptedVpn.key(1));

    @TempDir
    Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        driver.see(ScriptedVpnDriver.peer(NAS, Instant.now(), 2_500_000, 1_000_000));
        server = new TestServer(
                directory,
                Duration.ofSeconds(15),
                (builder, config) -> builder.powerSource("ups", ups)
                        .provider(new ScriptedVpn(driver))
                        .config(config.with("primespark.vpn.driver", ProviderSpec.of("scripted"))));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpResponse<String> post(String path) {
        return server.send(server.request(path).POST(BodyPublishers.noBody()));
    }

    @Test
    void theStatusTellsWhatFeedsTheMachineAndWhatFollows() {
        ups.set(PowerReading.builder("ups", PowerSupply.BATTERY, Instant.now())
                .charge(42)
                .runtime(Duration.ofMinutes(90), false)
                .build());

        JsonNode status = await().atMost(Duration.ofSeconds(30))
                .until(
                        () -> TestServer.json(server.get("/api/power/status")),
                        json -> json.get("is_on_battery").asBoolean());

        assertThat(status.get("mode").asText()).isEqualTo("auto");
        assertThat(status.get("battery_percent").asDouble()).isEqualTo(42);
        assertThat(status.get("battery_state").asText()).isEqualTo("normal");
        assertThat(status.get("time_remaining_minutes").asInt()).isEqualTo(90);
        assertThat(status.get("power_plugged").asBoolean()).isFalse();
        assertThat(status.at("/sources/0/source").asText()).isEqualTo("ups");
        assertThat(status.at("/sources/0/supply").asText()).isEqualTo("battery");
    }

    @Test
    void whatIsNotKnownIsNull() {
        try (TestServer plain = new TestServer(directory.resolve("plain"))) {
            JsonNode status = TestServer.json(plain.get("/api/power/status"));

            assertThat(status.get("battery_state").asText()).isEqualTo("unknown");
            assertThat(status.get("battery_percent").isNull()).isTrue();
            assertThat(status.get("power_plugged").isNull()).isTrue();
            assertThat(status.get("is_on_battery").asBoolean()).isFalse();
            assertThat(status.get("routing_mode").asText()).isEqualTo("edge-first");
            assertThat(status.get("profile").asText()).isEqualTo("full");
        }
    }

    @ParameterizedTest
    @CsvSource({"off-grid, off-grid", "off_grid, off-grid", "on-grid, on-grid", "auto, auto"})
    void theModeIsSetByHand(String mode, String said) {
        HttpResponse<String> response = post("/api/power/mode/" + mode);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(TestServer.json(response).get("success").asBoolean()).isTrue();
        assertThat(TestServer.json(response).get("mode").asText()).isEqualTo(said);
        JsonNode status = TestServer.json(server.get("/api/power/status"));
        assertThat(status.get("mode").asText()).isEqualTo(said);
        assertThat(status.get("edge_only_mode").asBoolean()).isEqualTo(said.equals("off-grid"));
        assertThat(status.get("routing_mode").asText()).isEqualTo(said.equals("off-grid") ? "edge-only" : "edge-first");
    }

    @Test
    void anUnknownModeIsNamed() {
        HttpResponse<String> response = post("/api/power/mode/turbo");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(TestServer.json(response).at("/errors/0/field").asText()).isEqualTo("mode");
    }

    @Test
    void theTunnelGoesUpAndDown() {
        HttpResponse<String> up = post("/api/vpn/up");
        JsonNode status = TestServer.json(server.get("/api/vpn/status"));
        HttpResponse<String> down = post("/api/vpn/down");

        assertThat(up.statusCode()).as(up.body()).isEqualTo(200);
        assertThat(TestServer.json(up).get("is_active").asBoolean()).isTrue();
        assertThat(status.get("interface").isTextual()).isTrue();
        assertThat(status.get("total_peers").asInt()).isEqualTo(1);
        assertThat(status.get("connected_peers").asInt()).isEqualTo(1);
        JsonNode peer = status.at("/peers/0");
        assertThat(peer.get("is_connected").asBoolean()).isTrue();
        assertThat(peer.get("transfer_rx_mb").asDouble()).isEqualTo(2.5);
        assertThat(peer.get("transfer_tx_mb").asDouble()).isEqualTo(1);
        assertThat(Instant.parse(peer.get("latest_handshake").asText())).isBefore(Instant.now());
        assertThat(down.statusCode()).isEqualTo(200);
        assertThat(TestServer.json(down).get("is_active").asBoolean()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "NOT_PERMITTED, 409, vpn-not-permitted",
        "TOOL_MISSING, 409, vpn-tool-missing",
        "FAILED, 502, vpn-failed",
        "TIMEOUT, 504, vpn-timeout"
    })
    void aDriverThatCannotSaysWhy(VpnException.Kind kind, int status, String type) {
        driver.fail(new VpnException(kind, "the driver says no", null));

        HttpResponse<String> response = post("/api/vpn/up");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(TestServer.json(response).get("type").asText()).isEqualTo("urn:primespark:problem:" + type);
        assertThat(TestServer.json(response).get("detail").asText()).contains("the driver says no");
    }

    @Test
    void withoutADriverThereIsNoTunnelToSteer() {
        try (TestServer plain = new TestServer(directory.resolve("plain"))) {
            JsonNode status = TestServer.json(plain.get("/api/vpn/status"));
            HttpResponse<String> up = plain.send(plain.request("/api/vpn/up").POST(BodyPublishers.noBody()));

            assertThat(status.get("state").asText()).isEqualTo("disabled");
            assertThat(status.get("is_active").asBoolean()).isFalse();
            assertThat(status.get("total_peers").asInt()).isZero();
            assertThat(up.statusCode()).isEqualTo(409);
            assertThat(TestServer.json(up).get("type").asText())
                    .isEqualTo("urn:primespark:problem:subsystem-unavailable");
        }
    }
}

package ai.primespark.core.vpn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.ConfigurationException;
import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.health.HealthStatus;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.VpnDriver;
import ai.primespark.spi.VpnDriverProvider;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import ai.primespark.testkit.ScriptedVpnDriver;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Through the public facade, with a driver and backends that do as the test says. */
@Timeout(60)
class RoutingOverTheVpnTest {

    @TempDir
    Path dir;

    private static final VpnPublicKey NAS = key(2);

    private final ScriptedVpnDriver driver = new ScriptedVpnDriver(key(1));
    private final ScriptedLlmBackend far = new ScriptedLlmBackend("far", Zone.EDGE);
    private final ScriptedLlmBackend near = new ScriptedLlmBackend("near", Zone.EDGE);

    private static VpnPublicKey key(int fill) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) fill);
        return VpnPublicKey.of(bytes);
    }

    private final class Drivers implements VpnDriverProvider {
        @Override
        public String name() {
            return "scripted";
        }

        @Override
        public int spiLevel() {
            return SPI_LEVEL;
        }

        @Override
        public VpnDriver create(ProviderContext context) {
            return driver;
        }
    }

    private final class Backends implements LlmBackendProvider {
        @Override
        public String name() {
            return "scripted";
        }

        @Override
        public int spiLevel() {
            return SPI_LEVEL;
        }

        @Override
        public LlmBackend create(ProviderContext context) {
            return context.id().equals("far") ? far : near;
        }
    }

    private PrimeSpark start(String via, String vpn) {
        driver.see(ScriptedVpnDriver.peer(NAS, Instant.now(), 100, 100));
        return PrimeSpark.builder()
                .discovery(false)
                .provider(new Drivers())
                .provider(new Backends())
                .config(SparkConfig.empty().withText("""
                        primespark {
                          data-dir = "%s"
                          llm.cache.enabled = false
                          llm.backends = [{type = scripted, id = far, via = "%s"}, {type = scripted, id = near}]
                          %s
                        }
                        """.formatted(dir, via, vpn), "test"))
                .build();
    }

    private static final String VPN =
            "health.interval = 1 s\nvpn { driver = {type = scripted}, interval = 50 ms, peers.nas = \"" + NAS.base64()
                    + "\" }";

    private static void eventually(Runnable check) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(check::run);
    }

    private static LlmResponse ask(PrimeSpark spark) {
        return spark.llm().generate(LlmRequest.prompt("question").build());
    }

    @Test
    void aBackendBehindATunnelIsAskedFromTheFirstRequestOnWhileItIsUp() {
        driver.isUp(true);
        try (PrimeSpark spark = start("vpn", VPN)) {
            assertThat(ask(spark).backend()).isEqualTo("far");
        }
    }

    @Test
    void itLeavesRoutingWithTheTunnelAndReturnsWithIt() {
        driver.isUp(true);
        try (PrimeSpark spark = start("vpn/nas", VPN)) {
            assertThat(ask(spark).backend()).isEqualTo("far");
            driver.isUp(false);
            eventually(() -> assertThat(spark.vpn().networks()).isEmpty());
            LlmResponse answer = ask(spark);
            assertThat(answer.backend()).isEqualTo("near");
            assertThat(answer.trace().skipped())
                    .singleElement()
                    .satisfies(
                            skipped -> assertThat(skipped.reason())
                                    .isEqualTo(
                                            "its network 'vpn/nas' cannot be used now: DOWN, the interface does not exist or is down"));
            eventually(() -> assertThat(spark.health()
                            .report()
                            .components()
                            .get("vpn")
                            .result()
                            .status())
                    .isEqualTo(HealthStatus.DEGRADED));
            driver.isUp(true);
            eventually(() -> assertThat(ask(spark).backend()).isEqualTo("far"));
        }
    }

    @Test
    void whatIsBehindAnotherPeerIsNotReachedThroughThisOne() {
        driver.isUp(true);
        try (PrimeSpark spark = start("vpn/server", VPN)) {
            assertThat(spark.vpn().status().state()).isEqualTo(VpnState.UP);
            assertThat(ask(spark).backend()).isEqualTo("near");
        }
    }

    @Test
    void aCallThatWaitsForABackendBehindADeadTunnelGoesOnElsewhereAtOnce() {
        driver.isUp(true);
        CountDownLatch never = new CountDownLatch(1);
        far.next(LlmScript.text("half an").thenPause(never).thenText("answer"));
        try (PrimeSpark spark = start("vpn", VPN)) {
            LlmCall call = spark.llm()
                    .open(LlmRequest.prompt("question")
                            .failover(ai.primespark.llm.Failover.RESTART)
                            .build());
            Iterator<LlmEvent> events = call.iterator();
            LlmEvent first = events.next();
            while (!(first instanceof LlmEvent.Text)) {
                first = events.next();
            }
            driver.isUp(false);
            LlmResponse answer = call.await();
            assertThat(answer.backend()).isEqualTo("near");
            assertThat(answer.trace().attempts().get(0).error())
                    .isEqualTo(ai.primespark.llm.LlmException.Kind.UNREACHABLE);
        } finally {
            never.countDown();
        }
    }

    @Test
    void aNetworkThatCannotComeUpIsRefusedAtTheStart() {
        ConfigurationException none = catchThrowableOfType(ConfigurationException.class, () -> start("vpn", ""));
        assertThat(none).hasMessageContaining("primespark.llm.backends[0].via").hasMessageContaining("no VPN driver");
        ConfigurationException unknown = catchThrowableOfType(ConfigurationException.class, () -> start("lan", VPN));
        assertThat(unknown).hasMessageContaining("there is no network 'lan', there are [vpn]");
        ConfigurationException two = catchThrowableOfType(
                ConfigurationException.class,
                () -> start("vpn", "vpn.driver = [{type = scripted}, {type = scripted, id = other}]"));
        assertThat(two).hasMessageContaining("must be one VPN driver");
    }

    @Test
    void aMistakeInTheDriverIsFoundWithItsPlace() {
        ConfigurationException typo = catchThrowableOfType(
                ConfigurationException.class,
                () -> start("vpn", "vpn.driver = {type = static, peer.nas = \"10.8.0.1:22\"}"));
        assertThat(typo).hasMessageContaining("primespark.vpn.driver.peer").hasMessageContaining("peers");
        ConfigurationException type = catchThrowableOfType(
                ConfigurationException.class, () -> start("vpn", "vpn.driver = {type = wiregard}"));
        assertThat(type)
                .hasMessageContaining("there is no VPN driver of type 'wiregard'")
                .hasMessageContaining("static");
    }

    @Test
    void theFacadeSteersTheTunnel() {
        try (PrimeSpark spark = start("vpn", VPN)) {
            assertThat(spark.vpn().status().state()).isEqualTo(VpnState.DOWN);
            assertThat(spark.vpn().up().networks()).contains("vpn");
            assertThat(spark.vpn().down().networks()).isEmpty();
        }
        assertThat(driver.calls()).containsExactly("up", "down");
    }
}

package ai.primespark.examples.server;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.agent.TaskContext;
import ai.primespark.power.ManualPowerSource;
import ai.primespark.testkit.ScriptedVpnDriver;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/**
 * The real server as a homelab has it: two backends, a battery, a tunnel with a peer, an agent, an administrator and a user who may only
 * read. What stands behind it does as tests say.
 */
final class DashboardServer implements AutoCloseable {

    static final String ADMIN = "admin";
    static final String GUEST = "guest";
    static final String PASSWORD = "correct horse battery";

    final FakeOllama edge = new FakeOllama();
    final FakeOllama cloud = new FakeOllama();
    final ManualPowerSource ups = new ManualPowerSource();
    final PrimeSpark spark;
    private final ScriptedVpnDriver tunnel = new ScriptedVpnDriver(ScriptedVpn.key(1));
    private final String settings;
    private SparkServer server;
    private final int port;

    DashboardServer(Path directory) {
        this(directory, "", config -> config);
    }

    /** With further settings of the server, as HOCON, and of the library. */
    DashboardServer(Path directory, String settings, UnaryOperator<SparkConfig> more) {
        this.settings = settings;
        tunnel.see(ScriptedVpnDriver.peer(ScriptedVpn.key(2), Instant.now(), 2_500_000, 1_000_000));
        spark = PrimeSpark.builder()
                .config(more.apply(SparkConfig.empty()
                        .with("primespark.data-dir", directory)
                        .with("primespark.agents.autostart", true)
                        .with("primespark.llm.default-model", FakeOllama.MODEL)
                        .with("primespark.llm.retries", 0L)
                        .with("primespark.health.interval", Duration.ofSeconds(1))
                        .with(
                                "primespark.llm.backends",
                                List.of(ollama("edge", Zone.EDGE, edge), ollama("cloud", Zone.CLOUD, cloud)))
                        .with("primespark.auth.roles", List.of(Map.of("name", GUEST, "permissions", List.of("*:read"))))
                        .with("primespark.vpn.driver", ProviderSpec.of("scripted"))))
                .powerSource("ups", ups)
                .provider(new ScriptedVpn(tunnel))
                .build();
        spark.vpn().up();
        spark.agents().local().handle("test.hold", String.class, DashboardServer::hold);
        spark.auth().users().create(ADMIN, Secret.of(PASSWORD), Set.of("admin"));
        spark.auth().users().create(GUEST, Secret.of(PASSWORD), Set.of(GUEST));
        server = start(0);
        port = server.port();
    }

    private static ProviderSpec ollama(String id, Zone zone, FakeOllama fake) {
        return ProviderSpec.of("ollama").id(id).with("zone", zone).with("url", fake.url());
    }

    /** Gets as far as it gets, and stays there until it is cancelled. */
    private static String hold(String payload, TaskContext task) throws InterruptedException {
        task.progress(0.4, payload);
        new CountDownLatch(1).await();
        return payload;
    }

    private SparkServer start(int where) {
        try {
            return SparkServer.start(
                    spark,
                    ServerSettings.parse("port = " + where
                            + ", grace = 1 s, limits { rate = 0, requests-per-source = 0 }\n" + settings),
                    Optional.of(spark.auth()),
                    new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        } catch (StartupException e) {
            throw new IllegalStateException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** The server is away, as after the pull of a plug. */
    void goAway() {
        server.close();
    }

    void comeBack() {
        server = start(port);
    }

    @Override
    public void close() {
        server.close();
        spark.close();
        edge.close();
        cloud.close();
    }
}

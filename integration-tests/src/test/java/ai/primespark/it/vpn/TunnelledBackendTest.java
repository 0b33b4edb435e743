package ai.primespark.it.vpn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.it.JavaProcess;
import ai.primespark.it.story.FakeOllama;
import ai.primespark.testkit.Namespaces;
import ai.primespark.testkit.NeedsWireGuard;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.NodeSettings;
import ai.primespark.vpn.wireguard.WgRenderer;
import ai.primespark.vpn.wireguard.WireGuardKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A backend behind a real tunnel, between two machines that are namespaces, leaves routing and returns. */
@NeedsWireGuard
@Timeout(240)
class TunnelledBackendTest {

    @TempDir
    Path directory;

    private final WireGuardKeys keys = new WireGuardKeys();
    private final VpnSecretKey hereKey = keys.newPrivateKey();
    private final VpnSecretKey thereKey = keys.newPrivateKey();
    private final VpnTopology topology = VpnTopology.builder("10.8.0.0/24")
            .node(VpnNode.builder("here", WireGuardKeys.publicKey(hereKey))
                    .address("10.8.0.1/24")
                    .endpoint("192.0.2.1:51820")
                    .build())
            .node(VpnNode.builder("there", WireGuardKeys.publicKey(thereKey))
                    .address("10.8.0.2/24")
                    .endpoint("192.0.2.2:51820")
                    .build())
            .build();

    private Path render(String node, String device, VpnSecretKey key) throws IOException {
        return render(topology, node, device, key);
    }

    private Path render(VpnTopology topology, String node, String device, VpnSecretKey key) throws IOException {
        Path config = directory.resolve(device + ".conf");
        Files.createFile(config, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(
                config,
                new WgRenderer(device)
                        .render(topology, node, key, NodeSettings.builder().build())
                        .bytes());
        return config;
    }

    private static JavaProcess start(
            Path directory, String namespace, String bind, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(Namespaces.prefix(namespace));
        command.addAll(List.of(
                JavaProcess.java(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-Dfake.bind=" + bind,
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return JavaProcess.start(directory, Map.of(), command);
    }

    private static void awaitLine(JavaProcess process, int from, String beginning) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(process.lines().stream().skip(from))
                        .as(process.output())
                        .anyMatch(line -> line.startsWith(beginning)));
    }

    private Path settings(String device, Path config) throws IOException {
        return Files.writeString(directory.resolve("application.conf"), """
                primespark {
                  data-dir = "%s"
                  memory.tiers = [{type = caffeine}]
                  llm {
                    default-model = m
                    cache.enabled = false
                    circuit.open-time = 1 s
                    backends = [
                      {type = ollama, id = far, url = "http://10.8.0.2:11434", via = vpn/there}
                      {type = ollama, id = near, url = "http://127.0.0.1:21434"}
                    ]
                  }
                  vpn {
                    driver = {type = wireguard, interface = %s, config = "%s"}
                    keep-up = true
                    restart.wait = 500 ms
                    peers.there = "%s"
                    probes.there = "10.8.0.2:11434"
                    interval = 500 ms
                    reconnect-after = 1 s
                    probe-timeout = 500 ms
                  }
                }
                """.formatted(
                        directory.resolve("data"), device, config, WireGuardKeys.publicKey(thereKey)));
    }

    /** A machine with a dynamic address, after it got another one: it cannot call, for it does not know where the other one is. */
    @Test
    void itReturnsWhenTheNameOfTheMovedPeerLeadsToIt() throws IOException {
        VpnTopology named = VpnTopology.builder("10.8.0.0/24")
                .node(VpnNode.builder("here", WireGuardKeys.publicKey(hereKey))
                        .address("10.8.0.1/24")
                        .build())
                .node(VpnNode.builder("there", WireGuardKeys.publicKey(thereKey))
                        .address("10.8.0.2/24")
                        .endpoint("there.lab.test:51820")
                        .build())
                .build();
        try (Namespaces net = new Namespaces()) {
            String here = net.add("h");
            String there = net.add("t");
            String cable = net.join(here, "192.0.2.1/24", there, "192.0.2.2/24").get(1);
            Path hosts = Files.writeString(net.etc(here).resolve("hosts"), "192.0.2.2 there.lab.test\n");
            String device = net.device();
            Path config = render(named, "here", device, hereKey);
            String other = render(named, "there", net.device(), thereKey).toString();
            net.run(there, "wg-quick", "up", other);
            try (JavaProcess server =
                            start(directory, there, "10.8.0.2:11434", FakeOllama.class, "m", "far answer", "-1");
                    JavaProcess application = start(
                            directory,
                            here,
                            "127.0.0.1:21434",
                            TunnelledApplication.class,
                            settings(device, config).toString())) {
                awaitLine(application, 0, "answered by far");
                assertThat(net.run(here, "wg", "show", device, "endpoints")).contains("192.0.2.2:51820");

                int before = application.lines().size();
                net.run(there, "wg-quick", "down", other);
                net.run(there, "ip", "addr", "del", "192.0.2.2/24", "dev", cable);
                net.run(there, "ip", "addr", "add", "192.0.2.9/24", "dev", cable);
                net.run(there, "wg-quick", "up", other);
                var unused =
                        Files.writeString(hosts, "192.0.2.9 there.lab.test\n"); // in place, for whoever sees it already
                awaitLine(application, before, "vpn DEGRADED []");
                awaitLine(application, before, "vpn UP [vpn, vpn/there]");
                awaitLine(application, before, "answered by far");
                assertThat(net.run(here, "wg", "show", device, "endpoints")).contains("192.0.2.9:51820");
                assertThat(server.isAlive()).isTrue();
            }
        }
    }

    @Test
    void itLeavesWithTheTunnelAndReturnsWithIt() throws IOException {
        try (Namespaces net = new Namespaces()) {
            String here = net.add("h");
            String there = net.add("t");
            net.join(here, "192.0.2.1/24", there, "192.0.2.2/24");
            String device = net.device();
            Path config = render("here", device, hereKey);
            net.run(
                    there,
                    "wg-quick",
                    "up",
                    render("there", net.device(), thereKey).toString());
            Path settings = settings(device, config);
            try (JavaProcess server =
                            start(directory, there, "10.8.0.2:11434", FakeOllama.class, "m", "far answer", "-1");
                    JavaProcess application = start(
                            directory, here, "127.0.0.1:21434", TunnelledApplication.class, settings.toString())) {
                awaitLine(application, 0, "vpn UP [vpn, vpn/there]");
                awaitLine(application, 0, "answered by far");

                int before = application.lines().size();
                net.freeze(there);
                awaitLine(application, before, "vpn DEGRADED []");
                awaitLine(
                        application,
                        before,
                        "answered by near; without far: its network 'vpn/there' cannot be used now");
                assertThat(application.output()).doesNotContain("not answered");

                before = application.lines().size();
                net.thaw(there);
                awaitLine(application, before, "answered by far");

                before = application.lines().size();
                net.run(here, "ip", "link", "delete", "dev", device);
                awaitLine(application, before, "vpn DOWN []");
                awaitLine(application, before, "vpn UP [vpn, vpn/there]");
                awaitLine(application, before, "answered by far");
                assertThat(application.output()).doesNotContain("not answered").doesNotContain(hereKey.reveal());
                assertThat(server.isAlive()).isTrue();
            }
        }
    }
}

package ai.primespark.vpn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.testkit.Namespaces;
import ai.primespark.testkit.NeedsWireGuard;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code examples/deployment/setup-vpn.sh}, with a jar that leads to the classes under test. */
class SetupScriptTest {

    @TempDir
    Path temp;

    private String printed = "";
    private String piKey = "";

    @BeforeEach
    void aJar() throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, VpnTool.class.getName());
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                                .map(entry ->
                                        Path.of(entry).toAbsolutePath().toUri().toString())
                                .collect(Collectors.joining(" ")));
        try (OutputStream out = Files.newOutputStream(temp.resolve("cli.jar"));
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            jar.finish();
        }
    }

    private int run(String machine, List<String> prefix, String... args) throws Exception {
        Path script = Path.of("..", "examples", "deployment", "setup-vpn.sh")
                .toAbsolutePath()
                .normalize();
        List<String> command = new ArrayList<>(prefix);
        command.add(script.toString());
        command.addAll(List.of(args));
        command.addAll(List.of(
                "--dir",
                temp.resolve("vpn").toString(),
                "--jar",
                temp.resolve("cli.jar").toString()));
        Path out = temp.resolve("out.txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
        builder.environment().put("SPARK_VPN_WG_DIR", temp.resolve(machine).toString());
        builder.environment().put("PATH", System.getProperty("java.home") + "/bin:" + System.getenv("PATH"));
        builder.environment().put("WG_QUICK_USERSPACE_IMPLEMENTATION", "wireguard-go");
        builder.environment().remove("LOG_LEVEL");
        Process process = builder.start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        printed = Files.readString(out);
        Files.delete(out);
        return process.exitValue();
    }

    private void must(String machine, String... args) throws Exception {
        assertThat(run(machine, List.of(), args))
                .as(() -> String.join(" ", args) + ": " + printed)
                .isZero();
    }

    private List<String> files() throws IOException {
        List<String> files = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(temp)) {
            for (Path path : walk.filter(Files::isRegularFile).sorted().toList()) {
                files.add(temp.relativize(path) + " " + Arrays.hashCode(Files.readAllBytes(path)));
            }
        }
        return files;
    }

    @Test
    void filesForAWholeNetworkAreMadeWithoutRootAndOnlyOnce() throws Exception {
        List<String> nothing = files();
        must("home", "hub", "--name", "home", "--endpoint", "vpn.example.org:51820", "--dry-run");
        assertThat(files()).isEqualTo(nothing);
        for (int round = 0; round < 2; round++) {
            List<String> before = files();
            must("home", "hub", "--name", "home", "--endpoint", "vpn.example.org:51820", "--render-only");
            must("pi", "key");
            String key = printed.strip();
            must("home", "node", "--name", "pi", "--public-key", key, "--render-only");
            must(
                    "pi",
                    "join",
                    "--file",
                    temp.resolve("vpn/rendered/pi/wg0.conf").toString(),
                    "--render-only");
            if (round == 1) {
                assertThat(files()).isEqualTo(before);
            }
        }
        assertThat(Files.readString(temp.resolve("pi/wg0.conf")))
                .contains("Address = 10.8.0.2/24, fd42:8::2/64")
                .contains("Endpoint = vpn.example.org:51820");
        assertThat(run("pi", List.of(), "hub", "--name", "x")).isEqualTo(2);
        assertThat(printed).contains("hub needs --name and --endpoint");
        assertThat(run("pi", List.of(), "join", "--file", "/nonexistent", "--render-only"))
                .isEqualTo(2);
    }

    /** A node that gets its configuration as a file, and gets another one while the tunnel carries traffic. */
    @Test
    @NeedsWireGuard
    void aNodeJoinsByFileAndIsChangedUnderItsTraffic() throws Exception {
        try (Namespaces net = new Namespaces()) {
            String home = net.add("home");
            String pi = net.add("pi");
            net.join(home, "192.0.2.1/24", pi, "192.0.2.2/24");
            String homeDevice = net.device();
            String device = net.device();
            hubWith(net, home, homeDevice, device);
            Path rendered = temp.resolve("vpn/rendered/pi").resolve(device + ".conf");
            joinOn(pi, device, rendered);
            assertThat(printed).contains("'" + device + "' is up");
            assertThat(net.succeeds(pi, "ping", "-c", "1", "-W", "15", "10.8.0.1"))
                    .isTrue();
            String handshake = net.run(pi, "wg", "show", device, "latest-handshakes");
            String port = net.run(pi, "wg", "show", device, "listen-port");

            // only what wg reads, and routes
            rerender(home, "nodes.home.routes = [\"192.168.77.0/24\"]");
            joinOn(pi, device, rendered);
            assertThat(printed).contains("is up to date");
            assertThat(net.run(pi, "wg", "show", device, "allowed-ips")).contains("192.168.77.0/24");
            assertThat(net.run(pi, "ip", "route", "show", "dev", device)).contains("192.168.77.0/24");
            assertThat(net.run(pi, "wg", "show", device, "latest-handshakes"))
                    .as("the session is as it was")
                    .isEqualTo(handshake);
            assertThat(net.run(pi, "wg", "show", device, "listen-port")).isEqualTo(port);
            assertThat(net.succeeds(pi, "ping", "-c", "1", "-W", "15", "10.8.0.1"))
                    .isTrue();
            rerender(home, "nodes.home.routes = []");
            joinOn(pi, device, rendered);
            assertThat(net.run(pi, "ip", "route", "show", "dev", device)).doesNotContain("192.168.77.0/24");
            assertThat(net.run(pi, "wg", "show", device, "latest-handshakes")).isEqualTo(handshake);

            // what needs a new interface
            rerender(home, "nodes.pi.mtu = 1300");
            joinOn(pi, device, rendered);
            assertThat(printed).contains("'" + device + "' is up");
            assertThat(net.run(pi, "ip", "link", "show", "dev", device)).contains("mtu 1300");
            assertThat(net.succeeds(pi, "ping", "-c", "1", "-W", "15", "10.8.0.1"))
                    .isTrue();

            // and what does not come up
            Path broken = temp.resolve("broken.conf");
            Files.writeString(
                    broken, Files.readString(rendered).replaceFirst("MTU = 1300\n", "MTU = 1280\nPostUp = exit 7\n"));
            assertThat(join(List.of(), pi, device, broken)).isNotZero();
            assertThat(printed).contains("as they were before");
            assertThat(temp.resolve("pi").resolve(device + ".conf")).hasSameTextualContentAs(rendered);
            assertThat(net.run(pi, "ip", "link", "show", "dev", device)).contains("mtu 1300");
            assertThat(net.succeeds(pi, "ping", "-c", "1", "-W", "15", "10.8.0.1"))
                    .isTrue();
        }
    }

    /** What becomes of a session through the tunnel: its processes are told that the terminal is gone. */
    @Test
    @NeedsWireGuard
    void aSessionThatEndsBetweenDownAndUpLeavesATunnelThatIsUp() throws Exception {
        try (Namespaces net = new Namespaces()) {
            String home = net.add("home");
            String pi = net.add("pi");
            net.join(home, "192.0.2.1/24", pi, "192.0.2.2/24");
            String device = net.device();
            hubWith(net, home, net.device(), device);
            Path rendered = temp.resolve("vpn/rendered/pi").resolve(device + ".conf");
            Path mark = temp.resolve("mark");
            Path first = temp.resolve("first.conf");
            Files.writeString(
                    first,
                    Files.readString(rendered)
                            .replaceFirst(
                                    "\\[Interface]\n", "[Interface]\nPostDown = kill -HUP 0; touch " + mark + "\n"));
            joinOn(pi, device, first);
            // a session of its own, or the signal would end this test
            assertThat(join(List.of("setsid", "--wait"), pi, device, rendered))
                    .as(() -> printed)
                    .isZero();
            assertThat(mark).as("the signal was sent").exists();
            assertThat(temp.resolve("pi").resolve(device + ".conf")).hasSameTextualContentAs(rendered);
            assertThat(net.succeeds(pi, "ping", "-c", "1", "-W", "15", "10.8.0.1"))
                    .isTrue();
        }
    }

    private void hubWith(Namespaces net, String home, String homeDevice, String device) throws Exception {
        String[] hub = {"hub", "--name", "home", "--endpoint", "192.0.2.1:51820", "--interface", homeDevice};
        assertThat(run("home", Namespaces.prefix(home), hub)).as(() -> printed).isZero();
        must("pi", "key", "--interface", device);
        piKey = printed.strip();
        Path topology = temp.resolve("vpn/topology.conf");
        String keyFile = temp.resolve("pi").resolve(device + ".key").toString();
        String[] node = {"node", "--name", "pi", "--public-key", piKey, "--interface", homeDevice};
        assertThat(run("home", Namespaces.prefix(home), node)).as(() -> printed).isZero();
        Files.writeString(
                topology,
                Files.readString(topology) + "\nnodes.pi { interface = " + device + ", key-file = \"" + keyFile
                        + "\" }\n");
        assertThat(run("home", Namespaces.prefix(home), node)).as(() -> printed).isZero();
        assertThat(net.run(home, "wg", "show", homeDevice, "peers").strip()).isEqualTo(piKey);
    }

    private void rerender(String home, String change) throws Exception {
        Path topology = temp.resolve("vpn/topology.conf");
        Files.writeString(topology, Files.readString(topology) + "\n" + change + "\n");
        String[] node = {"node", "--name", "pi", "--public-key", piKey, "--render-only"};
        assertThat(run("home", Namespaces.prefix(home), node)).as(() -> printed).isZero();
    }

    private int join(List<String> more, String namespace, String device, Path file) throws Exception {
        List<String> prefix = new ArrayList<>(Namespaces.prefix(namespace));
        prefix.addAll(more);
        return run("pi", prefix, "join", "--interface", device, "--file", file.toString());
    }

    private void joinOn(String namespace, String device, Path file) throws Exception {
        assertThat(join(List.of(), namespace, device, file)).as(() -> printed).isZero();
    }

    @Test
    @NeedsWireGuard
    void aHubsTunnelComesUpAndLearnsItsNodes() throws Exception {
        try (Namespaces net = new Namespaces()) {
            String home = net.add("home");
            String device = net.device();
            List<String> there = Namespaces.prefix(home);
            String[] hub = {"hub", "--name", "home", "--endpoint", "192.0.2.1:51820", "--interface", device};
            assertThat(run("home", there, hub)).as(() -> printed).isZero();
            assertThat(net.run(home, "wg", "show", device, "listen-port").strip())
                    .isEqualTo("51820");
            assertThat(net.run(home, "wg", "show", device, "public-key").strip())
                    .hasSize(44);
            String[] node = {
                "node",
                "--name",
                "pi",
                "--interface",
                device,
                "--public-key",
                "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
            };
            assertThat(run("home", there, node)).as(() -> printed).isZero();
            assertThat(net.run(home, "wg", "show", device, "allowed-ips")).contains("10.8.0.2/32");
            assertThat(run("home", there, hub)).as(() -> printed).isZero();
            assertThat(printed).contains("is up to date");
        }
    }
}

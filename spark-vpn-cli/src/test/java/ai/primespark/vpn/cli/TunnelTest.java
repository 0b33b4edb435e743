package ai.primespark.vpn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.testkit.Namespaces;
import ai.primespark.testkit.NeedsWireGuard;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line on two machines, as namespaces: from nothing to a tunnel, and through a rotation of keys. */
@NeedsWireGuard
class TunnelTest {

    @TempDir
    Path temp;

    private final Namespaces net = new Namespaces();
    private final String home = net.add("home");
    private final String pi = net.add("pi");
    private final String homeDevice = net.device();
    private final String piDevice = net.device();
    private String printed = "";

    @BeforeEach
    void aNetwork() throws IOException {
        net.join(home, "192.0.2.1/24", pi, "192.0.2.2/24");
        must("init", "--subnet", "10.8.0.0/24", "--subnet", "fd00:8::/64");
        must(
                "add-node",
                "home",
                "--hub",
                "--nat",
                "--endpoint",
                "192.0.2.1:51820",
                "--hold-key",
                "--interface",
                homeDevice);
        must("key", keyFile().toString());
        String key = printed.strip();
        must("add-node", "pi", "--public-key", key, "--interface", piDevice);
        Path topology = temp.resolve("vpn/topology.conf");
        Files.writeString(topology, Files.readString(topology) + "\nnodes.pi.key-file = \"" + keyFile() + "\"\n");
    }

    @AfterEach
    void takeDown() {
        net.close();
    }

    private Path keyFile() {
        return temp.resolve("pi/own.key");
    }

    private int run(String... args) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--dir", temp.resolve("vpn").toString()));
        int code = VpnTool.run(all.toArray(String[]::new), out, out);
        printed = bytes.toString(StandardCharsets.UTF_8);
        return code;
    }

    private void must(String... args) {
        assertThat(run(args)).as(() -> String.join(" ", args) + ": " + printed).isZero();
    }

    private List<String> on(String namespace, String device) {
        List<String> options = new ArrayList<>();
        Namespaces.prefix(namespace).forEach(word -> options.addAll(List.of("--prefix", word)));
        options.addAll(List.of(
                "--config", temp.resolve(namespace).resolve(device + ".conf").toString()));
        return options;
    }

    private void apply(String node, String... more) {
        boolean isHome = node.equals("home");
        List<String> args = new ArrayList<>(List.of("apply", node));
        args.addAll(on(isHome ? home : pi, isHome ? homeDevice : piDevice));
        args.addAll(List.of(more));
        must(args.toArray(String[]::new));
    }

    private int status(String namespace, String device) {
        List<String> args = new ArrayList<>(List.of("status", "--interface", device));
        args.addAll(on(namespace, device));
        return run(args.toArray(String[]::new));
    }

    private boolean piReachesHome() {
        return net.succeeds(pi, "ping", "-c", "1", "-W", "15", "10.8.0.1")
                && net.succeeds(pi, "ping", "-6", "-c", "1", "-W", "15", "fd00:8::1");
    }

    @Test
    void aTunnelComesUpAndStaysUpWhenItIsAppliedAgain() throws Exception {
        assertThat(status(home, homeDevice)).isEqualTo(ToolException.DOWN);
        apply("home");
        apply("pi");
        assertThat(piReachesHome()).isTrue();
        assertThat(status(pi, piDevice)).isZero();
        assertThat(printed).contains("node pi").contains("home").contains("connected");
        assertThat(net.run(home, "nft", "list", "tables"))
                .contains("table ip spark_vpn_")
                .contains("table ip6 spark_vpn_");
        assertThat(net.run(home, "cat", "/proc/sys/net/ipv4/ip_forward").strip())
                .isEqualTo("1");

        String before = net.run(home, "wg", "show", homeDevice, "latest-handshakes");
        must("add-node", "nas", "--hold-key");
        apply("home");
        assertThat(printed).contains("is up to date");
        assertThat(net.run(home, "wg", "show", homeDevice, "latest-handshakes"))
                .as("the session is as it was")
                .contains(before.strip());
        assertThat(net.run(home, "wg", "show", homeDevice, "allowed-ips")).contains("10.8.0.3/32");
        assertThat(piReachesHome()).isTrue();
    }

    @Test
    void whatNeedsARestartIsSaidAndDoneWhenAsked() throws Exception {
        apply("pi");
        Path topology = temp.resolve("vpn/topology.conf");
        Files.writeString(topology, Files.readString(topology) + "\nnodes.pi.mtu = 1300\n");
        apply("pi");
        assertThat(printed).contains("take effect at the next up");
        apply("pi", "--restart");
        assertThat(net.run(pi, "ip", "link", "show", "dev", piDevice)).contains("mtu 1300");
        apply("home");
        assertThat(piReachesHome()).isTrue();
    }

    @Test
    void marksAndTablesReachTheInterface() throws Exception {
        Path topology = temp.resolve("vpn/topology.conf");
        Files.writeString(
                topology,
                Files.readString(topology)
                        + "\nnodes.home.routes = [\"192.168.77.0/24\"]\nnodes.pi { table = 4242, fw-mark = \"0xca6c\" }\n");
        apply("home");
        apply("pi");
        assertThat(net.run(pi, "wg", "show", piDevice, "fwmark").strip()).isEqualTo("0xca6c");
        assertThat(net.run(pi, "ip", "route", "show", "table", "4242")).contains("192.168.77.0/24 dev " + piDevice);
        assertThat(net.run(pi, "ip", "route", "show")).doesNotContain("192.168.77.0/24");

        Files.writeString(topology, Files.readString(topology) + "\nnodes.home.routes = [\"192.168.78.0/24\"]\n");
        apply("pi");
        assertThat(net.run(pi, "ip", "route", "show", "table", "4242"))
                .as("changed while it is up")
                .contains("192.168.78.0/24 dev " + piDevice)
                .doesNotContain("192.168.77.0/24");
        assertThat(net.run(pi, "wg", "show", piDevice, "fwmark").strip()).isEqualTo("0xca6c");

        Files.writeString(topology, Files.readString(topology) + "\nnodes.pi.table = off\n");
        apply("pi", "--restart");
        assertThat(net.run(pi, "ip", "route", "show", "table", "all")).doesNotContain("192.168.78.0/24");
        assertThat(piReachesHome()).as("its own subnet needs no such route").isTrue();
    }

    @Test
    void aHubsKeysAreRotatedAndTheTunnelWorksAfterEachStep() {
        apply("home");
        apply("pi");
        String before = net.run(home, "wg", "show", homeDevice, "public-key");
        for (String step : List.of("ANNOUNCED", "SWITCHED", "DONE")) {
            must("rotate", "home");
            assertThat(printed).contains(step);
            apply("pi");
            if (!step.equals("SWITCHED")) {
                assertThat(piReachesHome()).as("half applied: " + step).isTrue();
            }
            apply("home");
            assertThat(piReachesHome()).as(step).isTrue();
        }
        assertThat(net.run(home, "wg", "show", homeDevice, "public-key")).isNotEqualTo(before);
        assertThat(net.run(pi, "wg", "show", piDevice, "peers").lines()).hasSize(1);
    }
}

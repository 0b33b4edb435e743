package ai.primespark.vpn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.testkit.MachineNeeds;
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
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a hub's rules do to packets: between its nodes, and to a machine outside that knows no way back. Three namespaces in a row, the
 * hub in the middle: {@code pi} and {@code outside} know nothing of each other, so that whatever arrives went through the tunnel.
 */
@NeedsWireGuard
@ExtendWith(ForwardingTest.NeedsFirewalls.class)
class ForwardingTest {

    /** Both programs that rules can be written with, and what sends a router advertisement. */
    static final class NeedsFirewalls implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            List<String> missing = List.of("nft", "iptables", "ip6tables", "python3").stream()
                    .filter(program -> List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin").stream()
                            .noneMatch(folder -> Files.isExecutable(Path.of(folder, program))))
                    .toList();
            return MachineNeeds.unless(
                    context, missing.isEmpty() ? Optional.empty() : Optional.of("missing: " + missing));
        }
    }

    /** A router's advertisement of itself as the way to everywhere (RFC 4861, section 4.2), from the interface that is named. */
    private static final String ADVERTISE = """
            import socket, struct, sys
            index = socket.if_nametoindex(sys.argv[1])
            s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            s.sendto(struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0), ('ff02::1', 0, 0, index))
            """;

    @TempDir
    Path temp;

    private final Namespaces net = new Namespaces();
    private final String hub = net.add("hub");
    private final String pi = net.add("pi");
    private final String outside = net.add("out");
    private final String hubDevice = net.device();
    private final String piDevice = net.device();
    private List<String> outward = List.of();
    private String printed = "";

    @BeforeEach
    void aRow() {
        net.join(hub, "192.0.2.1/24", pi, "192.0.2.2/24");
        outward = net.join(hub, "198.51.100.1/24", outside, "198.51.100.2/24");
        net.run(hub, "ip", "addr", "add", "2001:db8:1::1/64", "dev", outward.get(0), "nodad");
        net.run(outside, "ip", "addr", "add", "2001:db8:1::2/64", "dev", outward.get(1), "nodad");
        must("init", "--subnet", "10.8.0.0/24", "--subnet", "fd00:8::/64");
    }

    @AfterEach
    void takeDown() {
        net.close();
    }

    private void must(String... args) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--dir", temp.resolve("vpn").toString()));
        int code = VpnTool.run(all.toArray(String[]::new), out, out);
        printed = bytes.toString(StandardCharsets.UTF_8);
        assertThat(code).as(() -> String.join(" ", args) + ": " + printed).isZero();
    }

    private void node(String name, String device, String... options) {
        List<String> args = new ArrayList<>(List.of("add-node", name, "--hold-key", "--interface", device));
        args.addAll(List.of(options));
        must(args.toArray(String[]::new));
    }

    private void hubWithTheOutsideBehindIt(String... options) {
        List<String> all = new ArrayList<>(List.of("--hub", "--endpoint", "192.0.2.1:51820"));
        all.addAll(List.of("--route", "198.51.100.0/24", "--route", "2001:db8:1::/64"));
        all.addAll(List.of(options));
        node("hub", hubDevice, all.toArray(String[]::new));
        node("pi", piDevice);
    }

    private void configure(String more) throws IOException {
        Path topology = temp.resolve("vpn/topology.conf");
        Files.writeString(topology, Files.readString(topology) + "\n" + more + "\n");
    }

    private void apply(String node, String namespace, String device, String... more) {
        List<String> args = new ArrayList<>(List.of("apply", node));
        args.addAll(List.of(more));
        Namespaces.prefix(namespace).forEach(word -> args.addAll(List.of("--prefix", word)));
        args.addAll(List.of("--config", config(namespace, device)));
        must(args.toArray(String[]::new));
    }

    private String config(String namespace, String device) {
        return temp.resolve(namespace).resolve(device + ".conf").toString();
    }

    private void applyBoth() {
        apply("hub", hub, hubDevice);
        apply("pi", pi, piDevice);
    }

    private boolean reaches(String from, String address) {
        return net.succeeds(from, "ping", "-c", "1", "-W", "5", address);
    }

    private boolean quicklyReaches(String from, String address) {
        return net.succeeds(from, "ping", "-c", "1", "-W", "1", address);
    }

    private void theOutsideAnswersWhatComesFromPi() {
        assertThat(reaches(pi, "10.8.0.1")).as("the hub").isTrue();
        assertThat(reaches(pi, "198.51.100.2")).as("IPv4").isTrue();
        assertThat(reaches(pi, "2001:db8:1::2")).as("IPv6").isTrue();
    }

    @Test
    void withoutNatTheOutsideKnowsNoWayBack() {
        hubWithTheOutsideBehindIt();
        applyBoth();
        assertThat(reaches(pi, "10.8.0.1")).isTrue();
        assertThat(quicklyReaches(pi, "198.51.100.2")).isFalse();
        net.run(outside, "ip", "route", "add", "10.8.0.0/24", "via", "198.51.100.1");
        assertThat(reaches(pi, "198.51.100.2")).as("it was the way back alone").isTrue();
    }

    @Test
    void nftablesHideTheNodesBehindTheHub() {
        hubWithTheOutsideBehindIt("--nat");
        applyBoth();
        theOutsideAnswersWhatComesFromPi();
        net.run(hub, "wg-quick", "down", config(hub, hubDevice));
        assertThat(net.run(hub, "nft", "list", "ruleset")).as("nothing is left").doesNotContain("spark_vpn");
    }

    @Test
    void iptablesDoSoToo() throws IOException {
        hubWithTheOutsideBehindIt("--nat");
        configure("network.firewall = iptables");
        applyBoth();
        theOutsideAnswersWhatComesFromPi();
        net.run(hub, "wg-quick", "down", config(hub, hubDevice));
        assertThat(net.run(hub, "iptables-save") + net.run(hub, "ip6tables-save"))
                .as("nothing is left")
                .doesNotContain(hubDevice);
    }

    /** Docker sets that policy. An accept in a table of nftables' own cannot overrule it. */
    @Test
    void whereAFirewallDropsWhatIsForwardedIptablesLetNodesThrough() throws IOException {
        net.run(outside, "ip", "route", "add", "192.0.2.0/24", "via", "198.51.100.1");
        net.run(hub, "iptables", "-P", "FORWARD", "DROP");
        net.run(hub, "ip6tables", "-P", "FORWARD", "DROP");
        node("hub", hubDevice, "--hub", "--endpoint", "192.0.2.1:51820");
        node("pi", piDevice);
        String nasDevice = net.device();
        node("nas", nasDevice);
        applyBoth();
        apply("nas", outside, nasDevice);
        assertThat(reaches(outside, "10.8.0.1")).as("the hub").isTrue();
        assertThat(reaches(pi, "10.8.0.1")).as("the hub").isTrue();
        assertThat(quicklyReaches(pi, "10.8.0.3")).as("it does drop").isFalse();
        configure("network.firewall = iptables");
        apply("hub", hub, hubDevice, "--restart");
        apply("pi", pi, piDevice, "--restart"); // or it would take 15 s until its old session is given up
        apply("nas", outside, nasDevice, "--restart");
        assertThat(reaches(outside, "10.8.0.1")).isTrue(); // tells the hub where it is
        assertThat(reaches(pi, "10.8.0.3")).as("IPv4").isTrue();
        assertThat(reaches(pi, "fd00:8::3")).as("IPv6").isTrue();
    }

    @Test
    void aHubGoesOnTakingItsIpv6DefaultRouteFromARouter() throws IOException {
        net.run(hub, "sysctl", "-q", "-w", "net.ipv6.conf." + outward.get(0) + ".accept_ra=1");
        String other =
                net.join(hub, "203.0.113.1/24", outside, "203.0.113.2/24").get(0);
        net.run(hub, "sysctl", "-q", "-w", "net.ipv6.conf." + other + ".accept_ra=0");
        advertiseUntilTheHubHasADefaultRoute();
        hubWithTheOutsideBehindIt();
        applyBoth();
        assertThat(reaches(pi, "10.8.0.1")).isTrue();
        assertThat(net.run(hub, "cat", "/proc/sys/net/ipv6/conf/all/forwarding").strip())
                .isEqualTo("1");
        assertThat(defaultRoute()).as("the one that it had").contains("proto ra");
        net.run(hub, "ip", "-6", "route", "flush", "proto", "ra");
        advertiseUntilTheHubHasADefaultRoute();
        assertThat(net.run(hub, "cat", "/proc/sys/net/ipv6/conf/" + other + "/accept_ra")
                        .strip())
                .as("whoever took none takes none")
                .isEqualTo("0");
    }

    private String defaultRoute() {
        return net.run(hub, "ip", "-6", "route", "show", "default");
    }

    /** Again and again: its own address is usable only once nobody has objected to it. */
    private void advertiseUntilTheHubHasADefaultRoute() throws IOException {
        Path script = Files.writeString(temp.resolve("advertise.py"), ADVERTISE);
        long end = System.nanoTime() + 20_000_000_000L;
        while (!defaultRoute().contains("proto ra")) {
            assertThat(System.nanoTime())
                    .as("no default route: " + defaultRoute())
                    .isLessThan(end);
            var unused = net.succeeds(outside, "python3", script.toString(), outward.get(1));
        }
    }
}

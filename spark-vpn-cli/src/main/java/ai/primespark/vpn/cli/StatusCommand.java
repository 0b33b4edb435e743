package ai.primespark.vpn.cli;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.wireguard.TopologyFile;
import ai.primespark.vpn.wireguard.VpnDirectory;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Shows this machine's tunnel. */
@Command(
        name = "status",
        description = {
            "Shows this machine's tunnel and its peers, by name where the network's folder is at hand.",
            "A peer counts as connected with a handshake in the last three minutes; without traffic there is none, so that an"
                    + " older one says nothing by itself. Exit code 3 when the tunnel is down or no peer is connected."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class StatusCommand implements Callable<Integer> {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SESSION = Duration.ofMinutes(3); // REJECT_AFTER_TIME of the WireGuard paper

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private VpnTool tool;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private Driver driver;

    @Option(names = "--interface", paramLabel = "NAME", description = "the topology's, or wg0, unless given")
    private @Nullable String interfaceName;

    @Override
    public Integer call() throws Exception {
        Map<VpnPublicKey, String> names = new HashMap<>();
        String name = interfaceName;
        if (VpnDirectory.exists(tool.dir)) { // only read: another process may work on it
            TopologyFile file = TopologyFile.parse(Files.readString(tool.dir.resolve("topology.conf")));
            file.nodes().values().forEach(n -> n.publicKey().ifPresent(k -> names.put(k, n.name())));
            name = name == null ? file.network().interfaceName() : name;
        }
        name = name == null ? "wg0" : name;
        try (VpnDriver opened = driver.open(name)) {
            Optional<VpnDriver.Snapshot> snapshot = opened.read(Deadline.in(PATIENCE));
            if (snapshot.isEmpty()) {
                tool.out.println("'" + name + "' is down");
                return ToolException.DOWN;
            }
            return show(name, snapshot.get(), names);
        }
    }

    private int show(String name, VpnDriver.Snapshot snapshot, Map<VpnPublicKey, String> names) {
        VpnPublicKey key = snapshot.key();
        tool.out.println("'" + name + "' is up, port " + snapshot.listenPort() + ", "
                + (key == null ? "WITHOUT A PRIVATE KEY" : "node " + names.getOrDefault(key, key.toString())));
        Instant now = Instant.now();
        boolean connected = false;
        for (VpnDriver.Peer peer : snapshot.peers()) {
            Instant handshake = peer.handshake();
            VpnPublicKey theirs = peer.publicKey();
            boolean recent =
                    handshake != null && Duration.between(handshake, now).compareTo(SESSION) < 0;
            connected |= recent;
            tool.out.printf(
                    Locale.ROOT,
                    "  %-20s %-10s handshake %-14s received %s B, sent %s B, %s%n",
                    theirs == null ? "?" : names.getOrDefault(theirs, theirs.toString()),
                    recent ? "connected" : handshake == null ? "never" : "idle",
                    handshake == null ? "never" : age(handshake, now) + " ago",
                    Long.toUnsignedString(peer.receivedBytes()),
                    Long.toUnsignedString(peer.sentBytes()),
                    peer.endpoint() == null ? "not heard yet" : peer.endpoint());
        }
        return connected ? ToolException.OK : ToolException.DOWN;
    }

    private static String age(Instant then, Instant now) {
        long seconds = Math.max(0, Duration.between(then, now).toSeconds()); // a clock may step
        return seconds < 600 ? seconds + " s" : seconds < 36_000 ? seconds / 60 + " min" : seconds / 3600 + " h";
    }
}

package ai.primespark.vpn.cli;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.wireguard.KeyStore.Age;
import ai.primespark.vpn.wireguard.NodeSettings.Nat;
import ai.primespark.vpn.wireguard.TopologyFile;
import ai.primespark.vpn.wireguard.TopologyFile.NodeSpec;
import ai.primespark.vpn.wireguard.VpnDirectory;
import ai.primespark.vpn.wireguard.WireGuardKeys;
import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Adds a node. */
@Command(
        name = "add-node",
        description = {
            "Adds a node, or changes nothing when there is the same one. Its private key stays with it: run `key` there and"
                    + " pass the public key here; or let this folder hold the private key, for phones and the like.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class AddNodeCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private VpnTool tool;

    @Parameters(paramLabel = "NAME", description = "[a-z][a-z0-9-]*")
    private String name = "";

    @Option(names = "--public-key", paramLabel = "KEY", description = "the node's public key")
    private @Nullable String publicKey;

    @Option(names = "--hold-key", description = "make the private key here and hold it in keys/")
    private boolean holdKey;

    @Option(names = "--hub", description = "others talk through it; needs --endpoint")
    private boolean hub;

    @Option(names = "--via", paramLabel = "HUB", description = "its hub, where there are several")
    private @Nullable String via;

    @Option(
            names = "--endpoint",
            paramLabel = "HOST:PORT",
            description = "where others reach it; none for a roaming node")
    private @Nullable String endpoint;

    @Option(names = "--address", paramLabel = "IP", description = "its address, instead of the next free one")
    private List<String> addresses = new ArrayList<>();

    @Option(names = "--route", paramLabel = "PREFIX", description = "a network behind it")
    private List<String> routes = new ArrayList<>();

    @Option(
            names = "--listen-port",
            paramLabel = "PORT",
            description = "where it listens, if that is not its endpoint's port")
    private @Nullable Integer listenPort;

    @Option(names = "--interface", paramLabel = "NAME", description = "the tunnel's name on it, if not the network's")
    private @Nullable String interfaceName;

    @Option(names = "--nat", description = "what leaves the private network through it gets its own address")
    private boolean nat;

    @Override
    public Integer call() throws IOException {
        if (holdKey == (publicKey != null)) {
            throw new ToolException(
                    ToolException.USAGE,
                    "pass --public-key, which `spark-vpn key` on the node prints, or --hold-key to hold its private key here");
        }
        try (VpnDirectory directory = tool.open()) {
            Optional<VpnSecretKey> held = directory.keys().privateKey(name, Age.CURRENT);
            if (directory.file().nodes().containsKey(name)) {
                refuseAnother(directory, held);
                tool.out.println("node '" + name + "' is there already");
                return ToolException.OK;
            }
            add(directory, held);
        }
        return ToolException.OK;
    }

    /** Nothing is written before the whole network with it is known to work: a key that is left behind would be in the way later. */
    private void add(VpnDirectory directory, Optional<VpnSecretKey> held) throws IOException {
        VpnSecretKey own = holdKey ? held.orElseGet(() -> new WireGuardKeys().newPrivateKey()) : null;
        VpnPublicKey key = own == null ? new VpnPublicKey(Objects.requireNonNull(publicKey)) : publicKey(own);
        if (own == null && held.isPresent() && !publicKey(held.get()).equals(key)) {
            throw new ToolException(
                    ToolException.USAGE,
                    "keys/" + name
                            + ".key here is another private key; delete that file, or pass --hold-key to use it");
        }
        var before = directory.lock().addresses();
        directory.change(directory.file().withNode(name, body(key)));
        var whole = directory.topology();
        refuseToMove(before, directory.lock().addresses());
        if (own != null && held.isEmpty() && !tool.dryRun) {
            directory.keys().keep(name, Age.CURRENT, own);
        }
        tool.save(directory);
        tool.out.println("node '" + name + "' has "
                + directory.lock().addresses().getOrDefault(name, Set.of()).stream()
                        .map(IpPrefix::addressText)
                        .collect(Collectors.joining(" and "))
                + " and the public key " + key);
        tool.out.println("render and apply on it and on: "
                + whole.peersOf(name).stream().map(n -> n.name()).collect(Collectors.joining(", ")));
    }

    /** An address that somebody has without having asked for it would go to the new node, and the other be renumbered unasked. */
    private void refuseToMove(Map<String, Set<IpPrefix>> before, Map<String, Set<IpPrefix>> after) {
        before.forEach((other, had) -> {
            if (!had.equals(after.get(other))) {
                throw new ToolException(
                        ToolException.USAGE,
                        "node '" + other + "' has "
                                + had.stream().map(IpPrefix::addressText).collect(Collectors.joining(" and "))
                                + "; choose another --address, or write an address for it into topology.conf first");
            }
        });
    }

    private static VpnPublicKey publicKey(VpnSecretKey key) {
        return WireGuardKeys.publicKey(key);
    }

    /** What was asked for must be so already; what was edited besides may stay. */
    private void refuseAnother(VpnDirectory directory, Optional<VpnSecretKey> held) {
        Optional<VpnPublicKey> key =
                publicKey == null ? held.map(WireGuardKeys::publicKey) : Optional.of(new VpnPublicKey(publicKey));
        if (key.isEmpty() || !isAsWanted(directory.file(), key.get())) {
            throw new ToolException(
                    ToolException.USAGE,
                    "there is a node '" + name
                            + "' of another kind; edit topology.conf, rotate its key, or remove it first");
        }
    }

    private boolean isAsWanted(TopologyFile file, VpnPublicKey key) {
        NodeSpec before = Objects.requireNonNull(file.nodes().get(name));
        NodeSpec wanted =
                Objects.requireNonNull(file.withNode(name, body(key)).nodes().get(name));
        return before.publicKey().equals(wanted.publicKey())
                && before.hub() == hub
                && (!nat || before.settings().nat() == Nat.ON)
                && (interfaceName == null || before.interfaceName().equals(interfaceName))
                && (via == null || before.via().equals(wanted.via()))
                && (endpoint == null || before.endpoint().equals(wanted.endpoint()))
                && (listenPort == null || before.listenPort() == wanted.listenPort())
                && (addresses.isEmpty() || before.addresses().equals(wanted.addresses()))
                && (routes.isEmpty() || before.routes().equals(wanted.routes()));
    }

    private String body(VpnPublicKey key) {
        List<String> parts = new ArrayList<>();
        if (hub) {
            parts.add("hub = true");
        }
        text(parts, "interface", interfaceName);
        text(parts, "via", via);
        text(parts, "endpoint", endpoint);
        if (listenPort != null) {
            parts.add("listen-port = " + listenPort);
        }
        list(parts, "addresses", addresses);
        list(parts, "routes", routes);
        if (nat) {
            parts.add("nat = true");
        }
        text(parts, "public-key", key.toString());
        return String.join(", ", parts);
    }

    private static void text(List<String> parts, String key, @Nullable String value) {
        if (value != null) {
            parts.add(key + " = " + quote(value));
        }
    }

    private static void list(List<String> parts, String key, List<String> values) {
        if (!values.isEmpty()) {
            parts.add(key + " = "
                    + values.stream().map(AddNodeCommand::quote).collect(Collectors.joining(", ", "[", "]")));
        }
    }

    private static String quote(String value) {
        return ConfigUtil.quoteString(value);
    }
}

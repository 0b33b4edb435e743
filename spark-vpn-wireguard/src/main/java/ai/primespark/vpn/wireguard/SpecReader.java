package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.wireguard.NodeSettings.Firewall;
import ai.primespark.vpn.wireguard.NodeSettings.Hook;
import ai.primespark.vpn.wireguard.NodeSettings.Nat;
import ai.primespark.vpn.wireguard.TopologyFile.NetworkSpec;
import ai.primespark.vpn.wireguard.TopologyFile.NodeSpec;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the parts of a topology file, and collects everything that is wrong with them. For one use. */
final class SpecReader {

    private static final List<String> SHARED = List.of("keepalive", "mtu", "dns", "table", "fw-mark", "firewall");
    private static final List<String> NETWORK = List.of("interface", "subnets", "preshared-keys");
    private static final List<String> NODE = List.of(
            "interface",
            "hub",
            "via",
            "public-key",
            "addresses",
            "routes",
            "endpoint",
            "listen-port",
            "forward",
            "nat",
            "key-file",
            "hooks");
    private static final Map<String, String> HOOKS = Map.of(
            "pre-up", "PreUp",
            "post-up", "PostUp",
            "pre-down", "PreDown",
            "post-down", "PostDown");
    private static final Duration KEEPALIVE = Duration.ofSeconds(25); // the wg manual's advice

    private final List<String> problems = new ArrayList<>();
    private Config defaults = ConfigFactory.empty();

    List<String> problems() {
        return problems;
    }

    void problem(String what) {
        problems.add(what);
    }

    /** Runs a part; what it throws is one problem of many. */
    private void part(String path, Runnable read) {
        try {
            read.run();
        } catch (ConfigException e) {
            problems.add(String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            problems.add(path + ": " + e.getMessage());
        }
    }

    NetworkSpec network(Config config) {
        Config network = config.hasPath("network") ? config.getConfig("network") : ConfigFactory.empty();
        List<String> known = new ArrayList<>(NETWORK);
        known.addAll(SHARED);
        unknown(network.root(), "network.", known);
        for (String key : SHARED) {
            if (network.hasPath(key)) {
                defaults = defaults.withValue(key, network.getValue(key));
            }
        }
        String[] name = {"wg0"};
        part("network.interface", () -> {
            if (network.hasPath("interface")) {
                String wanted = network.getString("interface");
                var unused = new WgRenderer(wanted);
                name[0] = wanted;
            }
        });
        List<IpPrefix> subnets = new ArrayList<>();
        part("network.subnets", () -> {
            for (String subnet : network.getStringList("subnets")) {
                IpPrefix prefix = IpPrefix.parse(subnet);
                if (!prefix.equals(prefix.network())) {
                    throw new IllegalArgumentException(
                            prefix + " has bits beyond its length; write " + prefix.network());
                }
                subnets.add(prefix);
            }
        });
        boolean[] preshared = {true};
        part("network.preshared-keys", () -> {
            if (network.hasPath("preshared-keys")) {
                preshared[0] = network.getBoolean("preshared-keys");
            }
        });
        return new NetworkSpec(name[0], List.copyOf(subnets), preshared[0]);
    }

    @Nullable
    NodeSpec node(String name, @Nullable ConfigValue value, NetworkSpec network) {
        String path = "nodes." + name;
        if (!(value instanceof ConfigObject object)) {
            problems.add(path + ": write { } for a node without anything special");
            return null;
        }
        List<String> known = new ArrayList<>(NODE);
        known.addAll(SHARED);
        unknown(object, path + ".", known);
        Config own = object.toConfig();
        Config all = own.withFallback(defaults);
        NodeSpec[] made = new NodeSpec[1];
        part(path, () -> made[0] = node(name, own, all, network));
        return made[0];
    }

    private NodeSpec node(String name, Config own, Config all, NetworkSpec network) {
        if (!name.matches("[a-z][a-z0-9-]{0,62}")) {
            throw new IllegalArgumentException("a node's name is [a-z][a-z0-9-]*, at most 63 characters");
        }
        Optional<VpnPublicKey> key = text(own, "public-key").map(VpnPublicKey::new);
        if (key.filter(WireGuardKeys::isUseless).isPresent()) {
            throw new IllegalArgumentException("public-key is a point of low order, which nobody has");
        }
        String endpoint = text(own, "endpoint").orElse("");
        if (!endpoint.isEmpty()) { // checked as the API does
            var unused = VpnNode.builder("x", new VpnPublicKey("A".repeat(42) + "E="))
                    .endpoint(endpoint);
        }
        int port = own.hasPath("listen-port") ? own.getInt("listen-port") : 0;
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("listen-port lies between 0 and 65535: " + port);
        }
        List<IpPrefix> addresses = new ArrayList<>();
        for (String address : strings(own, "addresses")) {
            addresses.add(address(address, network));
        }
        String interfaceName = text(own, "interface").orElse(network.interfaceName());
        var unusedRenderer = new WgRenderer(interfaceName);
        return new NodeSpec(
                name,
                interfaceName,
                own.hasPath("hub") && own.getBoolean("hub"),
                text(own, "via").orElse(""),
                key,
                List.copyOf(addresses),
                strings(own, "routes").stream()
                        .map(r -> IpPrefix.parse(r).network())
                        .toList(),
                endpoint,
                port,
                keepalive(all, endpoint.isEmpty() || own.hasPath("keepalive")),
                settings(own, all));
    }

    private static IpPrefix address(String text, NetworkSpec network) {
        IpPrefix address = IpPrefix.parse(text).host();
        return network.subnets().stream()
                .filter(s -> s.contains(address))
                .findFirst()
                .map(s -> new IpPrefix(address.address(), s.length()))
                .orElseThrow(() -> new IllegalArgumentException(
                        "address " + text + " is outside of network.subnets " + network.subnets()));
    }

    /** A node that others can reach needs none, unless it asks for one itself: they open the way to it. */
    private static int keepalive(Config all, boolean wanted) {
        if (!wanted) {
            return 0;
        }
        if (!all.hasPath("keepalive")) {
            return (int) KEEPALIVE.toSeconds();
        }
        String written = all.getValue("keepalive").unwrapped().toString();
        if (written.equals("off") || written.equals("false")) {
            return 0;
        }
        Duration every = all.getDuration("keepalive");
        if (every.toSeconds() < 1 || every.toSeconds() > 65_535 || every.toNanosPart() != 0) {
            throw new IllegalArgumentException("keepalive is off or 1 s to 65535 s, in whole seconds");
        }
        return (int) every.toSeconds();
    }

    private static NodeSettings settings(Config own, Config all) {
        NodeSettings.Builder settings = NodeSettings.builder();
        if (all.hasPath("mtu")) {
            settings.mtu(all.getInt("mtu"));
        }
        strings(all, "dns").forEach(settings::dns);
        text(all, "table").ifPresent(settings::table);
        if (all.hasPath("fw-mark")) {
            settings.fwMark(WgNumbers.mark(all.getString("fw-mark")));
        }
        text(all, "firewall").ifPresent(f -> settings.firewall(choice(Firewall.class, "firewall", f)));
        if (own.hasPath("forward")) {
            settings.forward(own.getBoolean("forward"));
        }
        if (own.hasPath("nat")) {
            settings.nat(own.getBoolean("nat") ? Nat.ON : Nat.OFF);
        }
        text(own, "key-file").ifPresent(settings::keyFile);
        if (own.hasPath("hooks")) {
            Config hooks = own.getConfig("hooks");
            for (String key : hooks.root().keySet()) {
                String real = HOOKS.get(key);
                if (real == null) {
                    throw new IllegalArgumentException(
                            "hooks." + key + " is not known; there are pre-up, post-up, pre-down and post-down");
                }
            }
            for (String key : List.of("pre-up", "post-up", "pre-down", "post-down")) {
                strings(hooks, key).forEach(command -> settings.hook(new Hook(hookKey(key), command)));
            }
        }
        return settings.build();
    }

    private static String hookKey(String key) {
        return HOOKS.getOrDefault(key, key);
    }

    private static <E extends Enum<E>> E choice(Class<E> type, String name, String text) {
        for (E value : type.getEnumConstants()) {
            if (value.name().toLowerCase(Locale.ROOT).equals(text)) {
                return value;
            }
        }
        throw new IllegalArgumentException(name + " is one of "
                + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT) + ", not '" + text + "'");
    }

    private static Optional<String> text(Config config, String key) {
        return config.hasPath(key) ? Optional.of(config.getString(key)) : Optional.empty();
    }

    private static List<String> strings(Config config, String key) {
        return config.hasPath(key) ? config.getStringList(key) : List.of();
    }

    List<List<String>> direct(Config config) {
        List<List<String>> pairs = new ArrayList<>();
        part("direct", () -> {
            if (config.hasPath("direct")) {
                for (ConfigValue pair : config.getList("direct")) {
                    if (!(pair.unwrapped() instanceof List<?> two) || two.size() != 2) {
                        throw new IllegalArgumentException(
                                "line " + pair.origin().lineNumber() + ": write pairs of names, as in [[pi, nas]]");
                    }
                    pairs.add(List.of(two.get(0).toString(), two.get(1).toString()));
                }
            }
        });
        return pairs;
    }

    void unknown(ConfigObject object, String path, List<String> known) {
        object.forEach((key, value) -> {
            if (!known.contains(key)) {
                problems.add("line " + value.origin().lineNumber() + ": " + path + key + " is not known; there are "
                        + String.join(", ", known));
            }
        });
    }
}

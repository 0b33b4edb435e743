package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnPublicKey;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.parser.ConfigDocument;
import com.typesafe.config.parser.ConfigDocumentFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A topology as people write it: HOCON without secrets, edited by hand or by program; what a program edits keeps comments and order.
 * Immutable and thread-safe.
 *
 * <pre>{@code
 * network { interface = wg0, subnets = ["10.8.0.0/24"] }
 * nodes {
 *   home { hub = true, endpoint = "vpn.example.org:51820", public-key = "…" }
 *   pi { public-key = "…" }
 * }
 * }</pre>
 */
public final class TopologyFile {

    private static final ConfigParseOptions HOCON =
            ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setOriginDescription("topology");

    private final String text;
    private final NetworkSpec network;
    private final Map<String, NodeSpec> nodes;
    private final List<List<String>> direct;

    private TopologyFile(String text, NetworkSpec network, Map<String, NodeSpec> nodes, List<List<String>> direct) {
        this.text = text;
        this.network = network;
        this.nodes = nodes;
        this.direct = direct;
    }

    /**
     * Reads a topology.
     *
     * @param text HOCON; environment variables are not substituted, files are not included
     * @return the topology
     * @throws VpnException with everything that is wrong, and the lines where
     */
    public static TopologyFile parse(String text) {
        Config config;
        try {
            config = ConfigFactory.parseString(text, HOCON.setIncluder(new NoIncludes()))
                    .resolve(ConfigResolveOptions.noSystem());
        } catch (ConfigException e) {
            throw invalid(String.valueOf(e.getMessage()), e);
        }
        SpecReader reader = new SpecReader();
        NetworkSpec network = reader.network(config);
        List<String> names = new ArrayList<>();
        if (config.hasPath("nodes")) {
            try {
                names.addAll(config.getObject("nodes").keySet());
                names.sort(Comparator.comparingInt((String n) -> Objects.requireNonNull(
                                        config.getObject("nodes").get(n))
                                .origin()
                                .lineNumber())
                        .thenComparing(n -> n));
            } catch (ConfigException e) {
                reader.problem(String.valueOf(e.getMessage()));
            }
        }
        Map<String, NodeSpec> nodes = new LinkedHashMap<>();
        for (String name : names) {
            NodeSpec node = reader.node(name, config.getObject("nodes").get(name), network);
            if (node != null) {
                nodes.put(name, node);
            }
        }
        List<List<String>> direct = reader.direct(config);
        reader.unknown(config.root(), "", List.of("network", "nodes", "direct"));
        if (!reader.problems().isEmpty()) {
            throw invalid(String.join("; ", reader.problems()), null);
        }
        return new TopologyFile(text, network, nodes, direct);
    }

    private static VpnException invalid(String why, @Nullable Throwable cause) {
        return new VpnException(VpnException.Kind.INVALID, "the topology cannot be read: " + why, cause);
    }

    /**
     * The text.
     *
     * @return as it was read or edited
     */
    public String text() {
        return text;
    }

    /**
     * What concerns the whole network.
     *
     * @return its part of the file
     */
    public NetworkSpec network() {
        return network;
    }

    /**
     * The nodes.
     *
     * @return by name, in the file's order; not to be modified
     */
    public Map<String, NodeSpec> nodes() {
        return Collections.unmodifiableMap(nodes);
    }

    /**
     * The pairs that talk directly besides.
     *
     * @return lists of two names
     */
    public List<List<String>> direct() {
        return direct;
    }

    /**
     * Adds a node, or replaces it.
     *
     * @param name its name
     * @param body what stands between its braces, as HOCON
     * @return a new topology
     * @throws VpnException when it is wrong then
     */
    public TopologyFile withNode(String name, String body) {
        return edited(document().withValueText("nodes." + quote(name), "{ " + body + " }"));
    }

    /**
     * Sets a node's public key.
     *
     * @param name the node
     * @param key its key
     * @return a new topology
     */
    public TopologyFile withPublicKey(String name, VpnPublicKey key) {
        return edited(document().withValueText("nodes." + quote(name) + ".public-key", "\"" + key + "\""));
    }

    /**
     * Removes a node, and the direct pairs that it is in.
     *
     * @param name the node
     * @return a new topology
     * @throws VpnException when the rest makes no sense without it
     */
    public TopologyFile withoutNode(String name) {
        ConfigDocument document = document().withoutPath("nodes." + quote(name));
        List<List<String>> left = direct.stream().filter(p -> !p.contains(name)).toList();
        if (left.size() < direct.size()) {
            StringBuilder pairs = new StringBuilder("[");
            for (List<String> pair : left) {
                pairs.append(pairs.length() == 1 ? "[" : ", [");
                pairs.append(quote(pair.get(0)))
                        .append(", ")
                        .append(quote(pair.get(1)))
                        .append(']');
            }
            document = document.withValueText("direct", pairs.append(']').toString());
        }
        return edited(document);
    }

    private ConfigDocument document() {
        return ConfigDocumentFactory.parseString(text, HOCON);
    }

    private static TopologyFile edited(ConfigDocument document) {
        return parse(document.render());
    }

    private static String quote(String name) {
        return "\"" + name + "\"";
    }

    /**
     * What concerns the whole network.
     *
     * @param interfaceName the tunnel's name on every node that names no other
     * @param subnets its address ranges
     * @param presharedKeys whether every pair has one
     */
    public record NetworkSpec(String interfaceName, List<IpPrefix> subnets, boolean presharedKeys) {}

    /**
     * A node.
     *
     * @param name its name
     * @param interfaceName the tunnel's name on it
     * @param hub whether others talk through it
     * @param via the hub that it talks through; empty for the first
     * @param publicKey its public key; empty when it has none yet
     * @param addresses those that are chosen by hand; the rest is assigned
     * @param routes the networks behind it
     * @param endpoint where others reach it; empty when they cannot
     * @param listenPort the port that it listens on; 0 for its endpoint's, or any
     * @param keepaliveSeconds how often it sends something; 0 for never
     * @param settings what concerns it alone
     */
    public record NodeSpec(
            String name,
            String interfaceName,
            boolean hub,
            String via,
            Optional<VpnPublicKey> publicKey,
            List<IpPrefix> addresses,
            List<IpPrefix> routes,
            String endpoint,
            int listenPort,
            int keepaliveSeconds,
            NodeSettings settings) {}
}

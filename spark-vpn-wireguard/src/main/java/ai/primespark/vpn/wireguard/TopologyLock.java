package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnPublicKey;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was decided for a topology and must not change by itself: who has which address, and how far a rotation of keys is. Kept as
 * JSON beside the topology; no secrets. Immutable and thread-safe.
 *
 * @param addresses each node's addresses
 * @param released addresses of nodes that are gone, the longest gone first: handed out last, for others may still know them
 * @param rotation a rotation under way, or null
 */
public record TopologyLock(
        Map<String, Set<IpPrefix>> addresses,
        Map<String, Set<IpPrefix>> released,
        @Nullable Rotation rotation) {

    private static final int VERSION = 1;

    /** Copies the maps. */
    public TopologyLock {
        addresses = Collections.unmodifiableMap(new LinkedHashMap<>(addresses));
        released = Collections.unmodifiableMap(new LinkedHashMap<>(released));
    }

    /** How far a rotation of a node's keys is. */
    public enum Step {
        /** The node's peers are to know its next key too. Nothing else changes, in whatever order nodes are brought up to date. */
        ANNOUNCED,
        /** The next key is in use, and the one before still known. */
        SWITCHED
    }

    /**
     * A rotation under way.
     *
     * @param node whose keys
     * @param step how far it is
     * @param from the key before
     * @param to the key afterwards
     */
    public record Rotation(String node, Step step, VpnPublicKey from, VpnPublicKey to) {

        /**
         * The key in use.
         *
         * @return the one before, until it was switched
         */
        public VpnPublicKey current() {
            return step == Step.SWITCHED ? to : from;
        }

        /**
         * The key that is known besides.
         *
         * @return the next one, or the one before
         */
        public VpnPublicKey other() {
            return step == Step.SWITCHED ? from : to;
        }
    }

    /**
     * Nothing decided yet.
     *
     * @return an empty one
     */
    public static TopologyLock empty() {
        return new TopologyLock(Map.of(), Map.of(), null);
    }

    /**
     * The rotation under way.
     *
     * @return empty when there is none
     */
    public Optional<Rotation> rotating() {
        return Optional.ofNullable(rotation);
    }

    /**
     * The same with another rotation.
     *
     * @param next the rotation, or null for none
     * @return a new one
     */
    public TopologyLock with(@Nullable Rotation next) {
        return new TopologyLock(addresses, released, next);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param json the file
     * @return what it says
     * @throws VpnException when it is damaged, or of a newer version
     */
    public static TopologyLock parse(String json) {
        try {
            Config config = ConfigFactory.parseString(json);
            int version = config.getInt("version");
            if (version != VERSION) {
                throw new IllegalArgumentException("it is of version " + version + "; this program knows " + VERSION);
            }
            Rotation rotation = null;
            if (config.hasPath("rotation")) {
                Config r = config.getConfig("rotation");
                rotation = new Rotation(
                        r.getString("node"),
                        r.getEnum(Step.class, "step"),
                        new VpnPublicKey(r.getString("from")),
                        new VpnPublicKey(r.getString("to")));
            }
            return new TopologyLock(lists(config, "addresses"), lists(config, "released"), rotation);
        } catch (ConfigException | IllegalArgumentException e) {
            throw new VpnException(
                    VpnException.Kind.INVALID,
                    "the topology's lock cannot be read, and without it addresses might change; take it from a backup: "
                            + e.getMessage(),
                    e);
        }
    }

    private static Map<String, Set<IpPrefix>> lists(Config config, String key) {
        Map<String, Set<IpPrefix>> map = new LinkedHashMap<>();
        for (Config entry : config.getConfigList(key)) {
            Set<IpPrefix> prefixes = new LinkedHashSet<>();
            entry.getStringList("addresses").forEach(a -> prefixes.add(IpPrefix.parse(a)));
            map.put(entry.getString("node"), prefixes);
        }
        return map;
    }

    /**
     * Writes it down.
     *
     * @return JSON; the same for the same content
     */
    public String toJson() {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("version", VERSION);
        root.put("addresses", lists(addresses));
        root.put("released", lists(released));
        if (rotation != null) {
            root.put(
                    "rotation",
                    Map.of(
                            "node", rotation.node,
                            "step", rotation.step.name(),
                            "from", rotation.from.toString(),
                            "to", rotation.to.toString()));
        }
        ConfigRenderOptions options =
                ConfigRenderOptions.concise().setFormatted(true).setJson(true);
        return ConfigFactory.parseMap(root).root().render(options) + "\n";
    }

    private static List<Map<String, Object>> lists(Map<String, Set<IpPrefix>> map) {
        List<Map<String, Object>> list = new ArrayList<>();
        map.forEach((node, prefixes) -> list.add(Map.of(
                "node",
                node,
                "addresses",
                prefixes.stream().map(IpPrefix::toString).toList())));
        return list;
    }
}

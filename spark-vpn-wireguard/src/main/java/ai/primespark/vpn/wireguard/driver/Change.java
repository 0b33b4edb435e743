package ai.primespark.vpn.wireguard.driver;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.NodeSettings;
import ai.primespark.vpn.wireguard.WgConfig;
import ai.primespark.vpn.wireguard.WgRenderer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The step from one config to the next: what the file becomes, what the running interface is told, and which addresses and routes
 * come and go. Pure.
 *
 * <p>The peers become those of the topology. Of the interface's section, only addresses and the port are changed, so that what a
 * person wrote there, such as MTU, DNS and hooks, stays.
 */
final class Change {

    private static final String ADDRESS = "Address";
    private static final String LISTEN_PORT = "ListenPort";
    private static final String ENDPOINT = "Endpoint";

    private final String interfaceName;
    private final Optional<WgConfig> before;
    private final WgConfig after;
    private final VpnSecretKey key;

    private Change(String interfaceName, Optional<WgConfig> before, WgConfig after, VpnSecretKey key) {
        this.interfaceName = interfaceName;
        this.before = before;
        this.after = after;
        this.key = key;
    }

    /**
     * Works it out.
     *
     * @throws IllegalArgumentException when there is no such node
     * @throws VpnException when the key is not the node's
     */
    static Change of(
            String interfaceName, Optional<WgConfig> before, VpnSecretKey key, VpnTopology topology, String self) {
        WgConfig rendered = new WgRenderer(interfaceName)
                .render(topology, self, key, NodeSettings.builder().build());
        if (before.isEmpty()) {
            return new Change(interfaceName, before, rendered, key);
        }
        WgConfig own = WgConfig.parse(withoutPeers(before.get().reveal()));
        own.setInterfaceValue(ADDRESS, rendered.interfaceValue(ADDRESS).orElse(null));
        rendered.interfaceValue(LISTEN_PORT).ifPresent(port -> own.setInterfaceValue(LISTEN_PORT, port));
        String text = rendered.reveal();
        int peers = text.indexOf("\n\n"); // a blank line stands before each peer
        String whole = own.reveal().stripTrailing() + "\n" + (peers < 0 ? "" : text.substring(peers + 1));
        return new Change(interfaceName, before, WgConfig.parse(whole), key);
    }

    /** Works it out for a config that was rendered elsewhere, and which the file becomes as it is. */
    static Change of(String interfaceName, Optional<WgConfig> before, WgConfig after, VpnSecretKey key) {
        return new Change(interfaceName, before, after, key);
    }

    /** A config without its peers and the comments right above them. */
    static String withoutPeers(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        List<String> pending = new ArrayList<>();
        boolean inPeer = false;
        for (String line : text.split("\n", -1)) {
            String bare = line.replaceFirst("#.*", "").replaceAll("\\s", "").toLowerCase(Locale.ROOT);
            if (bare.isEmpty()) {
                pending.add(line); // whom it belongs to shows with the next line
                continue;
            }
            if (bare.startsWith("[")) {
                inPeer = bare.equals("[peer]");
            }
            if (!inPeer) {
                pending.forEach(one -> kept.append(one).append('\n'));
                kept.append(line).append('\n');
            }
            pending.clear();
        }
        return kept.toString();
    }

    /** What the file becomes; with keys. */
    byte[] file() {
        return after.bytes();
    }

    /**
     * What {@code wg syncconf} is told. Names the private key, the port and the mark in any case, because what is left out there is
     * taken away; and an endpoint only where it is a new one, because a peer may have been heard from elsewhere since.
     *
     * @param port the one that is open now
     * @param mark the one that is set now, as {@code wg show fwmark} prints it
     */
    byte[] live(String port, String mark) {
        WgConfig live = after.strip();
        if (live.privateKey().isEmpty()) {
            live.setInterfaceValue("PrivateKey", key.reveal());
        }
        if (live.interfaceValue(LISTEN_PORT).isEmpty() && !port.equals("0")) {
            live.setInterfaceValue(LISTEN_PORT, port);
        }
        if (live.interfaceValue("FwMark").isEmpty() && !mark.equals("off")) {
            live.setInterfaceValue("FwMark", mark);
        }
        before.ifPresent(old -> {
            for (VpnPublicKey peer : old.peers()) {
                Optional<String> endpoint = after.peerValue(peer, ENDPOINT);
                if (endpoint.isPresent() && endpoint.equals(old.peerValue(peer, ENDPOINT))) {
                    live.setPeerValue(peer, ENDPOINT, null);
                }
            }
        });
        return live.bytes();
    }

    /** Lines for {@code ip -batch} that add what is new. */
    String additions() {
        StringBuilder batch = new StringBuilder();
        for (IpPrefix address :
                minus(addresses(after), before.map(Change::addresses).orElse(Set.of()))) {
            batch.append("address replace ")
                    .append(address)
                    .append(" dev ")
                    .append(interfaceName)
                    .append('\n');
        }
        minus(routes(after), before.map(this::routes).orElse(Set.of()))
                .forEach(route -> batch.append("route replace ").append(route(route)));
        return batch.toString();
    }

    /** Lines for {@code ip -batch} that take away what is not there any more, or was not before. */
    String removals(boolean back) {
        WgConfig from = back ? after : before.orElse(after);
        WgConfig to = back ? before.orElse(after) : after;
        StringBuilder batch = new StringBuilder();
        minus(routes(from), routes(to))
                .forEach(route -> batch.append("route del ").append(route(route)));
        for (IpPrefix address : minus(addresses(from), addresses(to))) {
            batch.append("address del ")
                    .append(address)
                    .append(" dev ")
                    .append(interfaceName)
                    .append('\n');
        }
        return batch.toString();
    }

    private String route(IpPrefix prefix) {
        String table = table(after);
        return prefix + " dev " + interfaceName + (table.isEmpty() ? "" : " table " + table) + "\n";
    }

    private static String table(WgConfig config) {
        String table = config.interfaceValue("Table").orElse("auto").toLowerCase(Locale.ROOT);
        return table.equals("auto") || table.equals("main") ? "" : table;
    }

    private static Set<IpPrefix> addresses(WgConfig config) {
        return prefixes(config.interfaceValue(ADDRESS).orElse(null), false);
    }

    /** Where {@code wg-quick} would make routes to: what peers are sent, unless the interface's own addresses lead there. */
    private Set<IpPrefix> routes(WgConfig config) {
        if (table(config).equals("off")) {
            return Set.of();
        }
        Set<IpPrefix> routes = new LinkedHashSet<>();
        Set<IpPrefix> own = addresses(config);
        for (VpnPublicKey peer : config.peers()) {
            for (IpPrefix allowed :
                    prefixes(config.peerValue(peer, "AllowedIPs").orElse(null), true)) {
                if (allowed.length() > 0 && own.stream().noneMatch(address -> address.contains(allowed))) {
                    routes.add(allowed); // a way for everything is wg-quick's alone, with marks and rules
                }
            }
        }
        return routes;
    }

    private static Set<IpPrefix> prefixes(@Nullable String list, boolean networks) {
        Set<IpPrefix> prefixes = new LinkedHashSet<>();
        if (list != null) {
            for (String one : list.split(",", -1)) {
                if (!one.isBlank()) {
                    IpPrefix prefix = IpPrefix.parse(one.strip());
                    prefixes.add(networks ? prefix.network() : prefix);
                }
            }
        }
        return prefixes;
    }

    private static Set<IpPrefix> minus(Set<IpPrefix> all, Set<IpPrefix> without) {
        Set<IpPrefix> left = new LinkedHashSet<>(all);
        left.removeAll(without);
        return left;
    }
}

package ai.primespark.vpn.wireguard.driver;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.Settings;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnException.Kind;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.ConfigDriver;
import ai.primespark.vpn.wireguard.WgConfig;
import ai.primespark.vpn.wireguard.WireGuardKeys;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One WireGuard interface, through {@code wg} and {@code wg-quick}. Secrets go to programs in files of mode 0600 and never as
 * arguments; what programs print is masked before it reaches a message.
 */
final class WireGuardDriver implements ConfigDriver {

    private final String interfaceName;
    private final Tools tools;
    private final ConfigFile config;
    private volatile boolean closed;

    WireGuardDriver(Settings settings) {
        this.interfaceName = settings.get(WireGuardSettings.INTERFACE);
        this.tools = new Tools(settings, Rights.ofThisProcess());
        Path path = settings.find(WireGuardSettings.CONFIG).orElse(Path.of("/etc/wireguard", interfaceName + ".conf"));
        this.config = new ConfigFile(
                WireGuardSettings.config(interfaceName, path),
                settings.find(WireGuardSettings.PRIVATE_KEY_FILE).orElse(null),
                tools);
    }

    @Override
    public String interfaceName() {
        return interfaceName;
    }

    @Override
    public Optional<VpnPublicKey> publicKey(Deadline deadline) {
        requireOpen();
        if (tools.link(deadline) != Tools.Link.MISSING) {
            String key = tools.wg(deadline, "show", interfaceName, "public-key").text();
            if (!key.equals("(none)")) {
                return Optional.of(new VpnPublicKey(key));
            }
        }
        return config.privateKey(config.read(deadline), deadline).map(WireGuardKeys::publicKey);
    }

    @Override
    public Optional<Snapshot> read(Deadline deadline) {
        requireOpen();
        if (tools.link(deadline) != Tools.Link.UP) {
            return Optional.empty();
        }
        ToolRunner.Result dump;
        try {
            dump = tools.wg(deadline, "show", interfaceName, "dump");
        } catch (VpnException e) {
            if (e.kind() == Kind.NO_INTERFACE && tools.link(deadline) == Tools.Link.MISSING) {
                return Optional.empty(); // it went between the two looks
            }
            throw e;
        }
        try {
            return Optional.of(DumpParser.parse(dump.output()));
        } finally {
            dump.wipe(); // a private key stands in it
        }
    }

    @Override
    public void up(Deadline deadline) {
        requireOpen();
        Tools.Link link = tools.link(deadline);
        if (link == Tools.Link.UP) {
            return;
        }
        requireConfig("bring up", deadline);
        if (link == Tools.Link.DOWN) { // half made, or taken down by hand: wg-quick would refuse it as it is
            remove(deadline);
        }
        try {
            var unused = tools.wgQuick(deadline, "up", config.path());
        } catch (VpnException e) {
            if (e.kind() == Kind.TIMEOUT || tools.link(Deadline.in(deadline.remaining())) != Tools.Link.UP) {
                throw e;
            } // somebody else was sooner
        }
    }

    @Override
    public void down(Deadline deadline) {
        requireOpen();
        if (tools.link(deadline) != Tools.Link.MISSING) {
            remove(deadline);
        }
    }

    private void remove(Deadline deadline) {
        if (!config.isMissing(deadline)) { // hooks, routes and name servers of wg-quick would stay behind without it
            try {
                var unused = tools.wgQuick(deadline, "down", config.path());
                return;
            } catch (VpnException e) {
                if (e.kind() != Kind.NO_INTERFACE || tools.link(deadline) != Tools.Link.MISSING) {
                    throw e;
                }
                return;
            }
        }
        var isWireGuard = tools.wg(deadline, "show", interfaceName, "listen-port"); // or nothing of ours is deleted
        if (isWireGuard.succeeded()) {
            var unused = tools.ip(deadline, "link", "delete", "dev", interfaceName);
        }
    }

    @Override
    public void apply(VpnTopology topology, String self, Deadline deadline) {
        requireOpen();
        Optional<WgConfig> before = config.read(deadline);
        VpnSecretKey key = config.privateKey(before, deadline).orElseThrow(this::noKey);
        fit(Change.of(interfaceName, before, key, topology, self), deadline);
    }

    @Override
    public void apply(WgConfig next, Deadline deadline) {
        requireOpen();
        Optional<WgConfig> before = config.read(deadline);
        VpnSecretKey key =
                next.privateKey().or(() -> config.privateKey(before, deadline)).orElseThrow(this::noKey);
        fit(Change.of(interfaceName, before, next, key), deadline);
    }

    private VpnException noKey() {
        return new VpnException(
                Kind.INVALID,
                "this machine has no private key: neither " + config.path()
                        + " nor a private-key-file holds one; make one first",
                null);
    }

    private void fit(Change change, Deadline deadline) {
        Path next = config.beside(change.file());
        try {
            if (tools.link(deadline) == Tools.Link.UP) {
                new LiveChange(tools, config, interfaceName, change).run(next, deadline);
            } else {
                config.replaceBy(next);
            }
        } finally {
            ConfigFile.delete(next);
        }
    }

    @Override
    public void reconnect(VpnPublicKey peer, Deadline deadline) {
        requireOpen();
        Snapshot now = read(deadline)
                .orElseThrow(() -> new VpnException(
                        Kind.NO_INTERFACE, "there is no interface '" + interfaceName + "', or it is down", null));
        Peer known = now.peers().stream()
                .filter(one -> peer.equals(one.publicKey()))
                .findFirst()
                .orElseThrow(() -> new VpnException(Kind.INVALID, "'" + interfaceName + "' has no peer " + peer, null));
        String key = peer.base64();
        Optional<String> endpoint = configured(peer, deadline);
        if (endpoint.isPresent()) { // wg looks the name up itself, in the namespace that it runs in
            var unused = tools.wg(deadline, "set", interfaceName, "peer", key, "endpoint", endpoint.get());
        }
        // a keepalive is sent at once when the interval is set anew, and makes a handshake if there is no session
        String usual = known.keepaliveSeconds() == 0 ? "off" : Integer.toString(known.keepaliveSeconds());
        try {
            keepalive(key, known.keepaliveSeconds() == 0 ? "25" : "off", deadline);
        } finally {
            keepalive(key, usual, deadline);
        }
    }

    /** A peer's endpoint as the config has it; none when that may not be read, and the peer is called where it was last. */
    private Optional<String> configured(VpnPublicKey peer, Deadline deadline) {
        try {
            return config.read(deadline).flatMap(file -> file.peerValue(peer, "Endpoint"));
        } catch (VpnException e) {
            if (e.kind() != Kind.NOT_PERMITTED) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private void keepalive(String peer, String interval, Deadline deadline) {
        var unused = tools.wg(deadline, "set", interfaceName, "peer", peer, "persistent-keepalive", interval);
    }

    private void requireConfig(String what, Deadline deadline) {
        if (config.isMissing(deadline)) {
            throw new VpnException(
                    Kind.INVALID,
                    "cannot " + what + " '" + interfaceName + "': there is no " + config.path()
                            + "; apply a topology, render the file, or set config to where it is",
                    null);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new VpnException(Kind.FAILED, "the VPN driver of '" + interfaceName + "' is closed", null);
        }
    }

    /** Leaves the tunnel as it is. */
    @Override
    public void close() {
        closed = true;
        tools.close();
    }

    @Override
    public String toString() {
        return "WireGuardDriver[" + interfaceName + ", " + config.path() + "]";
    }
}

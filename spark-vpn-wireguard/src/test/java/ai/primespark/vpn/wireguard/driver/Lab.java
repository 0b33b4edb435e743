package ai.primespark.vpn.wireguard.driver;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.Settings;
import ai.primespark.spi.VpnDriver;
import ai.primespark.testkit.Namespaces;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.WireGuardKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Machines in namespaces, each with a key, a driver and a config of its own: a switch in the middle, or a cable between two. For one
 * test.
 */
final class Lab implements AutoCloseable {

    static final WireGuardKeys KEYS = new WireGuardKeys();
    static final VpnSecretKey PRESHARED = KEYS.newPresharedKey();

    final Namespaces net = new Namespaces();
    private final Path directory;
    private final Map<String, Machine> machines = new LinkedHashMap<>();
    private String cable = ""; // the second machine's end of it

    /** One of them. */
    final class Machine {
        final String namespace;
        final String device = net.device();
        final Path config;
        final Path keyFile;
        VpnSecretKey key = KEYS.newPrivateKey();
        VpnDriver driver;

        Machine(String name) {
            this.namespace = net.add(name);
            Path own = directory.resolve(name);
            this.config = own.resolve(device + ".conf");
            this.keyFile = own.resolve("private.key");
            try {
                Files.createDirectory(
                        own, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                Files.writeString(keyFile, key.reveal() + "\n");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            this.driver = driver(Map.of());
        }

        VpnDriver driver(Map<String, Object> more) {
            Map<String, Object> values = new HashMap<>(Map.of(
                    "interface", device,
                    "config", config,
                    "private-key-file", keyFile,
                    "command-prefix", Namespaces.prefix(namespace)));
            values.putAll(more);
            return new WireGuardDriver(Settings.of(WireGuardSettings.ALL, values));
        }

        VpnPublicKey publicKey() {
            return WireGuardKeys.publicKey(key);
        }

        VpnDriver.Snapshot seen() {
            return driver.read(soon()).orElseThrow();
        }

        VpnDriver.Peer peer(Machine other) {
            return seen().peers().stream()
                    .filter(p -> other.publicKey().equals(p.publicKey()))
                    .findFirst()
                    .orElseThrow();
        }

        boolean reaches(String address) {
            return net.succeeds(namespace, "ping", "-c", "1", "-W", "2", address);
        }

        void apply(VpnTopology topology, String self) {
            driver.apply(topology, self, soon());
        }
    }

    Lab(Path directory) {
        this.directory = directory;
    }

    Machine add(String name) {
        Machine made = new Machine(name);
        machines.put(name, made);
        return made;
    }

    Machine machine(String name) {
        return Objects.requireNonNull(machines.get(name));
    }

    /** Two machines, joined by a cable, 192.0.2.1 and 192.0.2.2. */
    static Lab pair(Path directory) {
        Lab lab = new Lab(directory);
        Machine one = lab.add("a");
        Machine other = lab.add("b");
        lab.cable = lab.net
                .join(one.namespace, "192.0.2.1/24", other.namespace, "192.0.2.2/24")
                .get(1);
        return lab;
    }

    /** The second machine of {@link #pair} is at 192.0.2.9 from now on, and not at 192.0.2.2 any more. */
    void moves() {
        Machine other = machine("b");
        net.run(other.namespace, "ip", "addr", "del", "192.0.2.2/24", "dev", cable);
        net.run(other.namespace, "ip", "addr", "add", "192.0.2.9/24", "dev", cable);
    }

    /** Tells the first machine where a name leads, as {@code /etc/hosts}. */
    void names(String address, String name) {
        try {
            Files.writeString(net.etc(machine("a").namespace).resolve("hosts"), address + " " + name + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    VpnNode.Builder node(String name, String address) {
        return VpnNode.builder(name, machine(name).publicKey()).address(address);
    }

    /** The mesh of {@link #pair}. */
    VpnTopology.Builder mesh() {
        return VpnTopology.builder("10.8.0.0/24", "fd00:8::/64")
                .node(node("a", "10.8.0.1/24").endpoint("192.0.2.1:51820").build())
                .node(node("b", "10.8.0.2/24").endpoint("192.0.2.2:51820").build());
    }

    static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }

    /** Applies a topology everywhere and brings everything up. */
    void up(VpnTopology topology) {
        machines.forEach((name, machine) -> {
            machine.apply(topology, name);
            machine.driver.up(soon());
        });
    }

    @Override
    public void close() {
        for (Machine machine : List.copyOf(machines.values())) {
            try {
                machine.driver.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        net.close();
    }
}

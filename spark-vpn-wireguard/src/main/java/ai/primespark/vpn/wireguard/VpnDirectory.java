package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.KeyStore.Age;
import ai.primespark.vpn.wireguard.TopologyFile.NodeSpec;
import ai.primespark.vpn.wireguard.TopologyLock.Rotation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The folder that a network is kept in: {@code topology.conf} for people, {@code topology.lock} for what was decided, {@code keys/}
 * for the keys that are held here. One process at a time has it open. Nothing is written before {@link #save()}. For one thread.
 */
public final class VpnDirectory implements AutoCloseable {

    /** Where a node finds its own private key when nothing else is said; {@code %i} is the interface. */
    public static final String DEFAULT_KEY_FILE = "/etc/wireguard/%i.key";

    private static final String FILE = "topology.conf";
    private static final String LOCK = "topology.lock";

    private final Path folder;
    private final FileChannel guard;
    private final KeyStore keys;
    private final WireGuardKeys newKeys;
    private final String fileBefore;
    private final String lockBefore;
    private TopologyFile file;
    private TopologyLock lock;

    private VpnDirectory(Path folder, FileChannel guard, WireGuardKeys newKeys, TopologyFile file, TopologyLock lock) {
        this.folder = folder;
        this.guard = guard;
        this.keys = new KeyStore(folder.resolve("keys"));
        this.newKeys = newKeys;
        this.file = file;
        this.lock = lock;
        this.fileBefore = file.text();
        this.lockBefore = lock.toJson();
    }

    /**
     * Whether a folder holds a network.
     *
     * @param folder the folder
     * @return true when it has a topology
     */
    public static boolean exists(Path folder) {
        return Files.exists(folder.resolve(FILE));
    }

    /**
     * Starts a network.
     *
     * @param folder the folder; made with mode 0700 when it is not there
     * @param topology HOCON
     * @return the folder, open
     * @throws IOException when it cannot be made, others than its owner may write to it, or it holds a network already
     * @throws VpnException when the topology is wrong
     */
    public static VpnDirectory create(Path folder, String topology) throws IOException {
        TopologyFile file = TopologyFile.parse(topology);
        if (exists(folder)) {
            throw new IOException(folder + " holds a network already");
        }
        SecretFiles.plainFolder(folder);
        FileChannel guard = guard(folder);
        try {
            SecretFiles.replace(folder.resolve(FILE), topology.getBytes(StandardCharsets.UTF_8), false);
            return new VpnDirectory(folder, guard, new WireGuardKeys(), file, TopologyLock.empty());
        } catch (IOException | RuntimeException e) {
            guard.close();
            throw e;
        }
    }

    /**
     * Opens a network.
     *
     * @param folder the folder
     * @return the folder, open
     * @throws IOException when it cannot be read, or another process has it open
     * @throws VpnException when what it holds is wrong
     */
    public static VpnDirectory open(Path folder) throws IOException {
        if (!exists(folder)) {
            throw new IOException("there is no network in " + folder.toAbsolutePath() + " (no " + FILE + ")");
        }
        FileChannel guard = guard(folder);
        try {
            Path lockFile = folder.resolve(LOCK);
            VpnDirectory directory = new VpnDirectory(
                    folder,
                    guard,
                    new WireGuardKeys(),
                    TopologyFile.parse(Files.readString(folder.resolve(FILE))),
                    Files.exists(lockFile) ? TopologyLock.parse(Files.readString(lockFile)) : TopologyLock.empty());
            directory.goOn();
            return directory;
        } catch (IOException | RuntimeException e) {
            guard.close();
            throw e;
        }
    }

    /** A crash between the two files of {@link #save()} left a rotation's step in one of them only. */
    private void goOn() {
        Rotation rotation = lock.rotation();
        NodeSpec node = rotation == null ? null : file.nodes().get(rotation.node());
        if (rotation != null && node == null) {
            lock = lock.with(null); // removed by hand
        } else if (rotation != null
                && node != null
                && node.publicKey().filter(rotation.current()::equals).isEmpty()) {
            file = file.withPublicKey(rotation.node(), rotation.current());
        }
    }

    private static FileChannel guard(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve(".guard"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock held = channel.tryLock();
            if (held != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // this process has it open elsewhere
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new IOException("another process works on the network in " + folder + "; try again when it has ended");
    }

    /**
     * The topology as people see it.
     *
     * @return with what was changed since
     */
    public TopologyFile file() {
        return file;
    }

    /**
     * Changes the topology; written by {@link #save()}.
     *
     * @param next the topology from now on
     */
    public void change(TopologyFile next) {
        this.file = Objects.requireNonNull(next, "next");
    }

    /**
     * What was decided.
     *
     * @return with what was changed since
     */
    public TopologyLock lock() {
        return lock;
    }

    void change(TopologyLock next) {
        this.lock = next;
    }

    /**
     * The keys that are held here.
     *
     * @return the store
     */
    public KeyStore keys() {
        return keys;
    }

    WireGuardKeys newKeys() {
        return newKeys;
    }

    /**
     * The whole network: addresses are assigned, preshared keys made where they are missing.
     *
     * @return what nodes can be configured by; nodes without a public key are left out
     * @throws IOException when keys cannot be read
     * @throws VpnException when the topology cannot work
     */
    public VpnTopology topology() throws IOException {
        lock = new AddressPlan(file, lock).assign();
        VpnTopology bare = assemble(builder());
        VpnTopology.Builder whole = builder();
        for (VpnNode node : bare.nodes().values()) {
            for (VpnNode peer : bare.peersOf(node.name())) {
                if (file.network().presharedKeys() && node.name().compareTo(peer.name()) < 0) {
                    whole.presharedKey(node.name(), peer.name(), presharedKey(node.name(), peer.name()));
                    otherPresharedKey(node.name(), peer.name())
                            .ifPresent(key -> whole.otherPresharedKey(node.name(), peer.name(), key));
                }
            }
        }
        return assemble(whole);
    }

    private VpnSecretKey presharedKey(String one, String other) throws IOException {
        Optional<VpnSecretKey> held = keys.presharedKey(one, other, Age.CURRENT);
        if (held.isPresent()) {
            return held.get();
        }
        VpnSecretKey made = newKeys.newPresharedKey();
        keys.setPreshared(one, other, Age.CURRENT, Optional.of(made));
        return made;
    }

    private Optional<VpnSecretKey> otherPresharedKey(String one, String other) throws IOException {
        Rotation rotation = lock.rotation();
        if (rotation == null || !rotation.node().equals(one) && !rotation.node().equals(other)) {
            return Optional.empty();
        }
        return keys.presharedKey(one, other, rotation.step() == TopologyLock.Step.ANNOUNCED ? Age.NEXT : Age.PREVIOUS);
    }

    private VpnTopology.Builder builder() {
        String[] subnets =
                file.network().subnets().stream().map(IpPrefix::toString).toArray(String[]::new);
        return VpnTopology.builder(subnets);
    }

    private VpnTopology assemble(VpnTopology.Builder builder) {
        for (NodeSpec spec : file.nodes().values()) {
            if (spec.publicKey().isEmpty()) {
                continue;
            }
            VpnNode.Builder node = VpnNode.builder(spec.name(), spec.publicKey().get());
            Set<IpPrefix> mine = lock.addresses().getOrDefault(spec.name(), Set.of());
            mine.forEach(a -> node.address(a.toString()));
            spec.routes().forEach(r -> node.route(r.toString()));
            if (!spec.endpoint().isEmpty()) {
                node.endpoint(spec.endpoint());
            }
            if (spec.listenPort() > 0) {
                node.listenPort(spec.listenPort());
            }
            if (spec.keepaliveSeconds() > 0) {
                node.keepalive(Duration.ofSeconds(spec.keepaliveSeconds()));
            }
            if (!spec.via().isEmpty()) {
                node.hub(spec.via());
            }
            lock.rotating().filter(r -> r.node().equals(spec.name())).ifPresent(r -> node.otherKey(r.other()));
            if (spec.hub()) {
                builder.hub(node.build());
            } else {
                builder.node(node.build());
            }
        }
        for (List<String> pair : file.direct()) {
            builder.direct(pair.get(0), pair.get(1));
        }
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new VpnException(VpnException.Kind.INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Writes a node's configuration.
     *
     * @param topology what {@link #topology()} gave
     * @param node the node
     * @param withKey whether the private key is in it, which must be held here; otherwise the node reads its own from the file that
     *     its {@code key-file} names, or {@code /etc/wireguard/INTERFACE.key}
     * @return the configuration; its preshared keys are secret in any case
     * @throws IOException when keys cannot be read
     * @throws VpnException when the key is not held here or is another one, or there is no such node
     */
    public WgConfig render(VpnTopology topology, String node, boolean withKey) throws IOException {
        return render(topology, node, withKey, null);
    }

    /**
     * Writes a node's configuration, with its key in another file than the usual one.
     *
     * @param topology what {@link #topology()} gave
     * @param node the node
     * @param withKey whether the private key is in it, which must be held here
     * @param keyFile where the node has its own otherwise; null for the usual place
     * @return the configuration
     * @throws IOException when keys cannot be read
     * @throws VpnException when the key is not held here or is another one, or there is no such node
     */
    public WgConfig render(VpnTopology topology, String node, boolean withKey, @Nullable String keyFile)
            throws IOException {
        NodeSpec spec = spec(node);
        if (spec.publicKey().isEmpty()) {
            throw new VpnException(
                    VpnException.Kind.INVALID,
                    "node '" + node + "' has no public key yet; add it as its public-key",
                    null);
        }
        VpnSecretKey key = null;
        NodeSettings settings = spec.settings();
        if (withKey) {
            key = keys.privateKey(node, Age.CURRENT)
                    .orElseThrow(() -> new VpnException(
                            VpnException.Kind.INVALID,
                            "the private key of node '" + node + "' is not held here; render it on the node itself, or"
                                    + " without its key",
                            null));
            settings = settings.withKeyFile(null);
        } else if (keyFile != null) {
            settings = settings.withKeyFile(keyFile);
        } else if (settings.keyFile().isEmpty()) {
            settings = settings.withKeyFile(DEFAULT_KEY_FILE);
        }
        return new WgRenderer(spec.interfaceName()).render(topology, node, key, settings);
    }

    NodeSpec spec(String node) {
        NodeSpec spec = file.nodes().get(node);
        if (spec == null) {
            throw new VpnException(
                    VpnException.Kind.INVALID,
                    "there is no node '" + node + "'; there are " + file.nodes().keySet(),
                    null);
        }
        return spec;
    }

    /**
     * Makes a private key for a node and holds it here, unless one is held already.
     *
     * @param node the node's name; it need not be in the topology yet
     * @return its public key
     * @throws IOException when it cannot be kept
     */
    public VpnPublicKey holdKey(String node) throws IOException {
        Optional<VpnSecretKey> held = keys.privateKey(node, Age.CURRENT);
        VpnSecretKey key = held.isPresent() ? held.get() : newKeys.newPrivateKey();
        if (held.isEmpty()) {
            keys.keep(node, Age.CURRENT, key);
        }
        return WireGuardKeys.publicKey(key);
    }

    /**
     * Writes what has changed: keys first, so that nothing names one that is lost.
     *
     * @return true when anything had
     * @throws IOException when it cannot be written
     */
    public boolean save() throws IOException {
        keys.save();
        boolean changed = false;
        if (!lock.toJson().equals(lockBefore) || !Files.exists(folder.resolve(LOCK))) {
            SecretFiles.replace(folder.resolve(LOCK), lock.toJson().getBytes(StandardCharsets.UTF_8), false);
            changed = true;
        }
        if (!file.text().equals(fileBefore)) {
            SecretFiles.replace(folder.resolve(FILE), file.text().getBytes(StandardCharsets.UTF_8), false);
            changed = true;
        }
        return changed;
    }

    /** Lets other processes have it. What was not saved is lost. */
    @Override
    public void close() throws IOException {
        guard.close();
    }

    @Override
    public String toString() {
        return "VpnDirectory[" + folder + "]";
    }
}

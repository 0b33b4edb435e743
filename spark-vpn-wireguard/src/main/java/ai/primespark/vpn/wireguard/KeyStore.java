package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnSecretKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The keys that are held beside a topology, in a folder of mode 0700: {@code NODE.key} is a node's private key, {@code preshared.keys}
 * has a line for every pair. For one thread, and one process, at a time.
 */
public final class KeyStore {

    private static final String PRESHARED = "preshared.keys";

    /** Which of a node's keys is meant. */
    public enum Age {
        /** The one in use. */
        CURRENT(".key"),
        /** The one that a rotation will put into use. */
        NEXT(".key.next"),
        /** The one that a rotation has put out of use. */
        PREVIOUS(".key.previous");

        private final String suffix;

        Age(String suffix) {
            this.suffix = suffix;
        }
    }

    private final Path folder;
    private final Map<String, VpnSecretKey> preshared = new TreeMap<>(); // "AGE a b"
    private boolean loaded;
    private boolean changed;

    /**
     * Names the folder; nothing is read or made yet.
     *
     * @param folder the folder
     */
    public KeyStore(Path folder) {
        this.folder = folder;
    }

    /**
     * A node's private key.
     *
     * @param node the node
     * @param age which one
     * @return empty when it is not held here
     * @throws IOException when it cannot be read, or others could read it too
     */
    public Optional<VpnSecretKey> privateKey(String node, Age age) throws IOException {
        Path file = file(node, age);
        return Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
    }

    /**
     * Reads a file that holds nothing but a key.
     *
     * @param file the file
     * @return the key
     * @throws IOException when it cannot be read, or others could read it too
     * @throws VpnException when it holds no key
     */
    public static VpnSecretKey read(Path file) throws IOException {
        try {
            VpnSecretKey key =
                    VpnSecretKey.parse(new String(SecretFiles.read(file), StandardCharsets.US_ASCII).strip());
            return VpnSecretKey.ofPrivate(key.revealBytes());
        } catch (IllegalArgumentException e) {
            throw new VpnException(
                    VpnException.Kind.INVALID, file + " holds no WireGuard key: " + e.getMessage(), null);
        }
    }

    /**
     * Keeps a node's private key.
     *
     * @param node the node
     * @param age which one
     * @param key the key
     * @throws IOException when it cannot be written
     */
    public void keep(String node, Age age, VpnSecretKey key) throws IOException {
        var unused = SecretFiles.folder(folder);
        SecretFiles.write(file(node, age), (key.reveal() + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Puts a key into use, and keeps the one before. Harmless when that was done before, in part or as a whole.
     *
     * @param node the node
     * @param in what the key is now
     * @param out what the one in use becomes
     * @throws IOException when it cannot be done
     */
    public void use(String node, Age in, Age out) throws IOException {
        Optional<VpnSecretKey> next = privateKey(node, in);
        if (next.isEmpty()) {
            return;
        }
        Optional<VpnSecretKey> current = privateKey(node, Age.CURRENT);
        if (current.isPresent() && !current.equals(next)) {
            keep(node, out, current.get());
        }
        keep(node, Age.CURRENT, next.get());
        forget(node, in);
    }

    /**
     * Deletes a private key. Harmless when there is none.
     *
     * @param node the node
     * @param age which one
     * @throws IOException when it cannot be deleted
     */
    public void forget(String node, Age age) throws IOException {
        Files.deleteIfExists(file(node, age));
    }

    private Path file(String node, Age age) {
        if (!node.matches("[a-z][a-z0-9-]{0,62}")) {
            throw new IllegalArgumentException("'" + node + "' is no node's name");
        }
        return folder.resolve(node + age.suffix);
    }

    /**
     * A pair's preshared key.
     *
     * @param one a node
     * @param other another; the order does not matter
     * @param age which one
     * @return empty when there is none
     * @throws IOException when it cannot be read, or others could read it too
     */
    public Optional<VpnSecretKey> presharedKey(String one, String other, Age age) throws IOException {
        load();
        return Optional.ofNullable(preshared.get(pair(one, other, age)));
    }

    /**
     * Sets a pair's preshared key, or removes it; written by {@link #save()}.
     *
     * @param one a node
     * @param other another; the order does not matter
     * @param age which one
     * @param key the key; empty to remove it
     * @throws IOException when those before cannot be read
     */
    public void setPreshared(String one, String other, Age age, Optional<VpnSecretKey> key) throws IOException {
        load();
        String pair = pair(one, other, age);
        VpnSecretKey before = key.isPresent() ? preshared.put(pair, key.get()) : preshared.remove(pair);
        changed |= !key.equals(Optional.ofNullable(before));
    }

    /**
     * Removes all keys of a node.
     *
     * @param node the node
     * @throws IOException when they cannot be removed
     */
    public void forget(String node) throws IOException {
        for (Age age : Age.values()) {
            forget(node, age);
        }
        load();
        changed |= preshared.keySet().removeIf(pair -> (pair + " ").contains(" " + node + " "));
        save();
    }

    /**
     * Writes preshared keys that have changed.
     *
     * @throws IOException when they cannot be written
     */
    public void save() throws IOException {
        if (!changed) {
            return;
        }
        var unused = SecretFiles.folder(folder);
        StringBuilder text = new StringBuilder(preshared.size() * 80);
        preshared.forEach((pair, key) ->
                text.append(pair).append(' ').append(key.reveal()).append('\n'));
        SecretFiles.write(folder.resolve(PRESHARED), text.toString().getBytes(StandardCharsets.US_ASCII));
        changed = false;
    }

    private void load() throws IOException {
        Path file = folder.resolve(PRESHARED);
        if (loaded || !Files.exists(file)) {
            loaded = true;
            return;
        }
        Map<String, VpnSecretKey> read = new LinkedHashMap<>();
        int number = 0;
        for (String line : new String(SecretFiles.read(file), StandardCharsets.US_ASCII)
                .lines()
                .toList()) {
            number++;
            String[] words = line.split(" ", -1);
            try {
                Age age = Age.valueOf(words[0]);
                read.put(pair(words[1], words[2], age), VpnSecretKey.parse(words[3]));
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                throw new VpnException(
                        VpnException.Kind.INVALID, file + ", line " + number + ": not 'AGE NODE NODE KEY'", null);
            }
        }
        preshared.putAll(read);
        loaded = true;
    }

    private static String pair(String one, String other, Age age) {
        return age + " " + (one.compareTo(other) < 0 ? one + " " + other : other + " " + one);
    }

    @Override
    public String toString() {
        return "KeyStore[" + folder + "]";
    }
}

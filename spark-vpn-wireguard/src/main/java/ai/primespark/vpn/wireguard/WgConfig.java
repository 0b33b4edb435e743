package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.wireguard.WgLine.Section;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A WireGuard configuration file ({@code wg0.conf}) that can be checked and edited. Keeps every line as it is, comments, order and
 * line ends included: what was not edited comes out byte for byte. Reading never fails; {@link #check} says what is wrong.
 *
 * <p>Holds private keys: {@link #toString()} prints none, and only {@link #reveal()} and {@link #bytes()} give the text. Not
 * thread-safe.
 */
public final class WgConfig {

    private static final int MAX_BYTES = 64 << 20;

    private final Charset charset;
    private @Nullable String text; // until somebody asks for lines
    private @Nullable List<WgLine> split;

    private WgConfig(@Nullable String text, @Nullable List<WgLine> split, Charset charset) {
        this.text = text;
        this.split = split;
        this.charset = charset;
    }

    private List<WgLine> lines() {
        if (split == null) {
            split = new ArrayList<>();
            for (String line : Objects.requireNonNull(text).split("\n", -1)) {
                split.add(new WgLine(line));
            }
            text = null;
        }
        return split;
    }

    /**
     * Reads a configuration's text.
     *
     * @param text the whole file
     * @return the configuration
     */
    public static WgConfig parse(String text) {
        return new WgConfig(text, null, StandardCharsets.UTF_8);
    }

    /**
     * Reads a configuration's bytes: UTF-8, or any other encoding in comments.
     *
     * @param bytes the whole file
     * @return the configuration
     */
    public static WgConfig parse(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new WgConfig(text, null, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            return new WgConfig(new String(bytes, StandardCharsets.ISO_8859_1), null, StandardCharsets.ISO_8859_1);
        }
    }

    /**
     * Reads a file.
     *
     * @param file the file; at most 64 MiB
     * @return the configuration
     * @throws IOException when it cannot be read, or is larger
     */
    public static WgConfig read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException(file + " is larger than 64 MiB, which no WireGuard configuration is");
            }
            return parse(bytes);
        }
    }

    /**
     * Checks every line.
     *
     * @param rules whose rules
     * @return what is wrong
     */
    public WgReport check(WgRules rules) {
        return new WgChecker(rules).check(lines());
    }

    /**
     * The configuration without what only {@code wg-quick} understands, as {@code wg setconf} and {@code wg syncconf} want it; what
     * {@code wg-quick strip} prints.
     *
     * @return a new configuration
     */
    public WgConfig strip() {
        List<WgLine> left = new ArrayList<>();
        boolean inInterface = false;
        for (WgLine line : lines()) {
            if (line.isQuickSection()) {
                inInterface = line.isQuickInterface();
            }
            if (!inInterface || line.quickKey() == null) {
                left.add(line);
            }
        }
        return new WgConfig(null, left, charset);
    }

    /**
     * Whether another configuration sets up its interface like this one, as far as a running interface cannot be changed: MTU, DNS,
     * table and commands, and the way for everything (0.0.0.0/0, ::/0), which takes rules and marks. What else {@code wg} itself
     * reads, and addresses, may differ.
     *
     * @param other another configuration
     * @return true when none of these differs
     */
    public boolean sameInterface(WgConfig other) {
        for (String key : WgLine.QUICK_KEYS) {
            if (!key.equals("Address") && !interfaceValues(key).equals(other.interfaceValues(key))) {
                return false;
            }
        }
        return waysForEverything().equals(other.waysForEverything());
    }

    private Set<String> waysForEverything() {
        Set<String> ways = new TreeSet<>();
        for (Block block : blocks(Section.PEER)) {
            for (String list : valuesIn(block, "AllowedIPs")) {
                for (String way : list.split(",", -1)) {
                    if (way.strip().endsWith("/0")) {
                        ways.add(way.strip());
                    }
                }
            }
        }
        return ways;
    }

    /**
     * This configuration's interface with the peers and addresses of another one: what a driver changes into this configuration.
     *
     * @param other another configuration
     * @return a new configuration
     */
    public WgConfig withPeersOf(WgConfig other) {
        List<WgLine> mixed = new ArrayList<>();
        for (Block block : blocks(Section.INTERFACE)) {
            mixed.addAll(lines().subList(block.from, block.to));
        }
        WgConfig own = new WgConfig(null, mixed, charset);
        own.setInterfaceValue("Address", other.interfaceValue("Address").orElse(null));
        for (Block block : other.blocks(Section.PEER)) {
            mixed.add(new WgLine(""));
            mixed.addAll(other.lines().subList(block.from, block.to));
        }
        return own;
    }

    private List<String> interfaceValues(String key) {
        return blocks(Section.INTERFACE).stream()
                .flatMap(b -> valuesIn(b, key).stream())
                .toList();
    }

    /**
     * The text, keys included: for a file of mode 0600 or a pipe only.
     *
     * @return the whole file
     */
    public String reveal() {
        if (text != null) {
            return text;
        }
        List<WgLine> lines = lines();
        StringBuilder whole = new StringBuilder(lines.size() * 40);
        for (int i = 0; i < lines().size(); i++) {
            whole.append(i == 0 ? "" : "\n").append(lines().get(i).raw);
        }
        return whole.toString();
    }

    /**
     * The bytes, keys included: for a file of mode 0600 or a pipe only.
     *
     * @return the whole file, in the encoding in which it was read
     */
    public byte[] bytes() {
        return reveal().getBytes(charset);
    }

    /**
     * The interface's private key.
     *
     * @return empty when there is none, or none that is valid
     */
    public Optional<VpnSecretKey> privateKey() {
        return interfaceValue("PrivateKey").flatMap(value -> {
            try {
                return Optional.of(VpnSecretKey.parse(value));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        });
    }

    /**
     * The peers' public keys.
     *
     * @return in the file's order; those that are not valid are left out
     */
    public List<VpnPublicKey> peers() {
        List<VpnPublicKey> peers = new ArrayList<>();
        for (Block block : blocks(Section.PEER)) {
            VpnPublicKey key = publicKey(block);
            if (key != null) {
                peers.add(key);
            }
        }
        return peers;
    }

    /**
     * A value of the interface.
     *
     * @param key for example {@code ListenPort} or {@code Address}; case does not matter
     * @return the last one given, for that is the one that counts; empty when there is none
     */
    public Optional<String> interfaceValue(String key) {
        return blocks(Section.INTERFACE).stream()
                .flatMap(b -> valuesIn(b, key).stream())
                .reduce((earlier, later) -> later);
    }

    /**
     * A value of a peer.
     *
     * @param peer its public key
     * @param key for example {@code Endpoint}; case does not matter
     * @return the last one given; empty when there is none, or no such peer
     */
    public Optional<String> peerValue(VpnPublicKey peer, String key) {
        return blocks(Section.PEER).stream()
                .filter(b -> peer.equals(publicKey(b)))
                .flatMap(b -> valuesIn(b, key).stream())
                .reduce((earlier, later) -> later);
    }

    /**
     * Sets a value of the interface: where it stands, keeping the line's comment, or at the section's end. More lines of the same key
     * are removed.
     *
     * @param key the key as it is to be written
     * @param value the value, or null to remove it
     * @throws IllegalArgumentException for a line break or a comment sign in it
     */
    public void setInterfaceValue(String key, @Nullable String value) {
        List<Block> blocks = blocks(Section.INTERFACE);
        if (blocks.isEmpty()) {
            lines().add(0, new WgLine("[Interface]"));
            lines().add(1, new WgLine(""));
            blocks = blocks(Section.INTERFACE);
        }
        set(blocks.get(blocks.size() - 1), key, value);
    }

    /**
     * Sets a value of a peer, as {@link #setInterfaceValue} does; an unknown peer is added at the file's end.
     *
     * @param peer its public key
     * @param key the key as it is to be written
     * @param value the value, or null to remove it
     * @throws IllegalArgumentException for a line break or a comment sign in it
     */
    public void setPeerValue(VpnPublicKey peer, String key, @Nullable String value) {
        Block block = find(peer);
        if (block == null) {
            while (!lines().isEmpty() && lines().get(lines().size() - 1).raw.isBlank()) {
                lines().remove(lines().size() - 1);
            }
            for (String line : List.of("", "[Peer]", "PublicKey = " + peer, "")) {
                lines().add(new WgLine(line));
            }
            block = find(peer);
        }
        if (block != null) {
            set(block, key, value);
        }
    }

    /**
     * Removes a peer, with its comments.
     *
     * @param peer its public key
     * @return false when there is none
     */
    public boolean removePeer(VpnPublicKey peer) {
        Block block = find(peer);
        if (block == null) {
            return false;
        }
        int to = block.to; // comments right above the next section are that one's
        while (to < lines().size()
                && to > block.from + 1
                && lines().get(to - 1).raw.strip().startsWith("#")) {
            to--;
        }
        int from = block.from;
        while (from > 0 && lines().get(from - 1).raw.strip().startsWith("#")) {
            from--;
        }
        lines().subList(from, to).clear();
        return true;
    }

    private @Nullable Block find(VpnPublicKey peer) {
        return blocks(Section.PEER).stream()
                .filter(b -> peer.equals(publicKey(b)))
                .findFirst()
                .orElse(null);
    }

    /** Lines of a section: its head, and up to the next head. */
    private record Block(int from, int to) {}

    private List<Block> blocks(Section kind) {
        List<Block> blocks = new ArrayList<>();
        int from = -1;
        for (int i = 0; i <= lines().size(); i++) {
            Section head =
                    i == lines().size() ? Section.INTERFACE : lines().get(i).section();
            if (head != Section.NONE) {
                if (from >= 0) {
                    blocks.add(new Block(from, i));
                }
                from = i < lines().size() && head == kind ? i : -1;
            }
        }
        return blocks;
    }

    private @Nullable VpnPublicKey publicKey(Block block) {
        List<String> values = valuesIn(block, "PublicKey");
        try {
            return values.isEmpty() ? null : new VpnPublicKey(values.get(values.size() - 1));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private List<String> valuesIn(Block block, String key) {
        List<String> values = new ArrayList<>();
        boolean quick = WgLine.QUICK_KEYS.stream().anyMatch(q -> WgLine.same(q, key));
        for (int i = block.from + 1; i < block.to; i++) {
            String value = valueOf(lines().get(i), key, quick);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    private static @Nullable String valueOf(WgLine line, String key, boolean quick) {
        if (quick) {
            String found = line.quickKey();
            return found != null && WgLine.same(found, key) ? line.quickValue() : null;
        }
        return line.key(List.of(key)) == null ? null : line.value(key);
    }

    private void set(Block block, String key, @Nullable String value) {
        if (value != null && (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0 || value.indexOf('#') >= 0)) {
            throw new IllegalArgumentException("the value of " + key + " must hold no line break and no '#'");
        }
        boolean quick = WgLine.QUICK_KEYS.stream().anyMatch(q -> WgLine.same(q, key));
        OptionalInt first = OptionalInt.empty();
        for (int i = block.to - 1; i > block.from; i--) {
            if (valueOf(lines().get(i), key, quick) != null) {
                first.ifPresent(later -> lines().remove(later));
                first = OptionalInt.of(i);
            }
        }
        if (first.isPresent()) {
            int at = first.getAsInt();
            if (value == null) {
                lines().remove(at);
            } else {
                WgLine old = lines().get(at);
                lines().set(
                                at,
                                new WgLine(old.raw.substring(0, old.valueStart())
                                        + value
                                        + old.raw.substring(old.valueEnd())));
            }
        } else if (value != null) {
            int at = block.to;
            while (at > block.from + 1 && !isSetting(lines().get(at - 1))) {
                at--; // before empty lines, and comments that belong to what follows
            }
            String end = lines().get(block.from).raw.endsWith("\r") ? "\r" : "";
            lines().add(at, new WgLine(key + " = " + value + end));
        }
    }

    private static boolean isSetting(WgLine line) {
        return !line.compact.isEmpty();
    }

    @Override
    public String toString() {
        return "WgConfig[" + lines().size() + " lines, " + blocks(Section.PEER).size() + " peers]";
    }
}

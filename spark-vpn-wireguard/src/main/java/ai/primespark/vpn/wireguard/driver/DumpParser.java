package ai.primespark.vpn.wireguard.driver;

import ai.primespark.spi.VpnDriver.Peer;
import ai.primespark.spi.VpnDriver.Snapshot;
import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnPublicKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code wg show IF dump} and {@code wg show all dump} print (wg(8), wireguard-tools 1.0.20210914): lines of columns between
 * tabs. An interface has private key, public key, port and mark; a peer has public key, preshared key, endpoint, allowed IPs, handshake
 * in seconds since 1970, bytes received and sent, and keepalive. {@code all} puts the interface's name before each.
 *
 * <p>The columns of private and preshared keys are skipped in the bytes and never become text. One parser reads once.
 */
public final class DumpParser {

    private static final String NONE = "(none)";
    private static final int INTERFACE_COLUMNS = 4;
    private static final int PEER_COLUMNS = 8;

    private final byte[] bytes;
    private final int length;
    private final boolean named;
    private final Map<String, Building> interfaces = new LinkedHashMap<>();
    private final int[] starts = new int[PEER_COLUMNS + 3];
    private int line;
    private int columns;

    private static final class Building {
        private @Nullable VpnPublicKey key;
        private int port;
        private final List<Peer> peers = new ArrayList<>();

        Snapshot snapshot() {
            return new Snapshot(key, port, peers);
        }
    }

    private DumpParser(byte[] bytes, int length, boolean named) {
        this.bytes = bytes;
        this.length = length;
        this.named = named;
    }

    /**
     * Reads the dump of one interface.
     *
     * @param dump what {@code wg show IF dump} printed
     * @return what it says
     * @throws VpnException when it is not one; the message quotes nothing
     */
    public static Snapshot parse(byte[] dump) {
        Map<String, Building> found = new DumpParser(dump, dump.length, false).read();
        if (found.size() != 1) {
            throw new VpnException(VpnException.Kind.FAILED, "'wg show dump' printed no line for the interface", null);
        }
        return found.values().iterator().next().snapshot();
    }

    /**
     * Reads the dump of all interfaces.
     *
     * @param dump what {@code wg show all dump} printed
     * @return by name, in the order of the dump; empty when there is none
     * @throws VpnException when it is not one; the message quotes nothing
     */
    public static Map<String, Snapshot> parseAll(byte[] dump) {
        Map<String, Snapshot> all = new LinkedHashMap<>();
        new DumpParser(dump, dump.length, true).read().forEach((name, built) -> all.put(name, built.snapshot()));
        return all;
    }

    private Map<String, Building> read() {
        int from = 0;
        while (from < length) {
            int end = from;
            while (end < length && bytes[end] != '\n') {
                end++;
            }
            line++;
            if (end > from) {
                split(from, end);
                try {
                    take();
                } catch (RuntimeException e) { // its message may quote a column
                    throw refused(e instanceof VpnException ? e.getMessage() : "it has a column that cannot be read");
                }
            }
            from = end + 1;
        }
        return interfaces;
    }

    /** Notes where columns begin; one that is not there begins after the end. */
    private void split(int from, int end) {
        columns = 0;
        starts[columns++] = from;
        for (int at = from; at < end; at++) {
            if (bytes[at] == '\t') {
                if (columns == starts.length - 1) {
                    columns++; // too many, whatever they are
                    return;
                }
                starts[columns++] = at + 1;
            }
        }
        starts[columns] = end + 1;
    }

    private void take() {
        int shift = named ? 1 : 0;
        String name = named ? text(0) : "";
        if (columns == INTERFACE_COLUMNS + shift) {
            Building made = new Building();
            made.key = key(text(1 + shift));
            made.port = Integer.parseInt(text(2 + shift));
            if (interfaces.putIfAbsent(name, made) != null) {
                throw refused("the interface has a second line");
            }
        } else if (columns == PEER_COLUMNS + shift) {
            Building of = interfaces.get(name);
            if (of == null) {
                throw refused("a peer stands before its interface");
            }
            of.peers.add(peer(shift));
        } else {
            throw refused("it has neither the 4 columns of an interface nor the 8 of a peer");
        }
    }

    private Peer peer(int shift) {
        String endpoint = text(2 + shift);
        String keepalive = text(7 + shift);
        long handshake = number(4 + shift);
        return new Peer(
                null,
                new VpnPublicKey(text(shift)),
                endpoint.equals(NONE) ? null : endpoint(endpoint),
                prefixes(text(3 + shift)),
                handshake == 0 ? null : Instant.ofEpochSecond(handshake),
                number(5 + shift),
                number(6 + shift),
                keepalive.equals("off") ? 0 : Integer.parseInt(keepalive));
    }

    private static String endpoint(String column) {
        int colon = column.lastIndexOf(':');
        if (colon < 1 || Integer.parseInt(column, colon + 1, column.length(), 10) > 65_535) {
            throw new IllegalArgumentException("not host:port");
        }
        return column;
    }

    private static List<IpPrefix> prefixes(String column) {
        if (column.equals(NONE)) {
            return List.of();
        }
        List<IpPrefix> prefixes = new ArrayList<>(2);
        for (String prefix : column.split(",", -1)) {
            prefixes.add(IpPrefix.parse(prefix));
        }
        return prefixes;
    }

    private static @Nullable VpnPublicKey key(String column) {
        return column.equals(NONE) ? null : new VpnPublicKey(column);
    }

    private long number(int column) {
        return Long.parseUnsignedLong(text(column));
    }

    private String text(int column) {
        int from = starts[column];
        return new String(bytes, from, starts[column + 1] - 1 - from, StandardCharsets.ISO_8859_1);
    }

    private VpnException refused(@Nullable String why) {
        String prefix = "line " + line + " of 'wg show dump' is not understood: ";
        String message = String.valueOf(why);
        return new VpnException(
                VpnException.Kind.FAILED, message.startsWith(prefix) ? message : prefix + message, null);
    }
}

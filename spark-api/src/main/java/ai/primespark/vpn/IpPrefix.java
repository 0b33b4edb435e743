package ai.primespark.vpn;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * An address with a prefix length: a network ({@code 10.8.0.0/24}), or a host in one ({@code 10.8.0.2/24}). IPv4 and IPv6; names
 * are never looked up. Immutable and thread-safe.
 *
 * @param address the address, host bits included
 * @param length how many leading bits name the network: 0 to 32, or to 128 for IPv6
 */
public record IpPrefix(InetAddress address, int length) {

    private static final Pattern IPV4 =
            Pattern.compile("((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\\.(?!$)|$)){4}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

    /** Checks the parts. */
    public IpPrefix {
        Objects.requireNonNull(address, "address");
        if (length < 0 || length > address.getAddress().length * 8) {
            throw new IllegalArgumentException(
                    "a prefix length of " + length + " does not fit " + address.getHostAddress());
        }
    }

    /**
     * Reads an address with or without a prefix length; without one, it is a single host.
     *
     * @param text for example {@code 10.8.0.2/24}, {@code 10.8.0.2} or {@code fd00:8::1/64}
     * @return the prefix
     * @throws IllegalArgumentException when it is not a literal address
     */
    public static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        if (!IPV4.matcher(literal).matches() && !IPV6.matcher(literal).matches()) {
            throw new IllegalArgumentException("'" + text + "' is not an address such as 10.8.0.2/24 or fd00:8::1/64");
        }
        try {
            InetAddress address = InetAddress.getByName(literal); // a literal by its shape: no look-up
            if (slash < 0) {
                return new IpPrefix(address, address.getAddress().length * 8);
            }
            String length = text.substring(slash + 1);
            if (!length.matches("[0-9]{1,3}")) {
                throw new IllegalArgumentException("'" + text + "' has no prefix length after the slash");
            }
            return new IpPrefix(address, Integer.parseInt(length));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("'" + text + "' is not an address", e);
        }
    }

    /**
     * The network, without host bits.
     *
     * @return a prefix of the same length
     */
    public IpPrefix network() {
        return new IpPrefix(masked(false), length);
    }

    /**
     * The address alone.
     *
     * @return a prefix of full length
     */
    public IpPrefix host() {
        return new IpPrefix(address, address.getAddress().length * 8);
    }

    /**
     * Whether all of another prefix lies in this one.
     *
     * @param other the other; of the other IP version, it never does
     * @return true when it does
     */
    public boolean contains(IpPrefix other) {
        return other.address.getAddress().length == address.getAddress().length
                && other.length >= length
                && new IpPrefix(other.address, length).masked(false).equals(masked(false));
    }

    /**
     * Whether the address may be given to a node: not the network's own, nor the broadcast address of an IPv4 network. Networks
     * of one or two addresses (RFC 3021, RFC 6164) have no such addresses.
     *
     * @return true when it may
     */
    public boolean isUsableHost() {
        byte[] bytes = address.getAddress();
        if (length >= bytes.length * 8 - 1) {
            return true;
        }
        return !address.equals(masked(false)) && (bytes.length != 4 || !address.equals(masked(true)));
    }

    private InetAddress masked(boolean ones) {
        byte[] bytes = address.getAddress();
        for (int bit = length; bit < bytes.length * 8; bit++) {
            int mask = 0x80 >> (bit & 7);
            bytes[bit >> 3] = (byte) (ones ? bytes[bit >> 3] | mask : bytes[bit >> 3] & ~mask);
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("of the length of an address: " + Arrays.toString(bytes), e);
        }
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + length;
    }
}

package ai.primespark.vpn;

import java.net.InetAddress;
import java.util.Objects;
import java.util.Optional;

/**
 * An address with a prefix length: a network ({@code 10.8.0.0/24}), or a host in one ({@code 10.8.0.2/24}). IPv4 and IPv6; names
 * are never looked up. Immutable and thread-safe.
 *
 * @param address the address, host bits included
 * @param length how many leading bits name the network: 0 to 32, or to 128 for IPv6
 */
public record IpPrefix(InetAddress address, int length) {

    /** Checks the parts. */
    public IpPrefix {
        Objects.requireNonNull(address, "address");
        if (length < 0 || length > address.getAddress().length * 8) {
            throw new IllegalArgumentException(
                    "a prefix length of " + length + " does not fit " + IpText.format(address.getAddress()));
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
        InetAddress address = IpText.parse(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            throw new IllegalArgumentException("'" + text + "' is not an address such as 10.8.0.2/24 or fd00:8::1/64");
        }
        if (slash < 0) {
            return new IpPrefix(address, address.getAddress().length * 8);
        }
        String length = text.substring(slash + 1);
        if (!length.matches("[0-9]{1,3}")) {
            throw new IllegalArgumentException("'" + text + "' has no prefix length after the slash");
        }
        return new IpPrefix(address, Integer.parseInt(length));
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
        return IpText.address(bytes);
    }

    /**
     * An address in this network.
     *
     * @param index which one, counted from the network's own, which is 0
     * @return a prefix of the same length; empty when the network is not so large
     * @throws IllegalArgumentException when the index is negative
     */
    public Optional<IpPrefix> at(long index) {
        if (index < 0) {
            throw new IllegalArgumentException("an address's index is not negative: " + index);
        }
        byte[] bytes = masked(false).getAddress();
        int bits = bytes.length * 8 - length;
        if (bits < 63 && index >= 1L << bits) {
            return Optional.empty();
        }
        for (int i = bytes.length - 1, shift = 0; i >= 0 && shift < 64; i--, shift += 8) {
            bytes[i] |= (byte) (index >> shift);
        }
        return Optional.of(new IpPrefix(IpText.address(bytes), length));
    }

    /**
     * Whether it is of IPv6.
     *
     * @return false for IPv4
     */
    public boolean isIpv6() {
        return address.getAddress().length == 16;
    }

    /**
     * The address without the length.
     *
     * @return in the usual short form (RFC 5952)
     */
    public String addressText() {
        return IpText.format(address.getAddress());
    }

    @Override
    public String toString() {
        return IpText.format(address.getAddress()) + "/" + length;
    }
}

package ai.primespark.examples.server;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Addresses that requests come from. */
final class Sources {

    private static final Pattern LITERAL = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|(?=.*:)[0-9A-Fa-f:.]{2,45}");

    private Sources() {}

    /** An address that is written in digits; no name is ever looked up. */
    static Optional<InetAddress> parse(@Nullable String text) {
        String bare = text == null ? "" : bare(text);
        if (!LITERAL.matcher(bare).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(bare));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** Without brackets around it, and without a zone at its end. */
    private static String bare(String text) {
        String inner = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        int zone = inner.indexOf('%');
        return zone < 0 ? inner : inner.substring(0, zone);
    }

    /** Whom to count a request for: an IPv4 address, or the /64 that one household or machine has of IPv6. */
    static String of(@Nullable String address) {
        if (address == null || address.indexOf(':') < 0) { // no IPv6; asked twice for every request
            return String.valueOf(address);
        }
        Optional<InetAddress> parsed = parse(address);
        if (parsed.isEmpty() || !(parsed.get() instanceof Inet6Address wide)) {
            return address;
        }
        byte[] bytes = wide.getAddress();
        StringBuilder prefix = new StringBuilder();
        for (int i = 0; i < 8; i += 2) {
            prefix.append(Integer.toHexString(((bytes[i] & 0xff) << 8) | (bytes[i + 1] & 0xff)))
                    .append(':');
        }
        return prefix.append(":/64").toString();
    }

    /** An address without the brackets and zone that HTTP may have around it. */
    static String plain(@Nullable String address) {
        return parse(address).map(InetAddress::getHostAddress).orElse(String.valueOf(address));
    }

    /** Whether it is this machine. */
    static boolean loopback(@Nullable String address) {
        return parse(address).filter(InetAddress::isLoopbackAddress).isPresent();
    }
}

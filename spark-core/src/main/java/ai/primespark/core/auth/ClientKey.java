package ai.primespark.core.auth;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What counts as one source of logins. Whoever has an IPv6 address usually has all 2^64 of its network, so that the network counts.
 */
final class ClientKey {

    private static final int LONGEST = 64;

    /** Begins with what the JDK takes for an address, so that it never asks a name server. */
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:][0-9a-fA-F.:]*:[0-9a-fA-F.:]*");

    private ClientKey() {}

    /** Null when nothing is known of the client. */
    static @Nullable String of(@Nullable String client) {
        if (client == null || client.isBlank()) {
            return null;
        }
        String text = client.strip();
        String address = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        int zone = address.indexOf('%');
        address = zone < 0 ? address : address.substring(0, zone);
        if (address.length() <= LONGEST && IPV6.matcher(address).matches()) {
            try {
                byte[] bytes = InetAddress.getByName(address).getAddress();
                return bytes.length == 16
                        ? HexFormat.of().formatHex(Arrays.copyOf(bytes, 8)) + "/64"
                        : InetAddress.getByAddress(bytes).getHostAddress(); // an IPv4 address in IPv6's clothes
            } catch (UnknownHostException e) {
                // no address: a name of the application's own
            }
        }
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
    }
}

package ai.primespark.core.vpn;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a TCP connection goes to.
 *
 * @param host a name or address; of an IPv6 address without brackets
 * @param port 1 to 65,535
 */
record HostPort(String host, int port) {

    private static final Pattern FORM =
            Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)]|([A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})))" + ":([0-9]{1,5})");

    static boolean isValid(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return false;
        }
        int port = Integer.parseInt(matcher.group(3));
        return port >= 1 && port <= 65_535;
    }

    /**
     * Reads {@code host:port} or {@code [IPv6]:port}.
     *
     * @throws IllegalArgumentException when it is neither
     */
    static HostPort parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!isValid(text) || !matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not host:port or [IPv6]:port");
        }
        String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        return new HostPort(host, Integer.parseInt(matcher.group(3)));
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}

package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.wireguard.WgFinding.Severity;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The values of a configuration as {@code wg} reads them, when all blanks have been taken out (config.c of wireguard-tools
 * 1.0.20210914). Newer tools also take AllowedIPs with a leading + or -, which make no whole state; refused here.
 */
final class WgValues {

    private static final int MAX_NAME = 253;

    /** Takes what is found; the offset counts in the value. */
    @FunctionalInterface
    interface Sink {
        void found(Severity severity, int offset, String message);
    }

    private final Sink sink;
    private final List<String> lookups;

    WgValues(Sink sink, List<String> lookups) {
        this.sink = sink;
        this.lookups = lookups;
    }

    private void error(int offset, String message) {
        sink.found(Severity.ERROR, offset, message);
    }

    private void lint(int offset, String message) {
        sink.found(Severity.LINT, offset, message);
    }

    /** Null when it is no key; a key of zeroes is one to WireGuard, and means none. */
    byte @Nullable [] key(String name, String value) {
        byte[] bytes = decode(value);
        if (bytes == null) {
            error(0, name + " is not a key: 32 bytes as 44 characters of base64, as `wg genkey` writes them");
            return null;
        }
        if (isZero(bytes)) {
            lint(0, name + " is all zeroes, which WireGuard takes for no key");
            return bytes;
        }
        if (name.equals("PublicKey") && WireGuardKeys.isUseless(VpnPublicKey.of(bytes))) {
            lint(0, "PublicKey is a point of low order: no handshake with it can succeed");
        }
        return bytes;
    }

    static byte @Nullable [] decode(String value) {
        try {
            byte[] bytes = Base64.getDecoder().decode(value);
            return bytes.length == 32
                            && Base64.getEncoder().encodeToString(bytes).equals(value)
                    ? bytes
                    : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    static boolean isZero(byte[] bytes) {
        int any = 0;
        for (byte b : bytes) {
            any |= b;
        }
        return any == 0;
    }

    void listenPort(String value) {
        port("ListenPort", value, 0);
    }

    private void port(String name, String value, int offset) {
        int port = WgNumbers.port(value);
        if (port >= 0) {
            if (!value.matches("0*[0-9]{1,5}") || WgNumbers.decimal(value) > 65_535) {
                lint(offset, name + " " + value + " is none between 0 and 65535; WireGuard would take it for " + port);
            }
        } else if (value.matches("[A-Za-z][A-Za-z0-9_-]*")) {
            lookups.add(value);
            error(offset, name + " is no number; names of services are not known to every machine");
        } else {
            error(offset, name + " is no number between 0 and 65535");
        }
    }

    void fwMark(String value) {
        if (!value.toLowerCase(Locale.ROOT).equals("off") && WgNumbers.mark(value) < 0) {
            error(0, "FwMark is neither off nor a number of at most 32 bits, decimal or 0x…");
        }
    }

    void keepalive(String value) {
        if (!value.toLowerCase(Locale.ROOT).equals("off")) {
            long seconds = WgNumbers.decimal(value);
            if (seconds < 0 || seconds > 65_535) {
                error(0, "PersistentKeepalive is neither off nor between 0 and 65535 seconds");
            }
        }
    }

    List<IpPrefix> allowedIps(String value) {
        List<IpPrefix> prefixes = new ArrayList<>();
        int offset = 0;
        for (String item : value.split(",", -1)) {
            IpPrefix prefix = prefix("AllowedIPs", item, offset);
            if (prefix == null) {
                return prefixes; // so does WireGuard
            }
            if (!prefix.network().equals(prefix)) {
                sink.found(
                        Severity.WARNING,
                        offset,
                        prefix + " has bits beyond its length, which are dropped; write " + prefix.network());
            }
            prefixes.add(prefix.network());
            offset += item.length() + 1;
        }
        return prefixes;
    }

    @Nullable
    IpPrefix prefix(String name, String item, int offset) {
        int slash = item.indexOf('/');
        IpPrefix address;
        try {
            String literal = slash < 0 ? item : item.substring(0, slash);
            address = IpPrefix.parse(literal);
        } catch (IllegalArgumentException e) {
            error(
                    offset,
                    item.isEmpty()
                            ? name + " has an empty entry"
                            : name + ": '" + item + "' begins with no IP address");
            return null;
        }
        if (slash < 0) {
            return address;
        }
        long length = WgNumbers.decimal(item.substring(slash + 1));
        if (length < 0 || length > address.length()) {
            error(
                    offset + slash + 1,
                    name + ": '" + item + "' has no prefix length between 0 and " + address.length()
                            + " after the slash");
            return null;
        }
        return new IpPrefix(address.address(), (int) length);
    }

    void endpoint(String value) {
        String host;
        int end;
        boolean brackets = value.startsWith("[");
        if (brackets) {
            end = value.indexOf(']');
            if (end < 0) {
                error(0, "Endpoint has a bracket that does not close");
                return;
            }
            host = value.substring(1, end);
            end++;
            if (end >= value.length() || value.charAt(end) != ':' || end + 1 == value.length()) {
                error(Math.min(end, value.length() - 1), "Endpoint has no :port after the bracket");
                return;
            }
        } else {
            end = value.lastIndexOf(':');
            if (end < 0 || end + 1 == value.length()) {
                error(0, "Endpoint has no :port");
                return;
            }
            host = value.substring(0, end);
        }
        String port = value.substring(end + 1);
        host(host, brackets);
        port("Endpoint's port", port, end + 1);
        if (WgNumbers.port(port) == 0) {
            lint(end + 1, "Endpoint's port is 0, to which nothing can be sent");
        }
    }

    private void host(String host, boolean brackets) {
        if (host.indexOf(':') >= 0) {
            ipv6Host(host, brackets);
        } else if (isAddress(host)) {
            if (brackets) {
                sink.found(Severity.WARNING, 1, "Endpoint's brackets are for IPv6 addresses only");
            }
        } else if (WgNumbers.isLooseIpv4(host)) {
            lint(0, "Endpoint '" + host + "' is not four decimal numbers; WireGuard makes some IPv4 address of it");
        } else if (host.equals("*")) {
            lint(0, "Endpoint '*' is taken for this machine itself");
        } else if (host.length() <= MAX_NAME
                && host.matches("[A-Za-z0-9_]([A-Za-z0-9_.-]*)")
                && !host.contains("..")
                && !host.matches("(.*\\.)?[0-9]+\\.?")) {
            lookups.add(host);
        } else {
            error(brackets ? 1 : 0, "Endpoint has neither an address nor a host's name before its port");
        }
    }

    private void ipv6Host(String host, boolean brackets) {
        int zone = host.indexOf('%');
        if (zone >= 0 && isAddress(host.substring(0, zone))) {
            lookups.add(host);
            lint(0, "Endpoint with a zone: the interface must exist on this machine");
        } else if (!isAddress(host)) {
            error(brackets ? 1 : 0, "Endpoint has no IPv6 address; write [address]:port");
        } else if (!brackets) {
            lint(0, "Endpoint is an IPv6 address without brackets; write [" + host + "]:port");
        }
    }

    private static boolean isAddress(String text) {
        try {
            return text.indexOf('/') < 0 && IpPrefix.parse(text).length() > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}

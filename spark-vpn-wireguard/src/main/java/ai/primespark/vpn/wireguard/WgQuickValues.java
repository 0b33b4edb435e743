package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.wireguard.WgFinding.Severity;
import org.jspecify.annotations.Nullable;

/** The values that {@code wg-quick} takes out of an interface's section (wg-quick manual; its script for Linux, 1.0.20210914). */
final class WgQuickValues {

    private static final int SMALLEST_MTU = 576; // of IPv4 (RFC 791); IPv6 wants 1280
    private static final int IPV6_MTU = 1280;

    private final WgRules rules;
    private final WgValues.Sink sink;

    WgQuickValues(WgRules rules, WgValues.Sink sink) {
        this.rules = rules;
        this.sink = sink;
    }

    void check(String key, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            error(key + " has no value");
        } else if (WgLine.HOOKS.contains(key)) {
            if (!rules.allowHooks()) {
                sink.found(
                        Severity.LINT,
                        0,
                        key + " runs a command as root; it is refused unless hooks are explicitly allowed");
            }
        } else {
            switch (key) {
                case "Address" -> addresses(value);
                case "DNS" -> dns(value);
                case "MTU" -> mtu(value);
                case "Table" -> table(value);
                default -> saveConfig(value);
            }
        }
    }

    private void error(String message) {
        sink.found(Severity.ERROR, 0, message);
    }

    private void addresses(String value) {
        for (String item : value.replace(',', ' ').strip().split("\\s+", -1)) {
            try {
                var unused = IpPrefix.parse(item);
            } catch (IllegalArgumentException e) {
                error("Address " + e.getMessage());
            }
        }
    }

    private void dns(String value) {
        for (String item : value.replace(',', ' ').strip().split("\\s+", -1)) {
            boolean address = item.matches("[0-9.]+") || item.indexOf(':') >= 0; // what wg-quick takes for one
            if (address && !isHost(item)) {
                error("DNS: '" + item + "' is not an IP address");
            } else if (!address && !item.matches("[A-Za-z0-9_]([A-Za-z0-9_.-]*)")) {
                error("DNS: '" + item + "' is neither an IP address nor a domain to search in");
            }
        }
    }

    private static boolean isHost(String item) {
        try {
            return item.indexOf('/') < 0 && IpPrefix.parse(item).length() > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void mtu(String value) {
        long mtu = WgNumbers.decimal(value);
        if (mtu < SMALLEST_MTU || mtu > 65_535) {
            error("MTU is no number between 576 and 65535");
        } else if (mtu < IPV6_MTU) {
            sink.found(Severity.WARNING, 0, "MTU is below 1280, with which IPv6 does not work");
        }
    }

    private void table(String value) {
        if (!value.matches("off|auto|main|[A-Za-z_][A-Za-z0-9_-]*") && WgNumbers.decimal(value) < 0) {
            error("Table is neither off, auto, a number nor the name of a routing table");
        }
    }

    private void saveConfig(String value) {
        if (!value.equals("true") && !value.equals("false")) {
            error("SaveConfig is neither true nor false");
        } else if (value.equals("true")) {
            sink.found(Severity.WARNING, 0, "SaveConfig overwrites this file, comments and all, at each down");
        }
    }
}

package ai.primespark.vpn.wireguard;

import java.math.BigInteger;
import java.util.Locale;

/** Numbers as C reads them, for WireGuard's tools do. */
final class WgNumbers {

    private static final BigInteger ULONG = BigInteger.ONE.shiftLeft(64);

    private WgNumbers() {}

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Digits alone, which may be very many; -1 for anything else, and for more than 32 bits hold. */
    static long decimal(String text) {
        if (text.isEmpty() || !text.chars().allMatch(c -> isDigit((char) c))) {
            return -1;
        }
        BigInteger value = new BigInteger(text);
        return value.bitLength() > 32 ? -1 : value.longValue();
    }

    /** A mark of packets: decimal or 0x…; -1 when it is none. */
    static long mark(String text) {
        if (text.length() > 2 && text.startsWith("0x")) {
            String digits = text.substring(2).toLowerCase(Locale.ROOT);
            if (!digits.matches("[0-9a-f]+")) {
                return -1;
            }
            BigInteger value = new BigInteger(digits, 16);
            return value.bitLength() > 32 ? -1 : value.longValue();
        }
        return decimal(text);
    }

    /**
     * A port as glibc's getaddrinfo reads it: strtoul, cut to an int and then to 16 bits; so 70000 is 4464.
     *
     * @return what is left, or -1 for what it takes for the name of a service
     */
    static int port(String text) {
        boolean negative = text.startsWith("-");
        String digits = negative || text.startsWith("+") ? text.substring(1) : text;
        if (digits.isEmpty() || !digits.chars().allMatch(c -> isDigit((char) c))) {
            return -1;
        }
        BigInteger value = new BigInteger(digits);
        if (value.bitLength() > 64) {
            return -1; // ULONG_MAX, which is -1 as an int
        }
        int cut = (negative ? ULONG.subtract(value) : value).intValue();
        return cut < 0 ? -1 : cut & 0xffff;
    }

    /** Whether glibc's inet_aton takes it for an IPv4 address: also 10.1, 0x7f.1, 017.0.0.1 and 12345. */
    static boolean isLooseIpv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length > 4) {
            return false;
        }
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i].toLowerCase(Locale.ROOT);
            int radix = part.startsWith("0x") ? 16 : part.startsWith("0") ? 8 : 10;
            String digits = radix == 16 ? part.substring(2) : part;
            String allowed = radix == 16 ? "[0-9a-f]+" : radix == 8 ? "[0-7]+" : "[0-9]+";
            if (!digits.matches(allowed)) {
                return false;
            }
            int bits = i == parts.length - 1 ? 8 * (4 - i) : 8;
            if (new BigInteger(digits, radix).bitLength() > bits) {
                return false;
            }
        }
        return true;
    }
}

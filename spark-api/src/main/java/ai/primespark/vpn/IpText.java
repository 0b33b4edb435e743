package ai.primespark.vpn;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Addresses as text, read as strictly as {@code inet_pton} reads them, which WireGuard's tools use. The JDK's own reader takes more
 * ({@code 10.8.1}, {@code ::1%lo}), and makes an IPv4 address of {@code ::ffff:10.8.0.1}.
 */
final class IpText {

    private IpText() {}

    /** Null when it is no address. */
    static @Nullable InetAddress parse(String text) {
        byte[] bytes = text.indexOf(':') < 0 ? four(text) : sixteen(text);
        return bytes == null ? null : address(bytes);
    }

    static InetAddress address(byte[] bytes) {
        try {
            return bytes.length == 16 ? Inet6Address.getByAddress(null, bytes, -1) : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length, e);
        }
    }

    private static byte @Nullable [] four(String text) {
        byte[] bytes = new byte[4];
        int part = 0;
        int value = -1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                if (value == 0) {
                    return null; // a leading zero: octal to some
                }
                value = Math.max(value, 0) * 10 + c - '0';
                if (value > 255) {
                    return null;
                }
                bytes[part] = (byte) value;
            } else if (c == '.' && value >= 0 && part < 3) {
                part++;
                value = -1;
            } else {
                return null;
            }
        }
        return part == 3 && value >= 0 ? bytes : null;
    }

    private static byte @Nullable [] sixteen(String text) {
        byte[] bytes = new byte[16];
        int length = 0;
        int gap = -1;
        int at = 0;
        if (text.startsWith(":")) {
            if (!text.startsWith("::")) {
                return null;
            }
            at = 1; // the second colon is met below as the gap
        }
        while (at < text.length()) {
            if (text.charAt(at) == ':') {
                if (gap >= 0) {
                    return null;
                }
                gap = length;
                at++;
                continue;
            }
            int end = at;
            while (end < text.length() && text.charAt(end) != ':') {
                end++;
            }
            String group = text.substring(at, end);
            if (group.indexOf('.') >= 0) {
                byte[] tail = four(group);
                if (tail == null || end != text.length() || length > 12) {
                    return null;
                }
                System.arraycopy(tail, 0, bytes, length, 4);
                length += 4;
                break;
            }
            int value = hex(group);
            if (value < 0 || length > 14) {
                return null;
            }
            bytes[length++] = (byte) (value >> 8);
            bytes[length++] = (byte) value;
            if (end == text.length()) {
                break;
            }
            at = end + 1;
            if (at == text.length()) {
                return null; // a single colon at the end
            }
        }
        if (gap < 0) {
            return length == 16 ? bytes : null;
        }
        if (length == 16) {
            return null; // nothing is left for the gap to stand for
        }
        System.arraycopy(bytes, gap, bytes, gap + 16 - length, length - gap);
        Arrays.fill(bytes, gap, gap + 16 - length, (byte) 0);
        return bytes;
    }

    private static int hex(String group) {
        if (group.isEmpty() || group.length() > 4) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < group.length(); i++) {
            char c = group.charAt(i);
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /** The usual short form (RFC 5952), as {@code wg show} prints it. */
    static String format(byte[] bytes) {
        if (bytes.length == 4) {
            return (bytes[0] & 255) + "." + (bytes[1] & 255) + "." + (bytes[2] & 255) + "." + (bytes[3] & 255);
        }
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (bytes[2 * i] & 255) << 8 | bytes[2 * i + 1] & 255;
        }
        int gap = -1;
        int longest = 1; // a single group of zeroes stays
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && groups[end] == 0) {
                end++;
            }
            if (end - i > longest) {
                gap = i;
                longest = end - i;
            }
        }
        StringBuilder text = new StringBuilder(40);
        for (int i = 0; i < 8; i++) {
            if (i == gap) {
                text.append("::");
                i += longest - 1;
                continue;
            }
            if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}

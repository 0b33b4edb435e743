package ai.primespark.memory.s3;

import ai.primespark.spi.TierKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Which object holds what. Below the tier's prefix:
 *
 * <pre>
 * records/&lt;namespace&gt;/&lt;name&gt;   one record each, as RecordFormat says
 * blobs/&lt;ab&gt;/&lt;sha256&gt;           chunks of large binaries, ab being the first two digits
 * identity                      the storage's own name
 * probe/&lt;random&gt;                objects of a moment, by which the server is tried out
 * </pre>
 *
 * <p>A name is its key's UTF-8 with every byte but letters, digits and {@code -} replaced by a mark and two hexadecimal digits.
 * There are five marks, each in the gap of ASCII where the bytes that it stands for belong, so that names sort as keys do:
 *
 * <pre>
 * !  for space to ,      .  for . and /      =  for : to @      _  for [ to `      ~  for { and above
 * </pre>
 *
 * <p>So {@code user/0001} is {@code user.2f0001}. Slashes are escaped because servers on a file system refuse {@code a} beside
 * {@code a/b}, and {@code //} or {@code ..} at all. As file names must not be too long either, {@code !/} stands after every 200
 * characters if more follow; no key gives these two by itself. S3 ends names at 1,024 bytes, so a name of more than 720
 * characters is cut there, and {@code !/} and the SHA-256 of the key follow. The record itself has the key in full.
 *
 * <p>Immutable.
 */
final class S3Names {

    /** Longest escaped name that is used whole. */
    static final int LONGEST = 720;

    private static final int SEGMENT = 200;
    private static final String BREAK = "!/";
    private static final String HEX = "0123456789abcdef";

    private final String root;

    /**
     * Makes names.
     *
     * @param prefix without slashes at its ends; may be empty
     */
    S3Names(String prefix) {
        this.root = prefix.isEmpty() ? "" : prefix + "/";
    }

    String record(TierKey key) {
        byte[] utf8 = key.key().getBytes(StandardCharsets.UTF_8);
        String escaped = escape(utf8);
        String base = namespace(key.namespace()) + broken(cut(escaped));
        return escaped.length() <= LONGEST
                ? base
                : base + BREAK + HexFormat.of().formatHex(sha256().digest(utf8));
    }

    /** What the names of all records begin with. */
    String records() {
        return root + "records/";
    }

    /** What the names of a namespace's keys begin with. */
    String namespace(String namespace) {
        return records() + namespace + "/";
    }

    /** What the names of all keys with a prefix begin with. Of those with a very long prefix, others' names may, too. */
    String prefix(String namespace, String prefix) {
        return namespace(namespace) + broken(cut(escape(prefix.getBytes(StandardCharsets.UTF_8))));
    }

    /** Whether a record's name was cut. */
    boolean isCut(String name) {
        return name.length() > 66
                && name.startsWith(BREAK, name.length() - 66)
                && name.length() - name.indexOf('/', records().length()) - 1 == CUT_LENGTH;
    }

    private static final int CUT_LENGTH = LONGEST + (LONGEST / SEGMENT) * BREAK.length() + BREAK.length() + 64;

    /** What all the names begin with that were cut to the same one. */
    String group(String cutName) {
        return cutName.substring(0, cutName.length() - 64);
    }

    String blobs() {
        return root + "blobs/";
    }

    String blob(String sha256) {
        return root + "blobs/" + sha256.substring(0, 2) + "/" + sha256;
    }

    String identity() {
        return root + "identity";
    }

    String probes() {
        return root + "probe/";
    }

    private static String cut(String escaped) {
        return escaped.length() <= LONGEST ? escaped : escaped.substring(0, LONGEST);
    }

    private static String broken(String escaped) {
        if (escaped.length() <= SEGMENT) {
            return escaped;
        }
        StringBuilder name = new StringBuilder(escaped.length() + 2 * BREAK.length());
        for (int at = 0; at < escaped.length(); at += SEGMENT) {
            if (at > 0) {
                name.append(BREAK);
            }
            name.append(escaped, at, Math.min(escaped.length(), at + SEGMENT));
        }
        return name.toString();
    }

    private static String escape(byte[] utf8) {
        StringBuilder name = new StringBuilder(utf8.length + 16);
        for (byte b : utf8) {
            int c = b & 0xFF;
            if (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c == '-') {
                name.append((char) c);
            } else {
                name.append(mark(c)).append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            }
        }
        return name.toString();
    }

    private static char mark(int c) {
        if (c < '-') {
            return '!';
        }
        if (c <= '/') {
            return '.';
        }
        if (c <= '@') {
            return '=';
        }
        return c <= '`' ? '_' : '~';
    }

    static MessageDigest sha256() {
        return digest("SHA-256");
    }

    static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }
}

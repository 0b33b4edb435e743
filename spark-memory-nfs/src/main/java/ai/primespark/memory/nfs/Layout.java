package ai.primespark.memory.nfs;

import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Where everything lies below the tier's directory. Every name is short, lower case and ASCII, so that no share, server or
 * platform folds two of them together; the key itself stands in the record.
 *
 * <pre>
 * .prime-spark-tier           marks the storage: format, UUID, when made; written last
 * data/2 hex/62 hex.rec       records; the name is the SHA-256 of namespace, a zero byte and key
 * data/2 hex/62 hex.lock/     a directory while somebody writes the record
 * blobs/2 hex/62 hex.blob     chunks; the name is the SHA-256 of the content
 * leases/2 hex/62 hex.lease   leases, named like records
 * tmp/                        what is being written; swept after a day
 * damaged/                    damaged records that were replaced; swept after 30 days
 * </pre>
 */
final class Layout {

    static final String MARKER = ".prime-spark-tier";
    static final String FORMAT = "1";
    static final String NAMING = "sha256-2-62";

    static final String RECORD = ".rec";
    static final String LOCK = ".lock";
    static final String BLOB = ".blob";
    static final String LEASE = ".lease";

    static final int SHARDS = 256;

    private static final HexFormat HEX = HexFormat.of();

    private final Path root;
    private final String data;
    private final String blobs;
    private final String leases;
    private final MessageDigest sha256 = sha256();

    Layout(Path root) {
        this.root = root;
        this.data = root.resolve("data") + File.separator;
        this.blobs = root.resolve("blobs") + File.separator;
        this.leases = root.resolve("leases") + File.separator;
    }

    Path root() {
        return root;
    }

    Path marker() {
        return root.resolve(MARKER);
    }

    Path tmp() {
        return root.resolve("tmp");
    }

    Path damaged() {
        return root.resolve("damaged");
    }

    Path data() {
        return root.resolve("data");
    }

    Path blobs() {
        return root.resolve("blobs");
    }

    Path leases() {
        return root.resolve("leases");
    }

    /** Two hexadecimal digits. */
    static String shard(int number) {
        return HEX.toHexDigits((byte) number);
    }

    /** 64 hexadecimal digits. */
    String hash(TierKey key) {
        MessageDigest digest;
        try {
            digest = (MessageDigest) sha256.clone(); // faster than asking the security providers each time
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the platform's SHA-256 can be cloned", e);
        }
        digest.update(key.namespace().getBytes(StandardCharsets.US_ASCII));
        digest.update((byte) 0);
        return HEX.formatHex(digest.digest(key.key().getBytes(StandardCharsets.UTF_8)));
    }

    String record(String hash) {
        return place(data, hash, RECORD);
    }

    Path lock(String hash) {
        return Path.of(place(data, hash, LOCK));
    }

    Path lease(String hash) {
        return Path.of(place(leases, hash, LEASE));
    }

    Path leaseLock(String hash) {
        return Path.of(place(leases, hash, LOCK));
    }

    Path blob(String sha) {
        if (sha.length() != 64 || !isHex(sha)) { // becomes a path
            throw new TierException(
                    TierException.Kind.PERMANENT, "a chunk's name is 64 lower-case hexadecimal digits", null);
        }
        return Path.of(place(blobs, sha, BLOB));
    }

    static boolean isHex(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }

    private static String place(String directory, String hash, String suffix) {
        return directory + hash.substring(0, 2) + File.separatorChar + hash.substring(2) + suffix;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

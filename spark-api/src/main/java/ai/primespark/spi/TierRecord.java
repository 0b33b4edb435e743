package ai.primespark.spi;

import ai.primespark.memory.Version;
import java.util.Objects;

/**
 * A value's record as tiers move it: key, version, expiry, how the body is encoded, and the body. Immutable; the body's array
 * is not copied, and nobody may modify it.
 *
 * <p>{@link RecordFormat} is its form in bytes, the same in every tier.
 */
public final class TierRecord {

    /** {@link #expiresAtMillis()} of a record without end. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final byte[] NO_BODY = {};

    private final TierKey key;
    private final Version version;
    private final long expiresAtMillis;
    private final boolean tombstone;
    private final String encoding;
    private final byte[] body;

    private TierRecord(
            TierKey key, Version version, long expiresAtMillis, boolean tombstone, String encoding, byte[] body) {
        this.key = Objects.requireNonNull(key, "key");
        this.version = Objects.requireNonNull(version, "version");
        this.expiresAtMillis = expiresAtMillis;
        this.tombstone = tombstone;
        this.encoding = Objects.requireNonNull(encoding, "encoding");
        this.body = Objects.requireNonNull(body, "body");
        if (expiresAtMillis < 0) {
            throw new IllegalArgumentException("expiry must not be negative: " + expiresAtMillis);
        }
        if (!isEncoding(encoding)) {
            throw new IllegalArgumentException("an encoding has at most 100 visible ASCII characters");
        }
    }

    private static boolean isEncoding(String name) {
        int length = name.length();
        for (int i = 0; i < length; i++) { // no stream: this runs for every record that is read
            if (name.charAt(i) <= 0x20 || name.charAt(i) >= 0x7F) {
                return false;
            }
        }
        return length <= 100;
    }

    /**
     * A record with a value.
     *
     * @param key the key
     * @param version the version
     * @param expiresAtMillis when it ends, in milliseconds since 1970, or {@link #NEVER}
     * @param encoding how the body was made, for example {@code json} or {@code json+deflate}; at most 100 visible ASCII
     *     characters
     * @param body the encoded value; not copied
     * @return the record
     */
    public static TierRecord value(TierKey key, Version version, long expiresAtMillis, String encoding, byte[] body) {
        return new TierRecord(key, version, expiresAtMillis, false, encoding, body);
    }

    /**
     * A record that says that there is no value.
     *
     * @param key the key
     * @param version the version
     * @param expiresAtMillis when it may be forgotten
     * @return the record
     */
    public static TierRecord tombstone(TierKey key, Version version, long expiresAtMillis) {
        return new TierRecord(key, version, expiresAtMillis, true, "", NO_BODY);
    }

    /**
     * The key.
     *
     * @return the key
     */
    public TierKey key() {
        return key;
    }

    /**
     * The version.
     *
     * @return the version
     */
    public Version version() {
        return version;
    }

    /**
     * When it ends.
     *
     * @return milliseconds since 1970, or {@link #NEVER}
     */
    public long expiresAtMillis() {
        return expiresAtMillis;
    }

    /**
     * Whether it says that there is no value.
     *
     * @return true for tombstones
     */
    public boolean isTombstone() {
        return tombstone;
    }

    /**
     * Whether it has ended.
     *
     * @param nowMillis now, in milliseconds since 1970
     * @return true when it has
     */
    public boolean isExpired(long nowMillis) {
        return expiresAtMillis <= nowMillis;
    }

    /**
     * Whether it holds a value at a moment.
     *
     * @param nowMillis now, in milliseconds since 1970
     * @return false for tombstones and ended records
     */
    public boolean isLive(long nowMillis) {
        return !tombstone && expiresAtMillis > nowMillis;
    }

    /**
     * How the body was made.
     *
     * @return empty for tombstones
     */
    public String encoding() {
        return encoding;
    }

    /**
     * The encoded value.
     *
     * @return the array itself; not to be modified
     */
    public byte[] body() {
        return body;
    }

    @Override
    public String toString() { // never the body
        return "TierRecord[" + key + ", " + version + (tombstone ? ", tombstone" : ", " + body.length + " bytes") + "]";
    }
}

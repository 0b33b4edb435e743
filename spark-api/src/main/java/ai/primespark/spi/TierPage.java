package ai.primespark.spi;

import ai.primespark.memory.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a tier's listing.
 *
 * @param headers records without bodies
 * @param next what to pass for the next page, or null at the end; opaque to the engine
 */
public record TierPage(List<Header> headers, @Nullable String next) {

    /** Copies the list. */
    public TierPage {
        headers = List.copyOf(headers);
    }

    /**
     * A record without its body.
     *
     * @param key the key
     * @param version the version
     * @param expiresAtMillis when it ends, in milliseconds since 1970, or {@link TierRecord#NEVER}
     * @param tombstone whether it says that there is no value
     * @param bodyBytes the body's size
     */
    public record Header(TierKey key, Version version, long expiresAtMillis, boolean tombstone, long bodyBytes) {

        /**
         * The header of a record.
         *
         * @param record the record
         * @return its header
         */
        public static Header of(TierRecord record) {
            return new Header(
                    record.key(),
                    record.version(),
                    record.expiresAtMillis(),
                    record.isTombstone(),
                    record.body().length);
        }
    }
}

package ai.primespark.spi;

import ai.primespark.Experimental;
import java.util.List;

/**
 * News of changes that others make to a shared tier, so that copies kept nearer can be dropped in time. Thread-safe.
 *
 * <p>What a tier with a feed guarantees:
 *
 * <ul>
 *   <li>A key is watched from the moment on at which {@link MemoryTier#get} or {@link MemoryTier#getAll} reads it, whether
 *       there is a record or not, and from the moment on at which {@link MemoryTier#apply} looked at it. Any change of a watched key by somebody
 *       else, an eviction and an expiry included, is announced once; then the key is watched again as soon as it is read.
 *   <li>News and answers come in the order in which they happened: when a read has been answered, every change after the moment
 *       it shows is announced later than the answer was completed. A change may be announced while the answer to an older read
 *       is still on its way to the thread that waits for it.
 *   <li>Changes made through this very tier instance need not be announced: whoever makes them takes care of the copies. A
 *       write that failed by time is announced if it turns out to have been done.
 *   <li>More news than changes is legal.
 * </ul>
 *
 * <p>It follows how a copy must be filled. Leave a token under the key <em>before</em> the read is begun; when the answer is there,
 * replace the token by the copy only if it still is this token, atomically. {@link Listener#onInvalidate} and a write of one's own
 * remove whatever stands under the key, token or copy; {@link Listener#onInvalidateAll}, {@link Listener#onGap} and
 * {@link Listener#onRestored} remove everything. Between a gap and its end nothing is filled.
 */
@Experimental
public interface InvalidationFeed {

    /**
     * Starts listening. While news is interrupted, or has not begun, the listener hears {@link Listener#onGap()} at once, before
     * this method returns.
     *
     * @param listener called in the order of the news, on a thread of the tier's; must be fast, and must not wait for this tier
     * @return closes the subscription
     */
    AutoCloseable subscribe(Listener listener);

    /** Gets the news. */
    interface Listener {

        /**
         * These keys have changed.
         *
         * @param keys the keys
         */
        void onInvalidate(List<TierKey> keys);

        /** Anything may have changed. */
        void onInvalidateAll();

        /** News may have been lost, and will be until {@link #onRestored()}: nothing copied from this tier can be trusted. */
        void onGap();

        /**
         * News arrives again; reads that begin from now on are watched. Called before the tier answers any of them. A copy whose
         * read began earlier must not be kept.
         */
        void onRestored();
    }
}

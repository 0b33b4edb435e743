package ai.primespark.spi;

import ai.primespark.Experimental;
import java.util.List;

/**
 * News of changes that others make to a shared tier. Reading a key, or finding it missing, asks for news of its next change by
 * another; later changes are told of only after it was read again. Changes that the tier itself makes need not be told, and may
 * end the news of the key.
 */
@Experimental
public interface InvalidationFeed {

    /**
     * Starts listening. When news cannot arrive yet, {@link Listener#onGap} is called before this returns.
     *
     * @param listener called in the order of the news, on a thread of the tier's; must be fast
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

        /** News arrives again; what is read from now on will be invalidated reliably. */
        void onRestored();
    }
}

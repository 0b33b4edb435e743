package ai.primespark.spi;

import ai.primespark.Experimental;
import java.util.List;

/** News of changes that others make to a shared tier. */
@Experimental
public interface InvalidationFeed {

    /**
     * Starts listening.
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

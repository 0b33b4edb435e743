package ai.primespark.event;

import java.util.function.Consumer;

/** The event stream of an instance. Thread-safe. */
public interface SparkEvents {

    /**
     * Listens to events of one type and its subtypes.
     *
     * <p>Each subscriber has a thread of its own and gets events in order. One that is more than 1,000 events behind loses the
     * oldest, and is told by {@link SparkEvent.EventsLost}. What it throws is logged and does not end the subscription.
     *
     * @param type for example {@code SparkEvent.class} for all
     * @param listener gets the events; may block
     * @param <E> the type
     * @return ends the subscription when closed
     */
    <E extends SparkEvent> Subscription subscribe(Class<E> type, Consumer<? super E> listener);

    /** Ends a subscription. */
    @FunctionalInterface
    interface Subscription extends AutoCloseable {
        /** Ends it; harmless when repeated. */
        @Override
        void close();
    }
}

package ai.primespark.spi;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * Counts and times. Names are dotted lower case, {@code spark.memory.get}; tag values must come from a small fixed set, never
 * from keys, prompts or users. Thread-safe; cheap enough for hot paths once a {@link Counter} or {@link Timer} is held.
 */
public interface Meters {

    /**
     * A count that only grows. Asking twice gives the same counter.
     *
     * @param name dotted name
     * @param tags name, value, name, value …
     * @return the counter
     */
    Counter counter(String name, String... tags);

    /**
     * Durations of something that happens often. Asking twice gives the same timer.
     *
     * @param name dotted name
     * @param tags name, value, name, value …
     * @return the timer
     */
    Timer timer(String name, String... tags);

    /**
     * A value that is read when somebody looks. A second registration of the same name and tags replaces the first.
     *
     * @param name dotted name
     * @param value fast, must not block; NaN when not known
     * @param tags name, value, name, value …
     */
    void gauge(String name, DoubleSupplier value, String... tags);

    /** A count that only grows. */
    @FunctionalInterface
    interface Counter {
        /**
         * Adds.
         *
         * @param amount not negative
         */
        void add(double amount);

        /** Adds one. */
        default void increment() {
            add(1);
        }
    }

    /** Durations of something. */
    @FunctionalInterface
    interface Timer {
        /**
         * Records one duration.
         *
         * @param duration not negative
         */
        void record(Duration duration);
    }

    /**
     * Discards everything.
     *
     * @return a sink without memory
     */
    static Meters discarding() {
        return DiscardingMeters.INSTANCE;
    }
}

package ai.primespark.memory;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The outcome of a conditional write. */
public sealed interface WriteResult permits Stored, WriteResult.Conflict {

    /**
     * Whether the write was done.
     *
     * @return true for {@link Stored}
     */
    default boolean isStored() {
        return this instanceof Stored;
    }

    /**
     * The condition did not hold; nothing was written.
     *
     * @param current the version that is there, or null when there is no value
     */
    record Conflict(@Nullable Version current) implements WriteResult {

        /**
         * What is there instead.
         *
         * @return empty when there is no value
         */
        public Optional<Version> currentVersion() {
            return Optional.ofNullable(current);
        }
    }
}

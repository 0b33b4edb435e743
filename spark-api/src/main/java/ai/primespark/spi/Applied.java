package ai.primespark.spi;

import ai.primespark.memory.Version;
import org.jspecify.annotations.Nullable;

/** The outcome of {@link MemoryTier#apply}. */
public sealed interface Applied permits Applied.Done, Applied.Older, Applied.Conflict {

    /** The record was stored. */
    Applied DONE = new Done();

    /** The record was stored. */
    record Done() implements Applied {}

    /**
     * The condition held, but the record held is as new or newer; nothing changed.
     *
     * @param current its version
     */
    record Older(Version current) implements Applied {}

    /**
     * The condition did not hold; nothing changed.
     *
     * @param current the version of the live value that is there, or null when there is none
     */
    record Conflict(@Nullable Version current) implements Applied {}
}

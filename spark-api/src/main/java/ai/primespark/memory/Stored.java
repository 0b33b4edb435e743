package ai.primespark.memory;

import java.util.List;
import java.util.Objects;

/**
 * A write that was acknowledged.
 *
 * @param version of the record written
 * @param pending ids of the tiers that do not have it yet and will get it in the background
 */
public record Stored(Version version, List<String> pending) implements WriteResult {

    /** Copies the list. */
    public Stored {
        Objects.requireNonNull(version, "version");
        pending = List.copyOf(pending);
    }
}

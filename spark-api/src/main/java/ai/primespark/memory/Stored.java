package ai.primespark.memory;

import java.util.List;
import java.util.Objects;

/**
 * A write that was acknowledged.
 *
 * @param version of the record written
 * @param pending ids of the tiers that do not have it yet and will get it in the background
 * @param trouble empty, or one sentence on why the pending tiers may not get it: the journal could not be written, so what is
 *     pending is lost if the process ends before
 */
public record Stored(Version version, List<String> pending, String trouble) implements WriteResult {

    /** Copies the list. */
    public Stored {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(trouble, "trouble");
        pending = List.copyOf(pending);
    }

    /**
     * A write without trouble.
     *
     * @param version of the record written
     * @param pending ids of the tiers that will get it in the background
     */
    public Stored(Version version, List<String> pending) {
        this(version, pending, "");
    }
}

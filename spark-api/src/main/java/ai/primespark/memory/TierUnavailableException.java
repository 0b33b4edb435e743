package ai.primespark.memory;

import java.util.List;

/** A tier that the operation needs cannot be asked. Trying again later may help. */
public final class TierUnavailableException extends MemoryException {

    private static final long serialVersionUID = 1L;

    private final transient List<String> tiers;

    /**
     * Names the operation and the tiers.
     *
     * @param operation for example {@code "read"}
     * @param tiers ids of the tiers, with the reason, for example {@code "nas: circuit open"}
     */
    public TierUnavailableException(String operation, List<String> tiers) {
        super(
                "cannot " + operation + ": the answer depends on tiers that cannot be asked now " + tiers
                        + "; try again, or see PrimeSpark.health()",
                true,
                null);
        this.tiers = List.copyOf(tiers);
    }

    /**
     * The tiers that could not be asked.
     *
     * @return ids with reasons; unmodifiable
     */
    public List<String> tiers() {
        return tiers;
    }
}

package ai.primespark.memory;

/** A value is larger than memory, or one of the tiers it has to reach, takes. Larger data belongs into {@link ObjectStore}. */
public final class ValueTooLargeException extends MemoryException {

    private static final long serialVersionUID = 1L;

    /**
     * Names the value.
     *
     * @param message which value, how large it is, and how large it may be
     */
    public ValueTooLargeException(String message) {
        super(message, false, null);
    }
}

package ai.primespark.memory;

/** A piece of an upload, or an upload, is refused. */
public final class UploadException extends MemoryException {

    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** Why, as far as a program can act on it. */
    public enum Kind {
        /** The piece does not begin where the last one ended, or something is missing at the end. */
        WRONG_OFFSET,
        /** Somebody else is at work on this upload. */
        BUSY,
        /** More than the announced length, or than the largest object. */
        TOO_LARGE,
        /** This machine has no room for it. */
        NO_SPACE,
        /** As many uploads as are allowed have been begun and not finished. */
        TOO_MANY,
        /** The upload was forgotten, because it was aborted or over its time. */
        GONE
    }

    /**
     * Makes an exception.
     *
     * @param kind why
     * @param message which upload, and what to do about it
     */
    public UploadException(Kind kind, String message) {
        super(message, kind == Kind.BUSY || kind == Kind.TOO_MANY, null);
        this.kind = kind;
    }

    /**
     * Why.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }
}

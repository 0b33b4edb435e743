package ai.primespark.core.journal;

import ai.primespark.SparkException;
import org.jspecify.annotations.Nullable;

/** The journal cannot do what was asked. */
public final class JournalException extends SparkException {

    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final boolean uncertain;

    /** What went wrong. */
    public enum Kind {
        /** There is no room now. */
        FULL,
        /** The disk fails or does not answer. */
        DISK,
        /** The entry is damaged. */
        DAMAGED,
        /** The entry is not there any more. */
        RELEASED,
        /** Another process uses the directory, or it holds something else. */
        UNUSABLE,
        /** The journal is closed. */
        CLOSED
    }

    JournalException(Kind kind, boolean uncertain, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.uncertain = uncertain;
    }

    /**
     * What went wrong.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Whether the entry may come to be in the journal all the same.
     *
     * @return true when the disk did not answer in time
     */
    public boolean uncertain() {
        return uncertain;
    }

    @Override
    public boolean retryable() {
        return kind == Kind.FULL || kind == Kind.DISK;
    }
}

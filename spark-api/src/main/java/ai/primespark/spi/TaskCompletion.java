package ai.primespark.spi;

import ai.primespark.agent.CancelReason;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The outcome of an attempt. */
public sealed interface TaskCompletion {

    /**
     * It is done.
     *
     * @param result the encoded result, or null for none; not to be modified
     */
    record Success(byte @Nullable [] result) implements TaskCompletion {}

    /**
     * It failed, and counts as a failure.
     *
     * @param error for people; never a payload
     * @param retryIn after which pause it is tried again, or null when it is dead
     */
    record Failure(String error, @Nullable Duration retryIn) implements TaskCompletion {

        /** Refuses nulls and negative pauses. */
        public Failure {
            Objects.requireNonNull(error, "error");
            if (retryIn != null && retryIn.isNegative()) {
                throw new IllegalArgumentException("a pause must not be negative: " + retryIn);
            }
        }
    }

    /**
     * It is handed back as it is and counts as nothing; other agents may take it at once.
     *
     * @param reason power or shutdown
     * @param checkpoint where to go on, or null to keep the last one; not to be modified
     */
    record Release(CancelReason reason, byte @Nullable [] checkpoint) implements TaskCompletion {

        /** Refuses nulls and other reasons. */
        public Release {
            Objects.requireNonNull(reason, "reason");
            if (reason != CancelReason.POWER && reason != CancelReason.SHUTDOWN) {
                throw new IllegalArgumentException("a task is handed back for POWER or SHUTDOWN, not " + reason);
            }
        }

        /**
         * Handed back with the checkpoint that it has.
         *
         * @param reason power or shutdown
         */
        @SuppressWarnings("NullAway") // which does not see the annotation of an array in a compact constructor
        public Release(CancelReason reason) {
            this(reason, null);
        }
    }

    /**
     * It obeyed a cancellation.
     *
     * @param reason {@link CancelReason#USER}, which ends it as cancelled, or {@link CancelReason#DEADLINE}, as expired
     */
    record Stopped(CancelReason reason) implements TaskCompletion {

        /** Refuses nulls and other reasons. */
        public Stopped {
            Objects.requireNonNull(reason, "reason");
            if (reason != CancelReason.USER && reason != CancelReason.DEADLINE) {
                throw new IllegalArgumentException("an attempt stops for USER or DEADLINE, not " + reason);
            }
        }
    }
}

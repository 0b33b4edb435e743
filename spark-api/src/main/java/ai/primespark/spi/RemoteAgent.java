package ai.primespark.spi;

import ai.primespark.agent.AgentCallbacks;
import ai.primespark.agent.AgentProfile;
import ai.primespark.agent.TaskContext;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An agent that does its work elsewhere and knows no queue: a program in another language, a device. The engine claims tasks for
 * it, keeps their leases, and hands it one attempt after the other; retries, back-off, circuit breaker and the decision whether it
 * is given anything at all are the engine's. Thread-safe.
 */
public interface RemoteAgent extends SparkComponent {

    /**
     * Who it is.
     *
     * @return constant
     */
    AgentProfile profile();

    /**
     * The types of task that it does.
     *
     * @return constant, unmodifiable, not empty
     */
    Set<String> types();

    /**
     * Asks the agent whether it is there and would take work. Blocks until the deadline at most, and does not throw because the
     * agent is away.
     *
     * @param deadline when the answer is of no more use
     * @return why it should get nothing now, for people; empty when it may
     */
    Optional<String> obstacle(Deadline deadline);

    /**
     * Has one attempt done, and waits for its end. Once the attempt {@linkplain TaskContext#onCancel is to stop}, it tells the
     * agent so and returns soon.
     *
     * @param work what to do
     * @param context the attempt: identity, progress, deadline, cancellation
     * @return how it ended
     * @throws InterruptedException when the thread is interrupted and the attempt is not to stop
     */
    Outcome execute(Work work, TaskContext context) throws InterruptedException;

    /**
     * Where the agent's callbacks go.
     *
     * @return knows no path unless overridden
     */
    default AgentCallbacks callbacks() {
        return AgentCallbacks.NONE;
    }

    /**
     * What a task is about.
     *
     * @param type its type, one of {@link #types()}
     * @param payload the encoded payload; not to be modified
     * @param encoding how it was made, as {@link TaskEnvelope#encoding()} says
     */
    record Work(String type, byte[] payload, String encoding) {

        /** Refuses nulls. */
        public Work {
            Objects.requireNonNull(type, "type");
            Objects.requireNonNull(payload, "payload");
            Objects.requireNonNull(encoding, "encoding");
        }

        @Override
        public String toString() { // without the payload
            return "Work[" + type + ", " + payload.length + " bytes of " + encoding + "]";
        }
    }

    /** How an attempt ended. */
    sealed interface Outcome {

        /**
         * The work is done.
         *
         * @param result the result as JSON, or null for none; not to be modified
         */
        record Done(byte @Nullable [] result) implements Outcome {

            @Override
            public String toString() { // without the result
                return result == null ? "Done[]" : "Done[" + result.length + " bytes]";
            }
        }

        /**
         * The agent is well, and the work failed.
         *
         * @param error for people; never a payload
         * @param retryable whether another attempt may succeed
         */
        record Failed(String error, boolean retryable) implements Outcome {}

        /**
         * The agent did not begin, so that the task is handed back and no failure of its own.
         *
         * @param why for people
         * @param pause how long the agent is to be left alone; not negative
         * @param broken whether that is a fault of the agent's, and no mere lack of room
         */
        record NotTaken(String why, Duration pause, boolean broken) implements Outcome {}

        /**
         * The agent or the way to it failed, after it may have begun. Counts as a failure of the task, which is tried again.
         *
         * @param error for people; never a payload
         */
        record Broken(String error) implements Outcome {}

        /** The attempt was to stop, and the agent has been told. */
        record Stopped() implements Outcome {}
    }
}

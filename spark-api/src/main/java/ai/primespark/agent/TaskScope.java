package ai.primespark.agent;

import java.util.Objects;

/** What a pause is about. Immutable and thread-safe. */
public sealed interface TaskScope {

    /** Every task. */
    record All() implements TaskScope {}

    /**
     * Tasks of one type.
     *
     * @param type the type
     */
    record OfType(String type) implements TaskScope {
        /** Refuses nulls. */
        public OfType {
            Objects.requireNonNull(type, "type");
        }
    }

    /**
     * Tasks up to a priority.
     *
     * @param highest the highest priority that is paused
     */
    record UpTo(Priority highest) implements TaskScope {
        /** Refuses nulls. */
        public UpTo {
            Objects.requireNonNull(highest, "highest");
        }
    }

    /**
     * Whatever one agent would take.
     *
     * @param agentId the agent
     */
    record OnAgent(String agentId) implements TaskScope {
        /** Refuses nulls. */
        public OnAgent {
            Objects.requireNonNull(agentId, "agentId");
        }
    }
}

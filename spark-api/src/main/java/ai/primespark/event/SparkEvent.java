package ai.primespark.event;

import ai.primespark.agent.AgentStatus;
import ai.primespark.health.HealthStatus;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.RouteTrace;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.power.PowerDecision;
import ai.primespark.vpn.VpnStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened. New kinds may be added in minor releases: keep a default branch when you tell them apart.
 */
public sealed interface SparkEvent {

    /**
     * When it happened.
     *
     * @return by the instance's clock
     */
    Instant at();

    /**
     * The instance is up.
     *
     * @param at when
     */
    record Started(Instant at) implements SparkEvent {}

    /**
     * The instance begins to close.
     *
     * @param at when
     */
    record Stopping(Instant at) implements SparkEvent {}

    /**
     * A subscriber was too slow and has lost events.
     *
     * @param at when
     * @param count how many
     */
    record EventsLost(Instant at, long count) implements SparkEvent {}

    /**
     * A call ended.
     *
     * @param at when
     * @param trace how it went
     * @param error the kind of failure, or null when it was answered
     */
    record CallEnded(Instant at, RouteTrace trace, LlmException.@Nullable Kind error) implements SparkEvent {

        /**
         * The kind of failure.
         *
         * @return empty when it was answered
         */
        public Optional<LlmException.Kind> errorKind() {
            return Optional.ofNullable(error);
        }
    }

    /**
     * A backend failed a call, and another one is asked in its place. Whether that one answers, {@link CallEnded} tells.
     *
     * @param at when
     * @param requestId the call's id, as in its trace
     * @param from the id of the backend that failed
     * @param to the id of the backend that is asked now
     * @param reason how the first one failed
     * @param charsDelivered text that it had delivered
     */
    record CallFailedOver(
            Instant at, String requestId, String from, String to, LlmException.Kind reason, int charsDelivered)
            implements SparkEvent {}

    /**
     * Somebody changed which models a backend has, or has in memory, through its {@link ai.primespark.llm.ModelManager}.
     *
     * @param at when it was done
     * @param backend its id
     * @param model the model's name there
     * @param change what was done
     */
    record ModelChanged(Instant at, String backend, String model, Change change) implements SparkEvent {

        /** What was done to a model. */
        public enum Change {
            /** It was fetched to the backend. */
            PULLED,
            /** It was loaded into memory. */
            LOADED,
            /** Its memory was freed. */
            UNLOADED
        }
    }

    /**
     * A backend's circuit breaker changed.
     *
     * @param at when
     * @param backend its id
     * @param circuit the new state
     */
    record CircuitChanged(Instant at, String backend, LlmStats.Circuit circuit) implements SparkEvent {}

    /**
     * A memory tier went down or came back.
     *
     * @param at when
     * @param tier its id
     * @param state the new state
     * @param reason why, in words
     */
    record TierChanged(Instant at, String tier, MemoryStats.TierState state, String reason) implements SparkEvent {}

    /**
     * A memory tier held a damaged record, found by its checksum when it was read, and has it whole again from another tier.
     *
     * @param at when
     * @param tier the id of the tier
     * @param namespace of the record
     */
    record DamageRepaired(Instant at, String tier, String namespace) implements SparkEvent {}

    /**
     * A comparison of the memory tiers has ended.
     *
     * @param at when
     * @param report what was found and mended
     */
    record MemoryRepaired(Instant at, UpkeepReport report) implements SparkEvent {}

    /**
     * A tier let records go that a colder tier has.
     *
     * @param at when
     * @param tier its id
     * @param records how many
     * @param bytes about their size
     * @param reason why, in words
     */
    record MemoryEvicted(Instant at, String tier, long records, long bytes, String reason) implements SparkEvent {}

    /**
     * What a tier holds is not believed until it has been compared with the others, or is believed again.
     *
     * @param at when
     * @param tier its id
     * @param believed false when the comparison begins, true when it is done
     * @param reason why, in words
     */
    record TierRejoined(Instant at, String tier, boolean believed, String reason) implements SparkEvent {}

    /**
     * A part's health changed.
     *
     * @param at when
     * @param component its name
     * @param status the new status
     * @param message one sentence for people
     */
    record HealthChanged(Instant at, String component, HealthStatus status, String message) implements SparkEvent {}

    /**
     * The power profile, mode or edge-only routing changed.
     *
     * @param at when
     * @param decision what was decided and why
     */
    record PowerChanged(Instant at, PowerDecision decision) implements SparkEvent {}

    /**
     * The machine has got ready for the end of its power, or its time for that is over. The library never halts the machine:
     * whoever hears this may.
     *
     * @param at when
     * @param decision which called for it
     * @param safe whether all of it is done, so that the power may go
     * @param unfinished the names of the parts that did not end in time or failed; empty when safe
     * @param took how long it took
     */
    record PowerDrained(Instant at, PowerDecision decision, boolean safe, List<String> unfinished, Duration took)
            implements SparkEvent {

        /** Copies the collection and refuses nulls. */
        public PowerDrained {
            Objects.requireNonNull(at, "at");
            Objects.requireNonNull(decision, "decision");
            Objects.requireNonNull(took, "took");
            unfinished = List.copyOf(unfinished);
        }
    }

    /**
     * An agent of this process began, was stopped, or is about to.
     *
     * @param at when
     * @param status how it is doing
     * @param reason why, in words
     */
    record AgentChanged(Instant at, AgentStatus status, String reason) implements SparkEvent {}

    /**
     * An agent of this process has done the last attempt at a task, and it failed: the task is a dead letter.
     *
     * @param at when
     * @param taskId the task
     * @param type of the task
     * @param submitter for whom it was to be done
     * @param error what went wrong, in words
     */
    record TaskDied(Instant at, String taskId, String type, String submitter, String error) implements SparkEvent {}

    /**
     * Somebody did not get in: unknown user, inactive user or wrong password.
     *
     * @param at when
     * @param username who was named, if there is such an account; else empty, because people type passwords there
     * @param client where it came from, as the application said; empty when it did not
     */
    record LoginFailed(Instant at, String username, String client) implements SparkEvent {}

    /**
     * After too many failures further logins are refused for a while. Told once, not for every login that is refused.
     *
     * @param at when
     * @param username who was named, if such an account is known to be tried; else empty
     * @param client where it came from, as the application said; empty when it did not
     * @param retryAfter for how long
     */
    record LoginThrottled(Instant at, String username, String client, Duration retryAfter) implements SparkEvent {}

    /**
     * A refresh token was used a second time, so somebody may have stolen it: its session has been ended.
     *
     * @param at when
     * @param username whose session it was
     * @param sessionId the session
     */
    record RefreshTokenReused(Instant at, String username, String sessionId) implements SparkEvent {}

    /**
     * The tunnel's or a peer's state changed.
     *
     * @param at when
     * @param status how the tunnel and its peers are doing
     */
    record VpnChanged(Instant at, VpnStatus status) implements SparkEvent {}
}

package ai.primespark.agent;

import ai.primespark.power.PowerProfile;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;

/**
 * How an agent is doing, as of its last heartbeat.
 *
 * @param profile who it is
 * @param state what it does
 * @param running how many tasks it holds
 * @param load how busy its machine is as measured, whatever the tasks are: 0 for idle, 1 for fully used, more for overloaded
 * @param power how its machine stands for electricity
 * @param lastHeartbeat when it was last heard of, by the queue's clock
 * @param types the types of task that it has handlers for; empty when that is not known
 */
public record AgentStatus(
        AgentProfile profile,
        State state,
        int running,
        double load,
        PowerProfile power,
        Instant lastHeartbeat,
        Set<String> types) {

    /** Checks the parts. */
    public AgentStatus {
        Objects.requireNonNull(profile, "profile");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(power, "power");
        Objects.requireNonNull(lastHeartbeat, "lastHeartbeat");
        types = Set.copyOf(types);
        if (running < 0) {
            throw new IllegalArgumentException("running must not be negative: " + running);
        }
        if (!(load >= 0 && load < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("load must be finite and not negative: " + load);
        }
    }

    /**
     * The status of an agent whose handlers are not known.
     *
     * @param profile who it is
     * @param state what it does
     * @param running how many tasks it holds
     * @param load how busy its machine is
     * @param power how its machine stands for electricity
     * @param lastHeartbeat when it was last heard of
     */
    public AgentStatus(
            AgentProfile profile, State state, int running, double load, PowerProfile power, Instant lastHeartbeat) {
        this(profile, state, running, load, power, lastHeartbeat, Set.of());
    }

    /** What an agent does. */
    public enum State {
        /** Claims and runs tasks. */
        ACTIVE,
        /** Runs what it holds and claims nothing. */
        PAUSED,
        /** Finishes or hands back what it holds, and then stops. */
        DRAINING,
        /** Not heard of for longer than its heartbeat allows, or closed. */
        OFFLINE
    }

    /**
     * Whether it can be reached.
     *
     * @return false when offline
     */
    public boolean isOnline() {
        return state != State.OFFLINE;
    }

    /**
     * Whether it would take another task.
     *
     * @return true when active with a free slot
     */
    public boolean isAvailable() {
        return state == State.ACTIVE && running < profile.slots();
    }
}

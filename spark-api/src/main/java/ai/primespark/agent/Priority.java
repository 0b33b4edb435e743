package ai.primespark.agent;

import java.time.Duration;

/**
 * How urgent a task is. Of two tasks that an agent could take, the one with the earlier {@code submission time - head start} is
 * taken first, so every task's turn comes: none is passed by a more urgent one that was submitted later than the difference of
 * their head starts, 20 minutes at most.
 */
public enum Priority {
    /** Background work; waits while the agent is on battery, unless its {@link PowerNeeds} say otherwise. */
    LOW(-600),
    /** The default. */
    NORMAL(0),
    /** Somebody is waiting. */
    HIGH(120),
    /** Before everything else, and the last that is still started when power runs short. */
    URGENT(600);

    private final Duration headStart;

    Priority(long seconds) {
        this.headStart = Duration.ofSeconds(seconds);
    }

    /**
     * How much earlier a task counts as submitted.
     *
     * @return negative for {@link #LOW}
     */
    public Duration headStart() {
        return headStart;
    }
}

package ai.primespark.core.health;

/** A check that says of a subsystem and of its parts how they are. May block; see {@code HealthIndicator}. */
@FunctionalInterface
public interface SubsystemCheck {

    /** Checks; an exception counts as unhealthy. */
    Checked check() throws Exception;
}

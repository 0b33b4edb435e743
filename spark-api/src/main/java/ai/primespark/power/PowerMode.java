package ai.primespark.power;

/**
 * Who decides whether this machine works as on mains or as on battery. A choice by hand never hides a
 * {@link PowerProfile#CRITICAL} or {@link PowerProfile#SHUTDOWN} that readings call for.
 */
public enum PowerMode {
    /** The readings decide. */
    AUTO,
    /** As on mains. */
    ON_GRID,
    /** As on battery: edge only, and at least {@link PowerProfile#SAVING}. */
    OFF_GRID
}

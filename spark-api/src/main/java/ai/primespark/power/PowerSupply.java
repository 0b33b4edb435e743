package ai.primespark.power;

/** What feeds this machine. */
public enum PowerSupply {
    /** The grid. */
    MAINS,
    /** A battery, its own or a UPS's. */
    BATTERY,
    /** The grid past the UPS: powered, but a failure would not be bridged. */
    BYPASS,
    /** The UPS's output is off; another supply must be feeding this machine. */
    OFF,
    /** Nobody says, or what is said contradicts itself. */
    UNKNOWN
}

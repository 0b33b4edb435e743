package ai.primespark.vpn;

/** How the tunnel as a whole is doing. */
public enum VpnState {
    /** No driver is configured. */
    DISABLED,
    /** The interface does not exist or is down. */
    DOWN,
    /** The interface is up, but cannot work: no private key, or no peer. */
    MISCONFIGURED,
    /** The interface is up and not one peer can be reached. */
    DEGRADED,
    /** The interface is up and at least one peer is, or nothing speaks against it. */
    UP,
    /** It cannot be told, for example for want of rights; {@link VpnStatus#reason()} says why. */
    UNKNOWN;

    /**
     * Whether the interface is up, in whatever shape.
     *
     * @return true for misconfigured, degraded and up
     */
    public boolean isActive() {
        return this == MISCONFIGURED || this == DEGRADED || this == UP;
    }
}

package ai.primespark;

/** How far data travels. The order is from the most private to the least: {@code zone.compareTo(other) <= 0} is "not beyond". */
public enum Zone {
    /** This machine or the local network, owned by the user. */
    EDGE,
    /** A machine that the user trusts but that is elsewhere, such as an own server behind a VPN. */
    TRUSTED,
    /** Somebody else's machine. */
    CLOUD
}

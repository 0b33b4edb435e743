package ai.primespark.memory;

import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;

/**
 * When and where a record was written: a hybrid logical clock and the writer's node id. Totally ordered; a record replaces
 * another exactly if its version is greater.
 *
 * <p>The clock's upper 48 bits are milliseconds since 1970, the lower 16 bits a counter (Kulkarni et al., "Logical Physical
 * Clocks", 2014).
 *
 * @param clock not negative
 * @param node 1 to 32 characters of {@code [a-z0-9-]}; breaks ties
 */
public record Version(long clock, String node) implements Comparable<Version> {

    /** Checks the ranges. */
    public Version {
        Objects.requireNonNull(node, "node");
        if (clock < 0) {
            throw new IllegalArgumentException("clock must not be negative: " + clock);
        }
        if (!isNode(node)) {
            throw new IllegalArgumentException("node must be 1 to 32 characters of [a-z0-9-]: '" + node + "'");
        }
    }

    /**
     * Makes a version.
     *
     * @param millis since 1970, 0 to 2^47-1
     * @param counter 0 to 65,535
     * @param node the writer
     * @return the version
     * @throws IllegalArgumentException when a number is out of its range
     */
    public static Version of(long millis, int counter, String node) {
        if (millis < 0 || millis >= 1L << 47 || counter < 0 || counter > 0xFFFF) {
            throw new IllegalArgumentException("out of range: " + millis + " ms, counter " + counter);
        }
        return new Version(millis << 16 | counter & 0xFFFF, node);
    }

    /**
     * Reads what {@link #toString()} wrote.
     *
     * @param text 16 hexadecimal digits, a dash, the node
     * @return the version
     * @throws IllegalArgumentException when the text has another form
     */
    public static Version parse(String text) {
        if (text.length() > 17 && text.charAt(16) == '-') {
            try {
                return new Version(HexFormat.fromHexDigitsToLong(text, 0, 16), text.substring(17));
            } catch (IllegalArgumentException e) {
                // reported below
            }
        }
        throw new IllegalArgumentException("a version looks like 0000019a2b3c0001-pi, not '" + text + "'");
    }

    /**
     * Whether a name can be a node id.
     *
     * @param name the name
     * @return true for 1 to 32 characters of {@code [a-z0-9-]}
     */
    public static boolean isNode(String name) {
        int length = name.length();
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')) {
                return false;
            }
        }
        return length >= 1 && length <= 32;
    }

    /**
     * The physical part of the clock.
     *
     * @return milliseconds since 1970
     */
    public long millis() {
        return clock >>> 16;
    }

    /**
     * The logical part of the clock.
     *
     * @return 0 to 65,535
     */
    public int counter() {
        return (int) (clock & 0xFFFF);
    }

    /**
     * The physical part of the clock.
     *
     * @return about when it was written, as the writer's clock said
     */
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    /**
     * Whether this replaces another.
     *
     * @param other the other version
     * @return true when greater
     */
    public boolean isNewerThan(Version other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Version other) {
        int order = Long.compare(clock, other.clock);
        return order != 0 ? order : node.compareTo(other.node);
    }

    @Override
    public String toString() {
        String hex = Long.toHexString(clock);
        return "0".repeat(16 - hex.length()) + hex + "-" + node;
    }
}

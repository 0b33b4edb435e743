package ai.primespark.memory;

/**
 * When a write counts as done. Ordered by what survives: {@code MEMORY} &lt; {@code JOURNALED} &lt; {@code TIER(n)} &lt;
 * {@code ALL}.
 *
 * @param kind the level
 * @param number the tier's number for {@link Kind#TIER}, counted from 1 for the hottest; 0 otherwise
 */
public record Ack(Kind kind, int number) {

    /** In the hottest tier. A crash of the process may lose it. */
    public static final Ack MEMORY = new Ack(Kind.MEMORY, 0);

    /** Safe on a disk of this machine: survives {@code kill -9} and, as far as the disk keeps its word, a power cut. */
    public static final Ack JOURNALED = new Ack(Kind.JOURNALED, 0);

    /** In every tier of the namespace. */
    public static final Ack ALL = new Ack(Kind.ALL, 0);

    /** The levels. */
    public enum Kind {
        /** See {@link Ack#MEMORY}. */
        MEMORY,
        /** See {@link Ack#JOURNALED}. */
        JOURNALED,
        /** See {@link Ack#tier(int)}. */
        TIER,
        /** See {@link Ack#ALL}. */
        ALL
    }

    /** Checks that a number is there exactly for a tier. */
    public Ack {
        if (kind == Kind.TIER ? number < 1 : number != 0) {
            throw new IllegalArgumentException(
                    "a tier's number is 1 or more, and only for TIER: " + kind + " " + number);
        }
    }

    /**
     * Confirmed by one tier.
     *
     * @param number counted from 1 for the hottest
     * @return the level
     */
    public static Ack tier(int number) {
        return new Ack(Kind.TIER, number);
    }

    /**
     * Reads what a configuration says.
     *
     * @param text {@code memory}, {@code journaled}, {@code all}, or {@code tier(2)}
     * @return the level
     * @throws IllegalArgumentException when the text is none of these
     */
    public static Ack parse(String text) {
        return switch (text) {
            case "memory" -> MEMORY;
            case "journaled" -> JOURNALED;
            case "all" -> ALL;
            default -> {
                if (text.matches("tier\\([1-9][0-9]?\\)")) {
                    yield tier(Integer.parseInt(text.substring(5, text.length() - 1)));
                }
                throw new IllegalArgumentException("must be memory, journaled, tier(n) or all, but is '" + text + "'");
            }
        };
    }

    @Override
    public String toString() {
        return switch (kind) {
            case MEMORY -> "memory";
            case JOURNALED -> "journaled";
            case TIER -> "tier(" + number + ")";
            case ALL -> "all";
        };
    }
}

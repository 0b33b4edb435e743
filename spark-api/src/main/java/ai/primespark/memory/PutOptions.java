package ai.primespark.memory;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How to write a value. Immutable and thread-safe. */
public final class PutOptions {

    /** The namespace's own time to live and acknowledgement level. */
    public static final PutOptions DEFAULT = new PutOptions(null, null);

    private final @Nullable Duration timeToLive;
    private final @Nullable Ack ack;

    private PutOptions(@Nullable Duration timeToLive, @Nullable Ack ack) {
        this.timeToLive = timeToLive;
        this.ack = ack;
    }

    /**
     * Options with a time to live.
     *
     * @param timeToLive positive
     * @return the options
     */
    public static PutOptions ttl(Duration timeToLive) {
        return DEFAULT.withTtl(timeToLive);
    }

    /**
     * Options with an acknowledgement level.
     *
     * @param ack the level
     * @return the options
     */
    public static PutOptions ack(Ack ack) {
        return DEFAULT.withAck(ack);
    }

    /**
     * Sets the time to live.
     *
     * @param timeToLive positive; counted from the write, kept as an absolute moment in every tier
     * @return new options
     */
    public PutOptions withTtl(Duration timeToLive) {
        if (timeToLive.isZero() || timeToLive.isNegative()) {
            throw new IllegalArgumentException("a time to live must be positive: " + timeToLive);
        }
        return new PutOptions(timeToLive, ack);
    }

    /**
     * Sets the acknowledgement level.
     *
     * @param ack the level
     * @return new options
     */
    public PutOptions withAck(Ack ack) {
        return new PutOptions(timeToLive, Objects.requireNonNull(ack, "ack"));
    }

    /**
     * The time to live.
     *
     * @return empty for the namespace's own
     */
    public Optional<Duration> ttl() {
        return Optional.ofNullable(timeToLive);
    }

    /**
     * The acknowledgement level.
     *
     * @return empty for the namespace's own
     */
    public Optional<Ack> ack() {
        return Optional.ofNullable(ack);
    }

    @Override
    public String toString() {
        return "PutOptions[ttl=" + timeToLive + ", ack=" + ack + "]";
    }
}

package ai.primespark.memory;

import ai.primespark.Zone;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a namespace stores and answers.
 *
 * @param codec how values become bytes: {@code json}, {@code bytes} or {@code text}
 * @param reach the farthest zone that its values may travel to; enforced before any tier is called
 * @param ack when a write counts as done, unless the write says otherwise; null for {@code memory.ack}
 * @param timeToLive of values whose write does not say; null for no end
 * @param unknown what the convenience reads make of an unknown answer
 */
public record NamespaceOptions(
        String codec,
        Zone reach,
        @Nullable Ack ack,
        @Nullable Duration timeToLive,
        UnknownPolicy unknown) {

    /** JSON, reaching every tier, no end, unknown is a failure. */
    public static final NamespaceOptions DEFAULT =
            new NamespaceOptions("json", Zone.CLOUD, null, null, UnknownPolicy.FAIL);

    /** Refuses nulls and times to live that are not positive. */
    public NamespaceOptions {
        Objects.requireNonNull(codec, "codec");
        Objects.requireNonNull(reach, "reach");
        Objects.requireNonNull(unknown, "unknown");
        if (timeToLive != null && (timeToLive.isZero() || timeToLive.isNegative())) {
            throw new IllegalArgumentException("a time to live must be positive: " + timeToLive);
        }
    }

    /**
     * Sets the codec.
     *
     * @param codec {@code json}, {@code bytes} or {@code text}
     * @return new options
     */
    public NamespaceOptions withCodec(String codec) {
        return new NamespaceOptions(codec, reach, ack, timeToLive, unknown);
    }

    /**
     * Sets the reach.
     *
     * @param reach the farthest zone allowed
     * @return new options
     */
    public NamespaceOptions withReach(Zone reach) {
        return new NamespaceOptions(codec, reach, ack, timeToLive, unknown);
    }

    /**
     * Sets the acknowledgement level.
     *
     * @param ack the level
     * @return new options
     */
    public NamespaceOptions withAck(Ack ack) {
        return new NamespaceOptions(codec, reach, ack, timeToLive, unknown);
    }

    /**
     * Sets the time to live.
     *
     * @param timeToLive positive
     * @return new options
     */
    public NamespaceOptions withTtl(Duration timeToLive) {
        return new NamespaceOptions(codec, reach, ack, timeToLive, unknown);
    }

    /**
     * Sets what convenience reads make of an unknown answer.
     *
     * @param unknown the policy
     * @return new options
     */
    public NamespaceOptions withUnknown(UnknownPolicy unknown) {
        return new NamespaceOptions(codec, reach, ack, timeToLive, unknown);
    }

    /**
     * The acknowledgement level.
     *
     * @return empty for the configured one
     */
    public Optional<Ack> ackLevel() {
        return Optional.ofNullable(ack);
    }

    /**
     * The time to live.
     *
     * @return empty for no end
     */
    public Optional<Duration> ttl() {
        return Optional.ofNullable(timeToLive);
    }
}

package ai.primespark.memory;

import ai.primespark.Zone;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a namespace stores and answers. Immutable and thread-safe; two options are equal when everything they say is.
 *
 * <pre>{@code
 * NamespaceOptions diary = NamespaceOptions.DEFAULT.withReach(Zone.EDGE).withCodec("cbor").withTtl(Duration.ofDays(365));
 * }</pre>
 */
public final class NamespaceOptions {

    /** JSON, reaching every tier, no end, unknown is a failure, not compressed, encrypted as the engine is configured. */
    public static final NamespaceOptions DEFAULT = new NamespaceOptions(
            "json",
            Zone.CLOUD,
            null,
            null,
            UnknownPolicy.FAIL,
            Compression.NONE,
            null,
            Duration.ZERO,
            Duration.ZERO,
            false);

    private final String codec;
    private final Zone reach;
    private final @Nullable Ack ack;
    private final @Nullable Duration timeToLive;
    private final UnknownPolicy unknown;
    private final Compression compression;
    private final @Nullable Zone encryptFrom;
    private final Duration absentLife;
    private final Duration staleLife;
    private final boolean urgent;

    private NamespaceOptions(
            String codec,
            Zone reach,
            @Nullable Ack ack,
            @Nullable Duration timeToLive,
            UnknownPolicy unknown,
            Compression compression,
            @Nullable Zone encryptFrom,
            Duration absentLife,
            Duration staleLife,
            boolean urgent) {
        this.codec = Objects.requireNonNull(codec, "codec");
        this.reach = Objects.requireNonNull(reach, "reach");
        this.ack = ack;
        this.timeToLive = timeToLive;
        this.unknown = Objects.requireNonNull(unknown, "unknown");
        this.compression = Objects.requireNonNull(compression, "compression");
        this.encryptFrom = encryptFrom;
        this.absentLife = notNegative("the life of an absent answer", absentLife);
        this.staleLife = notNegative("the life of a stale answer", staleLife);
        this.urgent = urgent;
    }

    private static Duration notNegative(String what, Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException(what + " must not be negative: " + duration);
        }
        return duration;
    }

    /**
     * Sets the codec.
     *
     * @param codec {@code json}, {@code cbor}, {@code bytes} or {@code text}
     * @return new options
     */
    public NamespaceOptions withCodec(String codec) {
        return new NamespaceOptions(
                codec, reach, ack, timeToLive, unknown, compression, encryptFrom, absentLife, staleLife, urgent);
    }

    /**
     * Sets the reach.
     *
     * @param reach the farthest zone that values may travel to; enforced before any tier is called
     * @return new options
     */
    public NamespaceOptions withReach(Zone reach) {
        return new NamespaceOptions(
                codec, reach, ack, timeToLive, unknown, compression, encryptFrom, absentLife, staleLife, urgent);
    }

    /**
     * Sets the acknowledgement level.
     *
     * @param ack when a write counts as done, unless the write says otherwise
     * @return new options
     */
    public NamespaceOptions withAck(Ack ack) {
        return new NamespaceOptions(
                codec,
                reach,
                Objects.requireNonNull(ack, "ack"),
                timeToLive,
                unknown,
                compression,
                encryptFrom,
                absentLife,
                staleLife,
                urgent);
    }

    /**
     * Sets the time to live.
     *
     * @param timeToLive of values whose write does not say; positive
     * @return new options
     */
    public NamespaceOptions withTtl(Duration timeToLive) {
        if (timeToLive.isZero() || timeToLive.isNegative()) {
            throw new IllegalArgumentException("a time to live must be positive: " + timeToLive);
        }
        return new NamespaceOptions(
                codec, reach, ack, timeToLive, unknown, compression, encryptFrom, absentLife, staleLife, urgent);
    }

    /**
     * Sets what convenience reads make of an unknown answer.
     *
     * @param unknown the policy
     * @return new options
     */
    public NamespaceOptions withUnknown(UnknownPolicy unknown) {
        return new NamespaceOptions(
                codec, reach, ack, timeToLive, unknown, compression, encryptFrom, absentLife, staleLife, urgent);
    }

    /**
     * Sets how values are made smaller, in every tier but the in-process one.
     *
     * @param compression the method
     * @return new options
     */
    public NamespaceOptions withCompression(Compression compression) {
        return new NamespaceOptions(
                codec, reach, ack, timeToLive, unknown, compression, encryptFrom, absentLife, staleLife, urgent);
    }

    /**
     * Sets from where on values are encrypted. Needs keys in {@code primespark.memory.encryption}.
     *
     * @param zone values are encrypted before they reach a tier of this zone or one farther away
     * @return new options
     */
    public NamespaceOptions withEncryptionFrom(Zone zone) {
        return new NamespaceOptions(
                codec,
                reach,
                ack,
                timeToLive,
                unknown,
                compression,
                Objects.requireNonNull(zone, "zone"),
                absentLife,
                staleLife,
                urgent);
    }

    /**
     * Sets how long the near tier may remember that there is no value. It forgets at once when this process, or another one
     * that it hears of, writes the key; no other tier ever remembers it.
     *
     * @param life zero for not at all
     * @return new options
     */
    public NamespaceOptions withAbsentLife(Duration life) {
        return new NamespaceOptions(
                codec, reach, ack, timeToLive, unknown, compression, encryptFrom, life, staleLife, urgent);
    }

    /**
     * Sets how long after its end a value may still be given by {@link Memory#getOrLoad} while another reader's loader is
     * under way.
     *
     * @param life zero for not at all
     * @return new options
     */
    public NamespaceOptions withStaleLife(Duration life) {
        return new NamespaceOptions(
                codec, reach, ack, timeToLive, unknown, compression, encryptFrom, absentLife, life, urgent);
    }

    /**
     * Sets whether values travel to distant tiers even while power is short and other namespaces wait.
     *
     * @param urgent true to go on
     * @return new options
     */
    public NamespaceOptions withUrgent(boolean urgent) {
        return new NamespaceOptions(
                codec, reach, ack, timeToLive, unknown, compression, encryptFrom, absentLife, staleLife, urgent);
    }

    /**
     * How values become bytes.
     *
     * @return {@code json}, {@code cbor}, {@code bytes} or {@code text}
     */
    public String codec() {
        return codec;
    }

    /**
     * The farthest zone that values may travel to.
     *
     * @return the zone
     */
    public Zone reach() {
        return reach;
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

    /**
     * What convenience reads make of an unknown answer.
     *
     * @return the policy
     */
    public UnknownPolicy unknown() {
        return unknown;
    }

    /**
     * How values are made smaller.
     *
     * @return the method
     */
    public Compression compression() {
        return compression;
    }

    /**
     * From which zone on values are encrypted.
     *
     * @return empty for what {@code primespark.memory.encryption} says
     */
    public Optional<Zone> encryptionFrom() {
        return Optional.ofNullable(encryptFrom);
    }

    /**
     * How long the near tier may remember that there is no value.
     *
     * @return zero for not at all
     */
    public Duration absentLife() {
        return absentLife;
    }

    /**
     * How long after its end a value may still be given while its loader runs.
     *
     * @return zero for not at all
     */
    public Duration staleLife() {
        return staleLife;
    }

    /**
     * Whether values travel to distant tiers even while power is short.
     *
     * @return false unless set
     */
    public boolean urgent() {
        return urgent;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NamespaceOptions that
                && codec.equals(that.codec)
                && reach == that.reach
                && Objects.equals(ack, that.ack)
                && Objects.equals(timeToLive, that.timeToLive)
                && unknown == that.unknown
                && compression == that.compression
                && encryptFrom == that.encryptFrom
                && absentLife.equals(that.absentLife)
                && staleLife.equals(that.staleLife)
                && urgent == that.urgent;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                codec, reach, ack, timeToLive, unknown, compression, encryptFrom, absentLife, staleLife, urgent);
    }

    @Override
    public String toString() {
        return "NamespaceOptions[codec=" + codec + ", reach=" + reach + ", ack=" + ack + ", ttl=" + timeToLive
                + ", unknown=" + unknown + ", compression=" + compression + ", encryptFrom=" + encryptFrom
                + ", absentLife=" + absentLife + ", staleLife=" + staleLife + ", urgent=" + urgent + "]";
    }
}

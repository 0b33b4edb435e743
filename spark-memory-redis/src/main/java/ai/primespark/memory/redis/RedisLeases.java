package ai.primespark.memory.redis;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.TierKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Leases in Redis. A fence is remembered for 30 days beyond its lease and never starts below the server's time, so it grows over
 * all leases of a key. A server that loses its data, or fails over, may give a lease out twice: whoever writes under a lease
 * therefore needs the fence, or the law of versions, and not the lease alone.
 */
final class RedisLeases implements LeaseTier {

    private static final long FENCE_LIFE_MILLIS = Duration.ofDays(30).toMillis();

    private final RedisCalls calls;
    private final RedisKeys keys;

    RedisLeases(RedisCalls calls, RedisKeys keys) {
        this.calls = calls;
        this.keys = keys;
    }

    @Override
    public CompletionStage<Optional<Lease>> acquire(TierKey key, Duration life, Deadline deadline) {
        long millis = Math.max(1, life.toMillis());
        if (life.isNegative() || life.isZero()) {
            throw new IllegalArgumentException("a lease's life must be positive: " + life);
        }
        byte[][] redisKeys = {keys.lease(key), keys.fence(key)};
        byte[] fenceLife = number(Math.addExact(millis, FENCE_LIFE_MILLIS));
        return calls.call(
                deadline,
                session -> RedisCalls.orWithSource(
                                RedisCalls.dispatch(
                                        session.side(),
                                        Commands.evalSha(Scripts.ACQUIRE, redisKeys, number(millis), fenceLife)),
                                session.side(),
                                () -> Commands.eval(Scripts.ACQUIRE, redisKeys, number(millis), fenceLife))
                        .thenApply(fence -> lease(key, fence)),
                late -> late.ifPresent(this::giveUp));
    }

    /** A lease that was taken when nobody waited for it any more. */
    private void giveUp(Lease lease) {
        var unused = release(lease, Deadline.in(Duration.ofSeconds(1)));
    }

    private static Optional<Lease> lease(TierKey key, byte[] fence) {
        return fence.length == 0
                ? Optional.empty()
                : Optional.of(new Lease(key, Long.parseLong(new String(fence, StandardCharsets.US_ASCII))));
    }

    @Override
    public CompletionStage<Void> release(Lease lease, Deadline deadline) {
        byte[][] redisKeys = {keys.lease(lease.key())};
        byte[] fence = number(lease.fence());
        CompletableFuture<Long> released = calls.call(
                deadline,
                session -> RedisCalls.orWithSource(
                        RedisCalls.dispatch(session.side(), Commands.evalShaCount(Scripts.RELEASE, redisKeys, fence)),
                        session.side(),
                        () -> Commands.evalCount(Scripts.RELEASE, redisKeys, fence)),
                null);
        return released.thenAccept(count -> {});
    }

    private static byte[] number(long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }
}

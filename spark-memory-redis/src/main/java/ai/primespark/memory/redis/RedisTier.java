package ai.primespark.memory.redis;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierLimits;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Memory in Redis. The server itself keeps the law: a script looks at the first 62 bytes of the record held and stores the new one
 * or says why not, in one round trip. Every operation fails at once while there is no connection, and never waits longer than the
 * tier's time limit, except for the very first connection after the start, which it awaits within that limit.
 *
 * <p>A damaged record, or something that is no record at all, is reported as {@link Kind#CORRUPT} for its key until a write
 * replaces it or a purge removes it. Thread-safe.
 */
final class RedisTier implements MemoryTier {

    private static final int PREFERRED_BATCH = 128;
    private static final long LATEST_EXPIRY = 253_402_300_799_000L; // the year 9999; Redis refuses what is much later
    private static final byte[] NOTHING = {};
    private static final byte[] ABSENT = {'A'};
    private static final byte[] YES = {'1'};
    private static final byte[] NO = {'0'};

    private final RedisConfig config;
    private final InstantSource clock;
    private final RedisKeys keys;
    private final RedisFeed feed = new RedisFeed();
    private final RedisLink link;
    private final RedisCalls calls;
    private final RedisScan scan;
    private final RedisLeases leases;
    private final Greeting greeting;

    RedisTier(RedisConfig config, ProviderContext context) {
        this.config = config;
        this.clock = context.clock();
        this.keys = new RedisKeys(config.prefix());
        this.link = new RedisLink(config, context, feed);
        this.calls = new RedisCalls(link, context.scheduler(), config.timeout());
        this.scan = new RedisScan(keys);
        this.leases = new RedisLeases(calls, keys);
        this.greeting = new Greeting(config);
    }

    @Override
    public void start() {
        link.start();
    }

    @Override
    public Set<TierTrait> traits() {
        return config.durable()
                ? Set.of(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS)
                : Set.of(TierTrait.SHARED, TierTrait.MAY_EVICT, TierTrait.ATOMIC_CAS);
    }

    @Override
    public TierLimits limits() {
        return new TierLimits(TierKey.MAX_KEY_BYTES, config.maxBody(), PREFERRED_BATCH);
    }

    @Override
    public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
        return calls.call(
                deadline,
                session -> RedisCalls.dispatch(session.data(), Commands.get(keys.record(key)))
                        .thenApply(bytes -> read(key, bytes)),
                null);
    }

    @Override
    public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> wanted, Deadline deadline) {
        return calls.call(deadline, session -> getAll(session, wanted), null);
    }

    private CompletableFuture<List<@Nullable TierRecord>> getAll(Session session, List<TierKey> wanted) {
        List<AsyncCommand<byte[], byte[], byte[]>> commands = new ArrayList<>(wanted.size());
        wanted.forEach(key -> commands.add(Commands.get(keys.record(key))));
        return RedisCalls.all(RedisCalls.dispatch(session.data(), commands)).thenApply(values -> {
            List<@Nullable TierRecord> records = new ArrayList<>(values.size());
            for (int i = 0; i < values.size(); i++) {
                records.add(read(wanted.get(i), values.get(i)));
            }
            return records;
        });
    }

    private @Nullable TierRecord read(TierKey key, byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        TierRecord record = RecordFormat.read(bytes);
        if (!record.key().equals(key)) {
            throw new TierException(Kind.CORRUPT, "damaged record: another key's bytes", null);
        }
        return record;
    }

    @Override
    public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
        TierException tooLarge = tooLarge(record);
        if (tooLarge != null) {
            return CompletableFuture.failedFuture(tooLarge);
        }
        byte[][] redisKeys = {keys.record(record.key())};
        byte[][] arguments = arguments(record, condition);
        return calls.call(
                deadline,
                session -> script(session.data(), Scripts.APPLY, redisKeys, arguments)
                        .thenApply(RedisTier::outcome),
                applied -> feed.invalidate(List.of(record.key())));
    }

    @Override
    public CompletionStage<List<Applied>> applyAll(List<TierRecord> records, Deadline deadline) {
        for (TierRecord record : records) {
            TierException tooLarge = tooLarge(record);
            if (tooLarge != null) {
                return CompletableFuture.failedFuture(tooLarge);
            }
        }
        return calls.call(
                deadline,
                session -> applyAll(session.data(), records),
                applied -> feed.invalidate(records.stream().map(TierRecord::key).toList()));
    }

    private CompletableFuture<List<Applied>> applyAll(
            StatefulConnection<byte[], byte[]> connection, List<TierRecord> records) {
        List<AsyncCommand<byte[], byte[], byte[]>> commands = new ArrayList<>(records.size());
        List<byte[][]> arguments = new ArrayList<>(records.size());
        for (TierRecord record : records) {
            byte[][] own = arguments(record, Condition.IF_NEWER);
            arguments.add(own);
            commands.add(Commands.evalSha(Scripts.APPLY, new byte[][] {keys.record(record.key())}, own));
        }
        List<CompletableFuture<byte[]>> answers = RedisCalls.dispatch(connection, commands);
        List<CompletableFuture<Applied>> outcomes = new ArrayList<>(answers.size());
        for (int i = 0; i < answers.size(); i++) {
            byte[][] key = {keys.record(records.get(i).key())};
            byte[][] own = arguments.get(i);
            outcomes.add(
                    RedisCalls.orWithSource(answers.get(i), connection, () -> Commands.eval(Scripts.APPLY, key, own))
                            .thenApply(RedisTier::outcome));
        }
        return RedisCalls.all(outcomes);
    }

    private static CompletableFuture<byte[]> script(
            StatefulConnection<byte[], byte[]> connection, Scripts script, byte[][] keys, byte[][] arguments) {
        return RedisCalls.orWithSource(
                RedisCalls.dispatch(connection, Commands.evalSha(script, keys, arguments)),
                connection,
                () -> Commands.eval(script, keys, arguments));
    }

    private byte[][] arguments(TierRecord record, Condition condition) {
        byte[] must = NOTHING;
        if (condition instanceof Condition.IfAbsent) {
            must = ABSENT;
        } else if (condition instanceof Condition.IfVersion held) {
            byte[] version = Scripts.version(held.version());
            must = ByteBuffer.allocate(1 + version.length)
                    .put((byte) 'V')
                    .put(version)
                    .array();
        }
        long end = record.expiresAtMillis();
        byte[] until =
                end > LATEST_EXPIRY ? NOTHING : Long.toString(Math.max(1, end)).getBytes(StandardCharsets.US_ASCII);
        byte[] now = ByteBuffer.allocate(8).putLong(Math.max(0, clock.millis())).array();
        return new byte[][] {RecordFormat.write(record), must, now, until, config.durable() ? NO : YES};
    }

    private static Applied outcome(byte[] answer) {
        return switch (answer.length == 0 ? '?' : answer[0]) {
            case '+' -> Applied.DONE;
            case 'O' -> new Applied.Older(Scripts.version(answer, 1));
            case 'C' -> new Applied.Conflict(answer.length == 1 ? null : Scripts.version(answer, 1));
            case 'D' ->
                throw new TierException(
                        Kind.CORRUPT, "damaged record: what is there cannot decide a condition; overwrite it", null);
            default ->
                throw new TierException(Kind.PERMANENT, "the server's script gave an answer of another version", null);
        };
    }

    private @Nullable TierException tooLarge(TierRecord record) {
        return record.body().length <= config.maxBody()
                ? null
                : new TierException(
                        Kind.PERMANENT,
                        "a value of " + record.body().length + " bytes is larger than max-body of tier '" + config.id()
                                + "', " + config.maxBody() + " bytes",
                        null);
    }

    @Override
    public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
        byte[][] redisKeys = {keys.record(key)};
        byte[] version = Scripts.version(atMost);
        Function<Session, CompletableFuture<Boolean>> operation = session -> RedisCalls.orWithSource(
                        RedisCalls.dispatch(session.data(), Commands.evalShaCount(Scripts.PURGE, redisKeys, version)),
                        session.data(),
                        () -> Commands.evalCount(Scripts.PURGE, redisKeys, version))
                .thenApply(removed -> removed > 0);
        return calls.call(deadline, operation, removed -> feed.invalidate(List.of(key)));
    }

    @Override
    public CompletionStage<TierPage> scan(
            String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1: " + limit);
        }
        return calls.longCall(deadline, session -> scan.page(session, namespace, prefix, cursor, limit));
    }

    /** Asks on both connections, so that one which hangs is noticed. */
    @Override
    public CompletionStage<TierIdentity> probe(Deadline deadline) {
        return calls.call(
                deadline,
                session -> RedisCalls.dispatch(session.data(), Commands.ping())
                        .thenCompose(pong -> Greeting.servers(session))
                        .thenCompose(servers -> {
                            for (ServerInfo server : servers) {
                                String reason = config.durable() ? server.whyNotDurable() : null;
                                if (reason != null) {
                                    throw new TierException(Kind.PERMANENT, config.where() + ": " + reason, null);
                                }
                            }
                            return greeting.storage(session, servers)
                                    .thenApply(storage -> new TierIdentity(storage, detail(session, servers)));
                        }),
                null);
    }

    private String detail(Session session, List<ServerInfo> servers) {
        ServerInfo first = servers.isEmpty() ? ServerInfo.UNKNOWN : servers.get(0);
        StringBuilder detail = new StringBuilder(config.cluster() ? "cluster of " + servers.size() + " masters, " : "")
                .append("Redis ")
                .append(first.version());
        if (first.isKnown()) {
            detail.append(", ").append(first.memoryInWords()).append(", ").append(first.policyInWords());
        }
        if (!session.isTracked()) {
            detail.append(", no news of changes");
        }
        if (config.durable() && first.isKnown() && !first.isAppendOnly()) {
            detail.append(", declared durable but without an append-only file");
        }
        return detail.toString();
    }

    /** Counts everything in the database, also what is not ours: to tell them apart, all keys would have to be listed. */
    @Override
    public CompletionStage<TierUsage> usage(Deadline deadline) {
        int database = config.uris().get(0).getDatabase();
        return calls.call(
                deadline, session -> Greeting.servers(session).thenApply(servers -> usage(servers, database)), null);
    }

    private static TierUsage usage(List<ServerInfo> servers, int database) {
        boolean known = !servers.isEmpty() && servers.stream().allMatch(ServerInfo::isKnown);
        if (!known) {
            return new TierUsage(-1, -1, -1);
        }
        boolean bounded = servers.stream().allMatch(server -> server.maxMemory() > 0);
        return new TierUsage(
                servers.stream().mapToLong(server -> server.keys(database)).sum(),
                servers.stream().mapToLong(ServerInfo::usedMemory).sum(),
                bounded ? servers.stream().mapToLong(ServerInfo::maxMemory).sum() : -1);
    }

    @Override
    public Optional<InvalidationFeed> invalidations() {
        return config.tracking() ? Optional.of(feed) : Optional.empty();
    }

    @Override
    public Optional<LeaseTier> leases() {
        return Optional.of(leases);
    }

    @Override
    public void close() {
        link.close();
    }

    @Override
    public String toString() {
        return "RedisTier[" + config.id() + ", " + config.where() + "]";
    }
}

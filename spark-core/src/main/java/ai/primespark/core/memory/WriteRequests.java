package ai.primespark.core.memory;

import ai.primespark.memory.Ack;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.Stored;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.ValueTooLargeException;
import ai.primespark.memory.Version;
import ai.primespark.memory.WriteResult;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns what an application wants written into records: codec, size, expiry and acknowledgement level of one namespace. */
final class WriteRequests {

    private final MemoryEngine engine;
    private final Space space;
    private final long maxBytes;

    WriteRequests(MemoryEngine engine, Space space) {
        this.engine = engine;
        this.space = space;
        // a tier that cannot take the new value would go on giving the old one
        this.maxBytes = space.tiers.stream()
                .filter(link -> !space.isNear(link))
                .mapToLong(link -> link.tier.limits().maxBodyBytes())
                .reduce(engine.maxValueBytes, Math::min);
    }

    Stored put(TierKey key, Object value, PutOptions options) {
        return engine.writer.put(space, key, draft(key, value, options), ack(options), engine.deadline());
    }

    WriteResult putIf(TierKey key, Object value, PutOptions options, Condition condition) {
        String operation = condition instanceof Condition.IfAbsent ? "put if absent" : "replace";
        return engine.writer.putIf(
                space, key, condition, draft(key, value, options), ack(options), operation, engine.deadline());
    }

    Map<String, Stored> putAll(Map<TierKey, Object> values, PutOptions options) {
        Map<TierKey, Writer.Draft> drafts = new LinkedHashMap<>();
        values.forEach((key, value) -> drafts.put(key, draft(key, value, options)));
        Map<String, Stored> stored = new LinkedHashMap<>();
        List<MemoryException> failures = new ArrayList<>();
        new BulkWriter(engine.writer, space, ack(options), engine.deadline()).put(drafts, stored, failures);
        if (!failures.isEmpty()) {
            MemoryException first = failures.get(0);
            failures.subList(1, failures.size()).stream()
                    .filter(failure -> failure != first)
                    .forEach(first::addSuppressed);
            throw first;
        }
        return stored;
    }

    WriteResult touch(TierRecord record, @Nullable Duration timeToLive, Deadline deadline) {
        long expiry = timeToLive == null ? TierRecord.NEVER : after(timeToLive);
        Writer.Draft draft =
                version -> TierRecord.value(record.key(), version, expiry, record.encoding(), record.body());
        return engine.writer.putIf(
                space,
                record.key(),
                Condition.ifVersion(record.version()),
                draft,
                ack(PutOptions.DEFAULT),
                "touch",
                deadline);
    }

    Stored delete(TierKey key) {
        return engine.writer.put(space, key, tombstone(key), ack(PutOptions.DEFAULT), engine.deadline());
    }

    WriteResult deleteIf(TierKey key, Version expected) {
        return engine.writer.putIf(
                space,
                key,
                Condition.ifVersion(expected),
                tombstone(key),
                ack(PutOptions.DEFAULT),
                "delete",
                engine.deadline());
    }

    boolean persist(TierRecord record) {
        Deadline deadline = engine.deadline();
        List<String> failed = new ArrayList<>();
        for (TierLink link : space.tiers) {
            apply(link, record, deadline, failed);
        }
        if (!failed.isEmpty()) {
            throw new TierUnavailableException("persist", failed);
        }
        return true;
    }

    boolean prefetch(TierRecord record) {
        if (space.near == null) { // the near tier took it when it was read
            List<String> failed = new ArrayList<>();
            apply(space.tiers.get(0), record, engine.deadline(), failed);
            if (!failed.isEmpty()) {
                throw new TierUnavailableException("prefetch", failed);
            }
        }
        return true;
    }

    private static void apply(TierLink link, TierRecord record, Deadline deadline, List<String> failed) {
        try {
            var unused = link.call(deadline, own -> link.tier.apply(record, Condition.IF_NEWER, own));
        } catch (TierException e) {
            failed.add(link.id + ": " + e.getMessage());
        }
    }

    private Writer.Draft draft(TierKey key, Object value, PutOptions options) {
        Codecs.Encoded encoded = Codecs.encode(space.options.codec(), key.key(), value);
        if (encoded.body().length > maxBytes) {
            throw new ValueTooLargeException(
                    "cannot store key '" + key.key() + "': its value has " + encoded.body().length
                            + " bytes, and the limit is " + maxBytes
                            + " (primespark.memory.max-value-bytes, and what the tiers take)");
        }
        Codecs.Encoded stored = Shrink.shrink(space.options.compression(), encoded);
        Duration timeToLive = options.ttl().or(space.options::ttl).orElse(null);
        long expiry = timeToLive == null ? TierRecord.NEVER : after(timeToLive);
        return version -> TierRecord.value(key, version, expiry, stored.encoding(), stored.body());
    }

    private Writer.Draft tombstone(TierKey key) {
        long expiry = after(engine.tombstoneLife);
        return version -> TierRecord.tombstone(key, version, expiry);
    }

    private long after(Duration duration) {
        try {
            return Math.addExact(engine.now(), duration.toMillis());
        } catch (ArithmeticException e) { // hundreds of millions of years
            return TierRecord.NEVER;
        }
    }

    private Ack ack(PutOptions options) {
        return options.ack().or(space.options::ackLevel).orElse(engine.ack);
    }
}

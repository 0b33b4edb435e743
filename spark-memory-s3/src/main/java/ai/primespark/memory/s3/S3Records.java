package ai.primespark.memory.s3;

import static ai.primespark.spi.TierException.Kind.CORRUPT;

import ai.primespark.memory.Version;
import ai.primespark.memory.s3.HeaderCache.Held;
import ai.primespark.memory.s3.S3Client.Fetched;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Records, one object each, under the law. A write looks at the record held, decides, and stores with the condition that the
 * object is still the one that was looked at; if it is not, it looks again. So the law holds over all writers without locks, as
 * far as the server honours conditions.
 *
 * <p>A deletion stores a tombstone. Only {@link #purge} removes an object, and there many servers ignore the condition: a record
 * that another machine writes between the last look and the removal is then lost. It is as short as one round trip, and purging
 * is for records that have ended. Within this process a lock for the key closes the gap.
 *
 * <p>Thread-safe.
 */
final class S3Records {

    private static final int STRIPES = 256;
    private static final long CONFLICT_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    private final S3Client client;
    private final S3Names names;
    private final S3Place place;
    private final HeaderCache cache;
    private final InstantSource clock;
    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

    S3Records(S3Client client, S3Names names, S3Place place, HeaderCache cache, InstantSource clock) {
        this.client = client;
        this.names = names;
        this.place = place;
        this.cache = cache;
        this.clock = clock;
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    @Nullable
    TierRecord get(S3Scope scope, TierKey key) throws IOException {
        String object = names.record(key);
        Fetched fetched = client.get(scope, object, Integer.MAX_VALUE);
        if (fetched == null) {
            cache.remove(object);
            return null;
        }
        TierRecord record = RecordFormat.read(fetched.bytes());
        if (!record.key().equals(key)) {
            throw new TierException(CORRUPT, "damaged record: another key's object", null);
        }
        cache.put(object, new Held(fetched.etag(), TierPage.Header.of(record), fetched.size()));
        return record;
    }

    Applied apply(S3Scope scope, TierRecord record, Condition condition) throws IOException {
        boolean conditional = place.writesAreConditional(scope);
        ReentrantLock lock = lock(scope, record.key());
        try {
            return new Write(scope, record, condition, conditional).run();
        } finally {
            lock.unlock();
        }
    }

    /** One application of a record. */
    private final class Write {
        private final S3Scope scope;
        private final TierRecord record;
        private final Condition condition;
        private final boolean conditional;
        private final String object;
        private final byte[] content;
        private int conflicts;
        private int passing;
        private int broken;

        Write(S3Scope scope, TierRecord record, Condition condition, boolean conditional) {
            this.scope = scope;
            this.record = record;
            this.condition = condition;
            this.conditional = conditional;
            this.object = names.record(record.key());
            this.content = RecordFormat.write(record);
        }

        Applied run() throws IOException {
            // what is remembered may be outdated, so it can only lead to a write, which the server checks, never to a
            // refusal
            Held held = conditional ? cache.get(object) : null;
            if (held == null || !(decide(held) instanceof Applied.Done)) {
                held = look(scope, object, record.key());
            }
            while (true) {
                if (passing + broken > 0 && isOurs(held)) {
                    return Applied.DONE; // the answer got lost, not the record
                }
                Applied outcome = decide(held);
                if (!(outcome instanceof Applied.Done)) {
                    return outcome;
                }
                try {
                    String etag = client.put(scope, object, content, content.length, header(held), null);
                    cache.put(object, new Held(etag, TierPage.Header.of(record), content.length));
                    return Applied.DONE;
                } catch (S3Error e) {
                    cache.remove(object);
                    recover(e, held);
                }
                held = look(scope, object, record.key());
            }
        }

        private Applied decide(@Nullable Held held) {
            if (held != null && held.header() == null) {
                if (condition instanceof Condition.IfNewer) {
                    return Applied.DONE; // a damaged record gives way to any write, but decides no condition
                }
                throw new TierException(CORRUPT, "damaged record of '" + record.key() + "'", null);
            }
            return condition.decide(
                    held == null || held.header() == null ? null : withoutBody(held.header()), record, clock.millis());
        }

        private boolean isOurs(@Nullable Held held) {
            return held != null
                    && held.header() != null
                    && held.header().version().equals(record.version())
                    && held.size() == content.length;
        }

        private Map<String, String> header(@Nullable Held held) {
            if (!conditional) {
                return Map.of();
            }
            return held == null ? S3Client.ifAbsent() : S3Client.ifMatch(held.etag());
        }

        /** Returns when it makes sense to look again. */
        private void recover(S3Error e, @Nullable Held held) throws S3Error {
            if (scope.isOver()) {
                throw e;
            }
            if (e.isConflict() || e.isMissing() && held != null) {
                if (conflicts++ > 0) { // the first time at once: somebody was just faster
                    scope.pause(CONFLICT_NANOS, conflicts, e);
                }
            } else if (e.isPassing() && passing < S3Client.RETRIES) {
                scope.pause(S3Client.STEP_NANOS, passing++, e);
            } else if (e.isBroken() && broken == 0) {
                broken++;
            } else {
                throw e;
            }
        }
    }

    boolean purge(S3Scope scope, TierKey key, Version atMost) throws IOException {
        String object = names.record(key);
        ReentrantLock lock = lock(scope, key);
        try {
            for (int conflicts = 0; ; conflicts++) {
                Held held = look(scope, object, key);
                if (held == null
                        || held.header() != null && held.header().version().isNewerThan(atMost)) {
                    return false; // a damaged one goes: nobody can read it, so nobody can miss it
                }
                try {
                    client.delete(scope, object, held.etag());
                    cache.remove(object);
                    return true;
                } catch (S3Error e) {
                    if (e.isMissing()) {
                        return false;
                    }
                    if (!e.isConflict()) {
                        throw e;
                    }
                    scope.pause(CONFLICT_NANOS, conflicts, e);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Reads the beginning of a record's object; null when there is none. */
    @Nullable
    Held look(S3Scope scope, String object, TierKey key) throws IOException {
        Fetched fetched = client.get(scope, object, RecordFormat.LONGEST_HEADER_BYTES);
        if (fetched == null) {
            cache.remove(object);
            return null;
        }
        Held held = header(fetched);
        if (held.header() != null && !held.header().key().equals(key)) {
            return new Held(held.etag(), null, held.size());
        }
        cache.put(object, held);
        return held;
    }

    static Held header(Fetched head) {
        TierPage.Header header;
        try {
            header = RecordFormat.readHeader(head.bytes(), head.bytes().length, head.size());
        } catch (TierException e) {
            header = null; // damaged; whoever asks decides what to make of it
        }
        return new Held(head.etag(), header, head.size());
    }

    private static TierRecord withoutBody(TierPage.Header header) {
        return header.tombstone()
                ? TierRecord.tombstone(header.key(), header.version(), header.expiresAtMillis())
                : TierRecord.value(header.key(), header.version(), header.expiresAtMillis(), "", new byte[0]);
    }

    private ReentrantLock lock(S3Scope scope, TierKey key) throws S3Error {
        ReentrantLock lock = locks[(key.hashCode() * 0x9E3779B9) >>> 24];
        try {
            if (lock.tryLock(Math.max(0, scope.deadline().remainingNanos()), TimeUnit.NANOSECONDS)) {
                return lock;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw S3Error.of(new SocketTimeoutException("another write of the same key takes too long"));
    }
}

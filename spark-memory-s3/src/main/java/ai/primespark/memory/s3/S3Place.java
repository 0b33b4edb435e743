package ai.primespark.memory.s3;

import static ai.primespark.spi.TierException.Kind.PERMANENT;

import ai.primespark.memory.s3.S3Client.Fetched;
import ai.primespark.memory.s3.S3Options.ConditionalWrites;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierIdentity;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bucket and what its server can do. The object {@code identity} holds a random name, so that a bucket that was emptied or
 * replaced is noticed. Whether conditions are honoured is tried out once, before the first write. Thread-safe.
 */
final class S3Place {

    private static final Logger LOG = LoggerFactory.getLogger(S3Place.class);
    private static final String MAGIC = "prime-spark memory 1 ";
    private static final byte[] TRIAL =
            "tries out conditional writes; may be deleted".getBytes(StandardCharsets.US_ASCII);

    private final S3Options options;
    private final S3Client client;
    private final S3Names names;
    private final ReentrantLock trial = new ReentrantLock();
    private volatile @Nullable Boolean honoured;
    private volatile boolean deletesHonoured;

    S3Place(S3Options options, S3Client client, S3Names names) {
        this.options = options;
        this.client = client;
        this.names = names;
    }

    TierIdentity identify(S3Scope scope) throws IOException {
        String storage = storage(scope);
        return new TierIdentity(storage, detail());
    }

    private String detail() {
        Boolean known = honoured;
        if (options.conditionalWrites() == ConditionalWrites.OFF) {
            return "writes of several machines may overwrite one another: conditional-writes = off";
        }
        if (known == null) {
            return "conditional writes not tried yet";
        }
        return known
                ? "conditional writes work" + (deletesHonoured ? ", deletions too" : ", deletions are unconditional")
                : "the server ignores conditional writes: writes of several machines may overwrite one another";
    }

    private String storage(S3Scope scope) throws IOException {
        for (int attempt = 0; ; attempt++) {
            try {
                Fetched found = client.get(scope, names.identity(), 200);
                if (found != null) {
                    String text = new String(found.bytes(), StandardCharsets.US_ASCII).strip();
                    if (text.startsWith(MAGIC)) {
                        return text.substring(MAGIC.length());
                    }
                    throw new TierException(
                            PERMANENT,
                            options.where() + ": the object '" + names.identity()
                                    + "' is not ours; choose another prefix",
                            null);
                }
                byte[] fresh = (MAGIC + UUID.randomUUID() + "\n").getBytes(StandardCharsets.US_ASCII);
                Map<String, String> condition =
                        options.conditionalWrites() == ConditionalWrites.OFF ? Map.of() : S3Client.ifAbsent();
                client.put(scope, names.identity(), fresh, fresh.length, condition, null);
            } catch (S3Error e) {
                if (attempt >= 4) {
                    throw e;
                }
                if (e.code().equals("NoSuchBucket") && options.createBucket()) {
                    if (client.createBucket(scope)) {
                        LOG.info("tier '{}' made the bucket '{}'", options.id(), options.bucket());
                    }
                } else if (!e.isConflict()) { // somebody else has just named it
                    throw e;
                }
            }
        }
    }

    /**
     * Whether writes are to carry conditions; tries the server out the first time.
     *
     * @throws TierException when they must be honoured and are not
     */
    boolean writesAreConditional(S3Scope scope) throws IOException {
        if (options.conditionalWrites() == ConditionalWrites.OFF) {
            return false;
        }
        Boolean known = honoured;
        if (known == null) {
            known = tryOut(scope);
        }
        if (!known && options.conditionalWrites() == ConditionalWrites.REQUIRED) {
            throw new TierException(
                    PERMANENT,
                    options.where()
                            + ": the server ignores conditional writes, so machines could overwrite one another's"
                            + " records; use another server, or set conditional-writes = auto if only one machine writes",
                    null);
        }
        return known;
    }

    private boolean tryOut(S3Scope scope) throws IOException {
        try {
            if (!trial.tryLock(Math.max(0, scope.deadline().remainingNanos()), TimeUnit.NANOSECONDS)) {
                throw S3Error.of(new SocketTimeoutException("trying out the server takes too long"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw S3Error.of(new SocketTimeoutException("interrupted"));
        }
        try {
            Boolean known = honoured;
            if (known != null) {
                return known;
            }
            storage(scope); // makes the bucket, if that is wanted
            boolean works = experiment(scope);
            honoured = works;
            if (!works) {
                LOG.warn(
                        "{}: the server ignores conditional writes; {}",
                        options.where(),
                        options.conditionalWrites() == ConditionalWrites.REQUIRED
                                ? "nothing is written there"
                                : "several machines may overwrite one another's records");
            }
            return works;
        } finally {
            trial.unlock();
        }
    }

    /** Four writes of which the server must refuse two, and a deletion that it may refuse. */
    private boolean experiment(S3Scope scope) throws IOException {
        String object = names.probes() + UUID.randomUUID();
        String etag = client.repeat(scope, () -> client.put(scope, object, TRIAL, TRIAL.length, Map.of(), null));
        try {
            boolean works = isRefused(scope, object, S3Client.ifAbsent())
                    && isRefused(scope, object, S3Client.ifMatch("00000000000000000000000000000000"))
                    && isRefused(scope, object + "-missing", S3Client.ifMatch(etag))
                    && !isRefused(scope, object, S3Client.ifMatch(etag));
            deletesHonoured = works && deletionIsRefused(scope, object);
            return works;
        } finally {
            try {
                client.delete(scope, object, null);
                if (honoured == null) {
                    client.delete(scope, object + "-missing", null);
                }
            } catch (S3Error e) {
                LOG.debug("{}: a trial object is left for the sweep", options.where(), e);
            }
        }
    }

    private boolean isRefused(S3Scope scope, String object, Map<String, String> condition) throws IOException {
        return client.repeat(scope, () -> {
            try {
                client.put(scope, object, TRIAL, TRIAL.length, condition, null);
                return false;
            } catch (S3Error e) {
                if (e.isConflict() || e.isMissing()) {
                    return true;
                }
                throw e;
            }
        });
    }

    private boolean deletionIsRefused(S3Scope scope, String object) throws IOException {
        try {
            client.delete(scope, object, "00000000000000000000000000000000");
            return false;
        } catch (S3Error e) {
            return e.isConflict();
        }
    }
}

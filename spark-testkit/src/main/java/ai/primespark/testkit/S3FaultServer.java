package ai.primespark.testkit;

import ai.primespark.testkit.S3Store.Stored;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An S3 server in memory that behaves, and misbehaves, as a test says. It speaks path style and knows objects, ranges,
 * conditions, uploads in parts, listing version 2 in pages and deletion in batches. Signatures are not checked; the access key
 * is, if {@linkplain #requireAccessKey one is asked for}. Listens on 127.0.0.1 only.
 *
 * <pre>{@code
 * try (S3FaultServer server = S3FaultServer.start()) {
 *     server.createBucket("memory");
 *     server.inject(S3Operation.PUT_OBJECT, 2, S3Fault.error(503, "SlowDown"));
 * }
 * }</pre>
 *
 * <p>Each connection has a thread of its own and may carry many requests. Thread-safe.
 */
public final class S3FaultServer implements AutoCloseable {

    private final S3Protocol protocol = new S3Protocol();
    private final S3Connections connections;

    private S3FaultServer() throws IOException {
        this.connections = new S3Connections(protocol);
    }

    /**
     * Starts a server on a free port.
     *
     * @return a server without buckets
     * @throws IOException when no port is free
     */
    public static S3FaultServer start() throws IOException {
        S3FaultServer server = new S3FaultServer();
        server.connections.start();
        return server;
    }

    /**
     * The server's address.
     *
     * @return without a path
     */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + connections.port());
    }

    /**
     * Makes a bucket; one that is there stays as it is.
     *
     * @param bucket its name
     */
    public void createBucket(String bucket) {
        synchronized (protocol.store) {
            protocol.store.buckets.putIfAbsent(bucket, S3Store.newBucket());
        }
    }

    /**
     * Loses a bucket with all that is in it.
     *
     * @param bucket its name
     */
    public void dropBucket(String bucket) {
        synchronized (protocol.store) {
            protocol.store.buckets.remove(bucket);
        }
    }

    /**
     * Whether {@code If-Match} and {@code If-None-Match} of writes are honoured; they are unless this is turned off. When off,
     * they are ignored silently, as some servers do.
     *
     * @param on whether to honour them
     */
    public void honourConditions(boolean on) {
        protocol.conditionalWrites = on;
    }

    /**
     * Whether {@code If-Match} of deletions is honoured; it is ignored, as MinIO does, unless this is turned on.
     *
     * @param on whether to honour it
     */
    public void honourConditionalDeletes(boolean on) {
        protocol.conditionalDeletes = on;
    }

    /**
     * Sets the longest page of a listing, 1,000 at the beginning.
     *
     * @param most at least 1
     */
    public void pageSize(int most) {
        protocol.mostKeys = Math.max(1, Math.min(S3Protocol.MOST_KEYS, most));
    }

    /**
     * Refuses requests without this access key from now on: without any, {@code AccessDenied}, with another one,
     * {@code InvalidAccessKeyId}.
     *
     * @param accessKey the only key that is let in, or null to let everybody in
     */
    public void requireAccessKey(@Nullable String accessKey) {
        protocol.accessKey = accessKey;
    }

    /**
     * Lets the next requests of a kind meet a fault. Faults for the same kind are used up in the order in which they were given.
     *
     * @param operation which requests, or null for all
     * @param times how many of them; {@link Integer#MAX_VALUE} until {@link #heal()}
     * @param fault what happens to them
     */
    public void inject(@Nullable S3Operation operation, int times, S3Fault fault) {
        injectAfter(operation, 0, times, fault);
    }

    /**
     * Lets some requests of a kind pass and the next ones meet a fault.
     *
     * @param operation which requests, or null for all
     * @param passed how many of them go well before
     * @param times how many of them meet the fault
     * @param fault what happens to them
     */
    public void injectAfter(@Nullable S3Operation operation, int passed, int times, S3Fault fault) {
        connections.plan(operation, passed, times, Objects.requireNonNull(fault, "fault"));
    }

    /** Ends all faults; requests that were left without an answer lose their connection. */
    public void heal() {
        connections.heal();
    }

    /**
     * How many requests of a kind have come, those that met a fault included.
     *
     * @param operation the kind
     * @return since the start or the last {@link #resetCounts()}
     */
    public long requests(S3Operation operation) {
        return connections.traffic(operation).requests.get();
    }

    /**
     * How many requests have come in all.
     *
     * @return since the start or the last {@link #resetCounts()}
     */
    public long requests() {
        return Arrays.stream(S3Operation.values()).mapToLong(this::requests).sum();
    }

    /**
     * How many bytes of bodies have come with requests of a kind.
     *
     * @param operation the kind
     * @return since the start or the last {@link #resetCounts()}
     */
    public long bytesReceived(S3Operation operation) {
        return connections.traffic(operation).received.get();
    }

    /**
     * How many bytes of bodies have been sent in answers to requests of a kind.
     *
     * @param operation the kind
     * @return since the start or the last {@link #resetCounts()}
     */
    public long bytesSent(S3Operation operation) {
        return connections.traffic(operation).sent.get();
    }

    /** Counts from zero again. */
    public void resetCounts() {
        for (S3Operation operation : S3Operation.values()) {
            connections.traffic(operation).reset();
        }
    }

    /**
     * How many connections were made so far.
     *
     * @return never decreases
     */
    public int connections() {
        return connections.made();
    }

    /**
     * How many connections are open.
     *
     * @return at this moment
     */
    public int openConnections() {
        return connections.open();
    }

    /**
     * The names in a bucket.
     *
     * @param bucket its name
     * @return in the order in which S3 lists them; empty when there is no such bucket
     */
    public List<String> objects(String bucket) {
        synchronized (protocol.store) {
            Map<String, Stored> objects = protocol.store.buckets.get(bucket);
            return objects == null ? List.of() : List.copyOf(objects.keySet());
        }
    }

    /**
     * An object's content.
     *
     * @param bucket its bucket
     * @param object its name
     * @return a copy, or null when there is no such object
     */
    public byte @Nullable [] content(String bucket, String object) {
        synchronized (protocol.store) {
            Stored stored = protocol.store.find(bucket, object);
            return stored == null ? null : stored.body().clone();
        }
    }

    /**
     * An object's headers that its writer gave: content type, encryption, storage class, user metadata.
     *
     * @param bucket its bucket
     * @param object its name
     * @return by name, in any case of letters; empty when there is no such object
     */
    public Map<String, String> headers(String bucket, String object) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        synchronized (protocol.store) {
            Stored stored = protocol.store.find(bucket, object);
            if (stored != null) {
                headers.putAll(stored.headers());
            }
        }
        return headers;
    }

    /**
     * Stores an object behind the client's back.
     *
     * @param bucket a bucket that is there
     * @param object its name
     * @param content copied
     */
    public void put(String bucket, String object, byte[] content) {
        byte[] body = content.clone();
        synchronized (protocol.store) {
            Objects.requireNonNull(protocol.store.buckets.get(bucket), "no such bucket")
                    .put(object, new Stored(body, S3Store.md5(body), Instant.now(), Map.of()));
        }
    }

    /**
     * Flips one bit of an object, and leaves its ETag as it is: what a disk does that nobody checks.
     *
     * @param bucket its bucket
     * @param object its name
     * @param offset of the byte
     */
    public void corrupt(String bucket, String object, int offset) {
        synchronized (protocol.store) {
            Stored held = Objects.requireNonNull(protocol.store.find(bucket, object), "no such object");
            byte[] body = held.body().clone();
            body[offset] ^= 1;
            Objects.requireNonNull(protocol.store.buckets.get(bucket))
                    .put(object, new Stored(body, held.etag(), held.at(), held.headers()));
        }
    }

    /**
     * The uploads that are neither completed nor aborted.
     *
     * @return how many parts each has, by its id
     */
    public Map<String, Integer> uploads() {
        Map<String, Integer> found = new LinkedHashMap<>();
        synchronized (protocol.store) {
            protocol.store.uploads.forEach((id, upload) -> found.put(id, upload.parts.size()));
        }
        return found;
    }

    /**
     * Lets all unfinished uploads look as if they had begun at another time.
     *
     * @param initiated when
     */
    public void ageUploads(Instant initiated) {
        synchronized (protocol.store) {
            protocol.store.uploads.values().forEach(upload -> upload.initiated = initiated);
        }
    }

    /** Ends every connection and stops listening. */
    @Override
    public void close() {
        connections.close();
    }
}

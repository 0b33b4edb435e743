package ai.primespark.testkit;

import ai.primespark.testkit.S3Store.Stored;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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

    private static final int BACKLOG = 256;
    private static final long MOST_BODY_BYTES = 1L << 30;

    private final ServerSocket listener;
    private final S3Protocol protocol = new S3Protocol();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<S3Operation, Traffic> traffic = new EnumMap<>(S3Operation.class);
    private final List<Planned> plans = new ArrayList<>(); // guarded by itself
    private volatile CountDownLatch healed = new CountDownLatch(1);
    private volatile boolean closed;

    /** What went over the wire for one kind of request. */
    private static final class Traffic {
        final AtomicLong requests = new AtomicLong();
        final AtomicLong received = new AtomicLong();
        final AtomicLong sent = new AtomicLong();
    }

    /** A fault that waits for its requests. */
    private static final class Planned {
        final @Nullable S3Operation operation;
        final S3Fault fault;
        long skip;
        long times;

        Planned(@Nullable S3Operation operation, long skip, long times, S3Fault fault) {
            this.operation = operation;
            this.skip = skip;
            this.times = times;
            this.fault = fault;
        }
    }

    private S3FaultServer(ServerSocket listener) {
        this.listener = listener;
        for (S3Operation operation : S3Operation.values()) {
            traffic.put(operation, new Traffic());
        }
    }

    /**
     * Starts a server on a free port.
     *
     * @return a server without buckets
     * @throws IOException when no port is free
     */
    public static S3FaultServer start() throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), BACKLOG);
        S3FaultServer server = new S3FaultServer(listener);
        daemon("testkit-s3-server", server::accept).start();
        return server;
    }

    /**
     * The server's address.
     *
     * @return without a path
     */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
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
        synchronized (plans) {
            plans.add(new Planned(operation, passed, times, Objects.requireNonNull(fault, "fault")));
        }
    }

    /** Ends all faults; requests that were left without an answer lose their connection. */
    public void heal() {
        synchronized (plans) {
            plans.clear();
        }
        CountDownLatch last = healed;
        healed = new CountDownLatch(1);
        last.countDown();
    }

    /**
     * How many requests of a kind have come, those that met a fault included.
     *
     * @param operation the kind
     * @return since the start or the last {@link #resetCounts()}
     */
    public long requests(S3Operation operation) {
        return traffic(operation).requests.get();
    }

    /**
     * How many requests have come in all.
     *
     * @return since the start or the last {@link #resetCounts()}
     */
    public long requests() {
        return traffic.values().stream().mapToLong(t -> t.requests.get()).sum();
    }

    /**
     * How many bytes of bodies have come with requests of a kind.
     *
     * @param operation the kind
     * @return since the start or the last {@link #resetCounts()}
     */
    public long bytesReceived(S3Operation operation) {
        return traffic(operation).received.get();
    }

    /**
     * How many bytes of bodies have been sent in answers to requests of a kind.
     *
     * @param operation the kind
     * @return since the start or the last {@link #resetCounts()}
     */
    public long bytesSent(S3Operation operation) {
        return traffic(operation).sent.get();
    }

    /** Counts from zero again. */
    public void resetCounts() {
        traffic.values().forEach(t -> {
            t.requests.set(0);
            t.received.set(0);
            t.sent.set(0);
        });
    }

    /**
     * How many connections were made so far.
     *
     * @return never decreases
     */
    public int connections() {
        return connections.get();
    }

    /**
     * How many connections are open.
     *
     * @return at this moment
     */
    public int openConnections() {
        return sockets.size();
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
        Map<String, String> headers = new java.util.TreeMap<>(String.CASE_INSENSITIVE_ORDER);
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
        closed = true;
        heal();
        closeQuietly(listener);
        sockets.forEach(S3FaultServer::closeQuietly);
    }

    private Traffic traffic(S3Operation operation) {
        return Objects.requireNonNull(traffic.get(operation), "operation");
    }

    private void accept() {
        while (!closed) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                daemon("testkit-s3-connection-" + connections.incrementAndGet(), () -> serve(socket))
                        .start();
            } catch (IOException e) {
                return; // the listener was closed, which is how this thread is told to end
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream(), 64 << 10);
            while (!closed) {
                S3Request request = S3Request.read(in);
                if (request == null || !exchange(socket, in, request)) {
                    return;
                }
            }
        } catch (IOException | RuntimeException e) {
            // the client hung up or sent what is not S3; the test sees it by the missing answer
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(socket);
        }
    }

    /** Answers one request; false when the connection is over. */
    private boolean exchange(Socket socket, BufferedInputStream in, S3Request request)
            throws IOException, InterruptedException {
        Traffic counts = traffic(request.operation());
        counts.requests.incrementAndGet();
        S3Fault fault = nextFault(request.operation());
        CountDownLatch end = healed;
        if (fault != null && fault.kind == S3Fault.Kind.CUT_REQUEST) {
            counts.received.addAndGet(in.readNBytes(fault.bytes).length);
            return false;
        }
        OutputStream out = socket.getOutputStream();
        if ("100-continue".equalsIgnoreCase(request.header("Expect"))) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        if (request.length() > MOST_BODY_BYTES) {
            throw new IOException("too much for memory");
        }
        byte[] body = in.readNBytes((int) request.length());
        counts.received.addAndGet(body.length);
        if (body.length < request.length()) {
            throw new EOFException("the request ends in its body");
        }
        if (fault == null) {
            write(out, request, protocol.answer(request, body), counts);
            return true;
        }
        switch (fault.kind) {
            case ERROR:
                S3Answer error = S3Answer.error(fault.status, fault.code, "/" + request.bucket());
                error.headers.putAll(fault.headers);
                write(out, request, error, counts);
                return true;
            case BLACK_HOLE:
                end.await();
                return false;
            case RESET_BEFORE:
                return false;
            case RESET_AFTER:
                protocol.answer(request, body);
                return false;
            default:
                hamper(out, request, protocol.answer(request, body), fault, end, counts);
                return fault.kind == S3Fault.Kind.SLOW_BODY && end.getCount() > 0;
        }
    }

    private @Nullable S3Fault nextFault(S3Operation operation) {
        synchronized (plans) {
            for (Planned plan : plans) {
                if ((plan.operation == null || plan.operation == operation) && plan.times > 0) {
                    if (plan.skip > 0) {
                        plan.skip--;
                        continue;
                    }
                    plan.times -= plan.times == Integer.MAX_VALUE ? 0 : 1;
                    return plan.fault;
                }
            }
            return null;
        }
    }

    private static void write(OutputStream out, S3Request request, S3Answer answer, Traffic counts)
            throws IOException {
        ByteArrayOutputStream whole = head(answer);
        if (!request.method().equals("HEAD")) {
            whole.write(answer.body, answer.from, answer.length);
            counts.sent.addAndGet(answer.length);
        }
        whole.writeTo(out); // in one piece, so that no answer waits for an acknowledgement of its head
        out.flush();
    }

    private static void hamper(
            OutputStream out,
            S3Request request,
            S3Answer answer,
            S3Fault fault,
            CountDownLatch end,
            Traffic counts)
            throws IOException, InterruptedException {
        head(answer).writeTo(out);
        if (request.method().equals("HEAD")) {
            return;
        }
        int sent = 0;
        while (sent < answer.length) {
            int piece = Math.min(fault.bytes, answer.length - sent);
            out.write(answer.body, answer.from + sent, piece);
            out.flush();
            counts.sent.addAndGet(piece);
            sent += piece;
            if (fault.kind == S3Fault.Kind.CUT_BODY
                    || end.await(fault.pause.toMillis(), TimeUnit.MILLISECONDS)) {
                return; // healed in the middle of a slow body: the connection ends short
            }
        }
    }

    private static ByteArrayOutputStream head(S3Answer answer) {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status + " Answer\r\n");
        answer.headers.putIfAbsent("Date", S3Protocol.httpDate(Instant.now()));
        answer.headers.putIfAbsent("Server", "testkit-s3");
        answer.headers.put("Content-Length", String.valueOf(answer.length));
        answer.headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        ByteArrayOutputStream out = new ByteArrayOutputStream(head.length() + 2 + answer.length);
        out.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        return out;
    }

    private static Thread daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // it is gone either way
        }
    }
}

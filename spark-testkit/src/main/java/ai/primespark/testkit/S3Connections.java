package ai.primespark.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
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

/** The connections of {@link S3FaultServer}: reads requests, lets them meet their faults, counts. Thread-safe. */
final class S3Connections {

    private static final int BACKLOG = 256;
    private static final long MOST_BODY_BYTES = 1L << 30;

    private final ServerSocket listener = new ServerSocket();
    private final S3Protocol protocol;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger made = new AtomicInteger();
    private final Map<S3Operation, Traffic> traffic = new EnumMap<>(S3Operation.class);
    private final List<Planned> plans = new ArrayList<>(); // guarded by itself
    private volatile CountDownLatch healed = new CountDownLatch(1);
    private volatile boolean closed;

    /** What went over the wire for one kind of request. */
    static final class Traffic {
        final AtomicLong requests = new AtomicLong();
        final AtomicLong received = new AtomicLong();
        final AtomicLong sent = new AtomicLong();

        void reset() {
            requests.set(0);
            received.set(0);
            sent.set(0);
        }
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

    S3Connections(S3Protocol protocol) throws IOException {
        this.protocol = protocol;
        for (S3Operation operation : S3Operation.values()) {
            traffic.put(operation, new Traffic());
        }
        listener.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), BACKLOG);
    }

    void start() {
        daemon("testkit-s3-server", this::accept).start();
    }

    int port() {
        return listener.getLocalPort();
    }

    int made() {
        return made.get();
    }

    int open() {
        return sockets.size();
    }

    void plan(@Nullable S3Operation operation, int passed, int times, S3Fault fault) {
        synchronized (plans) {
            plans.add(new Planned(operation, passed, times, fault));
        }
    }

    void heal() {
        synchronized (plans) {
            plans.clear();
        }
        CountDownLatch last = healed;
        healed = new CountDownLatch(1);
        last.countDown();
    }

    void close() {
        closed = true;
        heal();
        closeQuietly(listener);
        sockets.forEach(S3Connections::closeQuietly);
    }

    Traffic traffic(S3Operation operation) {
        return Objects.requireNonNull(traffic.get(operation), "operation");
    }

    private void accept() {
        while (!closed) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                daemon("testkit-s3-connection-" + made.incrementAndGet(), () -> serve(socket))
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
        return switch (fault.kind) {
            case ERROR -> {
                S3Answer error = S3Answer.error(fault.status, fault.code, "/" + request.bucket());
                error.headers.putAll(fault.headers);
                write(out, request, error, counts);
                yield true;
            }
            case BLACK_HOLE -> {
                end.await();
                yield false;
            }
            case RESET_AFTER -> {
                var unused = protocol.answer(request, body);
                yield false;
            }
            case SLOW_BODY, CUT_BODY -> {
                hamper(out, request, protocol.answer(request, body), fault, end, counts);
                yield fault.kind == S3Fault.Kind.SLOW_BODY && end.getCount() > 0;
            }
            case RESET_BEFORE, CUT_REQUEST -> false;
        };
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

    private static void write(OutputStream out, S3Request request, S3Answer answer, Traffic counts) throws IOException {
        ByteArrayOutputStream whole = head(answer);
        if (!request.method().equals("HEAD")) {
            whole.write(answer.body, answer.from, answer.length);
            counts.sent.addAndGet(answer.length);
        }
        whole.writeTo(out); // in one piece, so that no answer waits for an acknowledgement of its head
        out.flush();
    }

    private static void hamper(
            OutputStream out, S3Request request, S3Answer answer, S3Fault fault, CountDownLatch end, Traffic counts)
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
            if (fault.kind == S3Fault.Kind.CUT_BODY || end.await(fault.pause.toMillis(), TimeUnit.MILLISECONDS)) {
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

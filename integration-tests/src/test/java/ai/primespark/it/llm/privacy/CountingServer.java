package ai.primespark.it.llm.privacy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * A server on a raw socket that counts every connection and every byte that arrives, whether or not it is a whole request, and
 * looks in all of it for marks. It speaks HTTP/1.1 and keeps connections open, so that a million requests need few of them.
 * Listens on 127.0.0.1 only. Thread-safe.
 */
final class CountingServer implements AutoCloseable {

    private static final int BACKLOG = 256;
    private static final int MOST_BYTES = 1 << 20;
    private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};

    private final String name;
    private final Script script;
    private final ServerSocket listener = new ServerSocket();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final LongAdder connections = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final Map<Mark, LongAdder> marked = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** Answers requests. */
    @FunctionalInterface
    interface Script {

        /**
         * Answers one request.
         *
         * @param request what was asked
         * @param reply the means to answer; a reply that was not completed ends the connection
         */
        void answer(Request request, Reply reply) throws IOException, InterruptedException;
    }

    /** What was asked. */
    record Request(String method, String path, String body) {}

    CountingServer(String name, Script script) throws IOException {
        this.name = name;
        this.script = script;
        for (Mark mark : Mark.values()) {
            marked.put(mark, new LongAdder());
        }
        listener.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), BACKLOG);
        daemon("counting-" + name, this::accept);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** Connections that were made so far. */
    long connections() {
        return connections.sum();
    }

    /** Bytes that arrived so far, over all connections. */
    long bytes() {
        return bytes.sum();
    }

    /** Requests, whole or broken off, in which a mark stood. */
    long requestsWith(Mark mark) {
        return Objects.requireNonNull(marked.get(mark)).sum();
    }

    /** Ends all connections, as a server does that is started anew. */
    void endConnections() {
        sockets.forEach(CountingServer::closeQuietly);
    }

    @Override
    public void close() {
        closed = true;
        closeQuietly(listener);
        endConnections();
    }

    private void accept() {
        while (!closed) {
            try {
                Socket socket = listener.accept();
                connections.increment();
                sockets.add(socket);
                daemon("counting-" + name + "-" + connections.sum(), () -> serve(socket));
            } catch (IOException e) {
                return; // the listener was closed, which is how this thread is told to end
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            while (true) {
                Request request = read(in);
                if (request == null) {
                    return;
                }
                Reply reply = new Reply(socket, out);
                script.answer(request, reply);
                if (!reply.complete()) {
                    return;
                }
            }
        } catch (IOException e) {
            // the client hung up, or a script did
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(socket);
        }
    }

    /** One request; null when the client is done. Whatever arrives is counted and looked through, even if it is no request. */
    private Request read(InputStream in) throws IOException {
        ByteArrayOutputStream arrived = new ByteArrayOutputStream(512);
        try {
            byte[] buffer = new byte[8192];
            int whole = -1;
            int head = -1;
            while (whole < 0 || arrived.size() < whole) {
                int n = in.read(buffer);
                if (n < 0) {
                    return null;
                }
                bytes.add(n);
                arrived.write(buffer, 0, n);
                if (whole < 0) {
                    head = end(arrived.toByteArray());
                    whole = head < 0 ? -1 : head + length(text(arrived).substring(0, head));
                }
                if (arrived.size() > MOST_BYTES) {
                    throw new IOException("more than a test sends");
                }
            }
            if (arrived.size() > whole) {
                throw new IOException("a client that does not wait for its answer");
            }
            String all = text(arrived);
            String[] first = all.split(" ", 3);
            return new Request(first[0], first[1], all.substring(head));
        } finally {
            look(text(arrived));
        }
    }

    private void look(String text) {
        for (Mark mark : Mark.values()) {
            if (text.contains(mark.prefix())) {
                Objects.requireNonNull(marked.get(mark)).increment();
            }
        }
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /** Where the head ends; -1 when it has not arrived yet. */
    private static int end(byte[] arrived) {
        for (int i = 0; i + END_OF_HEAD.length <= arrived.length; i++) {
            if (arrived[i] == '\r' && arrived[i + 1] == '\n' && arrived[i + 2] == '\r' && arrived[i + 3] == '\n') {
                return i + END_OF_HEAD.length;
            }
        }
        return -1;
    }

    private static int length(String head) throws IOException {
        for (String line : head.lines().toList()) {
            if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                return Integer.parseInt(line.substring(15).strip());
            }
            if (line.regionMatches(true, 0, "transfer-encoding:", 0, 18)) {
                throw new IOException("chunked requests are not expected here");
            }
        }
        return 0;
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // it is gone either way
        }
    }
}

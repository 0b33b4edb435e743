package ai.primespark.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An HTTP/1.1 server on a raw socket that misbehaves as a test says: it stops in the middle, resets the connection, never
 * answers, answers byte by byte, and it sees when its client hangs up. Listens on 127.0.0.1 only.
 *
 * <pre>{@code
 * try (FaultServer server = FaultServer.start()) {
 *     server.onRequest("/api/chat", exchange -> exchange
 *             .headers(200, "application/x-ndjson")
 *             .piece("{\"message\":{\"content\":\"Hel\"}}\n")
 *             .reset());
 * }
 * }</pre>
 *
 * <p>Each connection carries one request and has a thread of its own; scripts of several requests run at the same time.
 * Thread-safe.
 */
public final class FaultServer implements AutoCloseable {

    private static final int BACKLOG = 256;

    private final ServerSocket listener;
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final List<FaultExchange> exchanges = new CopyOnWriteArrayList<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final Object arrival = new Object();
    private volatile Script otherwise = exchange -> exchange.respond(404, "text/plain", "no script for this request");
    private volatile boolean closed;

    /** What to do with one request. */
    @FunctionalInterface
    public interface Script {

        /**
         * Answers. When it returns, the connection is closed.
         *
         * @param exchange the request, and the means to answer it
         * @throws IOException when the client has hung up; ends the script without further ado
         * @throws InterruptedException when the server is closed
         */
        void play(FaultExchange exchange) throws IOException, InterruptedException;
    }

    private FaultServer(ServerSocket listener) {
        this.listener = listener;
    }

    /**
     * Starts a server on a free port.
     *
     * @return a server that answers 404 until it has scripts
     * @throws IOException when no port is free
     */
    public static FaultServer start() throws IOException {
        ServerSocket listener = new ServerSocket();
        listener.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), BACKLOG);
        FaultServer server = new FaultServer(listener);
        daemon("testkit-fault-server", server::accept).start();
        return server;
    }

    /**
     * An address where nobody listens.
     *
     * @return an address on this machine that refuses connections
     * @throws IOException when no port is free
     */
    public static URI nobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            return URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
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
     * Sets what to do from now on with requests for which no other script is set.
     *
     * @param script the script
     */
    public void onRequest(Script script) {
        otherwise = Objects.requireNonNull(script, "script");
    }

    /**
     * Sets what to do from now on with requests for a path.
     *
     * @param path the path, without the query
     * @param script the script
     */
    public void onRequest(String path, Script script) {
        scripts.put(path, Objects.requireNonNull(script, "script"));
    }

    /**
     * What was asked so far.
     *
     * @param path the path, without the query
     * @return in the order in which the requests were complete
     */
    public List<FaultExchange> exchanges(String path) {
        return exchanges.stream()
                .filter(exchange -> exchange.path().equals(path))
                .toList();
    }

    /**
     * Waits for a request.
     *
     * @param path the path, without the query
     * @param atMost how long to wait
     * @return the first request for the path
     * @throws AssertionError when none came in time
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public FaultExchange awaitExchange(String path, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        synchronized (arrival) {
            while (exchanges(path).isEmpty()) {
                long millis = (end - System.nanoTime()) / 1_000_000;
                if (millis <= 0) {
                    throw new AssertionError("no request for " + path + " came within " + atMost);
                }
                arrival.wait(millis);
            }
        }
        return exchanges(path).get(0);
    }

    /**
     * How many connections were made so far.
     *
     * @return never decreases
     */
    public int connections() {
        return connections.get();
    }

    /** Ends every script and connection and stops listening. */
    @Override
    public void close() {
        closed = true;
        closeQuietly(listener);
        // before the sockets, or a script takes this for the client's doing
        exchanges.forEach(FaultExchange::serverClosed);
        sockets.forEach(FaultServer::closeQuietly);
    }

    private void accept() {
        while (!closed) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                connections.incrementAndGet();
                daemon("testkit-fault-connection-" + connections.get(), () -> serve(socket))
                        .start();
            } catch (IOException e) {
                return; // the listener was closed, which is how this thread is told to end
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            FaultExchange exchange = FaultExchange.read(socket);
            if (exchange == null || closed) {
                return;
            }
            synchronized (arrival) {
                exchanges.add(exchange);
                arrival.notifyAll();
            }
            if (closed) {
                exchange.serverClosed();
            }
            try {
                scripts.getOrDefault(exchange.path(), otherwise).play(exchange);
            } finally {
                exchange.finish();
            }
        } catch (IOException e) {
            // the client hung up or sent something that is not HTTP: the exchange has noted it, and the test asserts on
            // that
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(socket);
        }
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

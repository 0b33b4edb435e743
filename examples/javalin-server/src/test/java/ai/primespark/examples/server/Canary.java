package ai.primespark.examples.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that nobody has any business with: who connects to it was led there. */
final class Canary implements AutoCloseable {

    static final String SONG = "the canary sings";

    private final ServerSocket socket;
    private final AtomicInteger visits = new AtomicInteger();

    Canary() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve, "canary");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (Socket visitor = socket.accept()) {
                visits.incrementAndGet();
                visitor.getOutputStream()
                        .write(
                                ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"error\": \""
                                                + SONG + "\"}\n")
                                        .getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                // closed, or the visitor has left
            }
        }
    }

    int port() {
        return socket.getLocalPort();
    }

    /** How often somebody has connected. */
    int visits() {
        return visits.get();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

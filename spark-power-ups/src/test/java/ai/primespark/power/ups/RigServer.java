package ai.primespark.power.ups;

import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.PowerRig;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A server on the loopback address, or in the file system, that a test commands. Subclasses speak its language. */
abstract class RigServer implements PowerRig {

    private final int port = LocalRedis.freePort();
    private final @Nullable Path path;
    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
    private final List<String> sent = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile @Nullable Fault fault;
    private volatile @Nullable ServerSocketChannel server;

    /** Over TCP. */
    RigServer() throws IOException {
        this(null);
    }

    /** At a path, or over TCP without one. */
    RigServer(@Nullable Path path) throws IOException {
        this.path = path;
        listen();
    }

    /** One question from the stream, or null at its end. */
    abstract @Nullable String question(InputStream in) throws IOException;

    /** The whole answer to a question; empty for none. */
    abstract byte[] answer(String question);

    /** What is sent again and again by {@link Fault#ENDLESS}. */
    byte[] endless() {
        return "x".repeat(1_000).getBytes(StandardCharsets.ISO_8859_1);
    }

    final int port() {
        return port;
    }

    /** How many connections there have been. */
    final int accepted() {
        return accepted.get();
    }

    private void listen() throws IOException {
        ServerSocketChannel opened;
        SocketAddress address;
        if (path == null) {
            opened = ServerSocketChannel.open();
            opened.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port);
        } else {
            Files.deleteIfExists(path);
            opened = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            address = UnixDomainSocketAddress.of(path);
        }
        opened.bind(address);
        server = opened;
        thread(() -> {
            while (true) {
                SocketChannel connection = opened.accept();
                accepted.incrementAndGet();
                connections.add(connection);
                thread(() -> serve(connection));
            }
        });
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void thread(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // closed by one side or the other
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(SocketChannel connection) throws IOException {
        try (connection) {
            InputStream in = new BufferedInputStream(Channels.newInputStream(connection));
            OutputStream out = Channels.newOutputStream(connection);
            for (String question = question(in); question != null; question = question(in)) {
                sent.add(question);
                byte[] answer = answer(question);
                Fault now = fault;
                if (now == null) {
                    out.write(answer);
                } else if (!misbehave(now, answer, out)) {
                    return;
                }
            }
        } finally {
            connections.remove(connection);
        }
    }

    private boolean misbehave(Fault now, byte[] answer, OutputStream out) throws IOException {
        switch (now) {
            case SILENT -> {
                return true;
            }
            case HALF -> out.write(Arrays.copyOf(answer, Math.max(1, answer.length / 2)));
            case GARBAGE ->
                out.write("HTTP/1.1 400 Bad Request\r\n\r\n\u0000\u00ff\u00fe".getBytes(StandardCharsets.ISO_8859_1));
            case ENDLESS -> {
                while (true) {
                    out.write(endless());
                }
            }
            case GONE -> {
                // only closed
            }
        }
        return false;
    }

    /** Ends all connections, as a restart would. */
    final void hangUp() throws IOException {
        for (SocketChannel connection : connections) {
            connection.close();
        }
    }

    /** Ends the fault. */
    final void heal() throws IOException {
        boolean gone = fault == Fault.GONE;
        fault = null;
        if (gone) {
            listen();
        }
    }

    @Override
    public boolean fail(Fault newFault) throws IOException {
        fault = newFault;
        if (newFault == Fault.GONE) {
            stop();
        }
        return true;
    }

    private void stop() throws IOException {
        ServerSocketChannel opened = server;
        if (opened != null) {
            opened.close();
        }
        hangUp();
    }

    @Override
    public List<String> sent() {
        return sent;
    }

    @Override
    public void close() throws IOException {
        stop();
    }

    /** Reads up to a line feed; null at the end of the stream. */
    static @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                return null;
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}

package ai.primespark.it.agents;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** A network between two processes that can be cut: silently, with connections reset, or for answers only. */
final class TcpProxy implements AutoCloseable {

    private enum Network {
        WELL,
        /** Bytes are taken and go nowhere, as with a pulled cable. */
        SILENT,
        /** Requests go through and their answers do not. */
        ANSWERS_LOST
    }

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private Network network = Network.WELL; // guarded by this
    private boolean refusing; // guarded by this
    private final AtomicLong harm = new AtomicLong();

    TcpProxy(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        run("accept", this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** From now on bytes go nowhere. */
    synchronized void silence() {
        network = Network.SILENT;
    }

    /** From now on what servers answer is lost. */
    synchronized void loseAnswers() {
        network = Network.ANSWERS_LOST;
    }

    /** Resets all connections, and each new one until it is healed. */
    synchronized void refuse() {
        refusing = true;
        reset();
    }

    /** Resets all connections; new ones are let through. */
    void reset() {
        sockets.stream().filter(socket -> !socket.isClosed()).forEach(socket -> {
            reset(socket);
            harm.incrementAndGet();
        });
        sockets.clear();
    }

    /** How often something was lost so far, or a connection reset. */
    long harm() {
        return harm.get();
    }

    /** All is well again; connections that had lost something are reset, as nobody could know where in an answer they are. */
    synchronized void heal() {
        boolean lossy = network != Network.WELL;
        network = Network.WELL;
        refusing = false;
        if (lossy) {
            reset();
        }
        notifyAll();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listener.accept();
            sockets.add(client);
            if (isRefusing()) {
                reset(client);
                continue;
            }
            try {
                Socket server = new Socket();
                server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 1000);
                sockets.add(server);
                run("requests", () -> copy(client, server, false));
                run("answers", () -> copy(server, client, true));
            } catch (IOException nobodyThere) {
                reset(client);
            }
        }
    }

    private synchronized boolean isRefusing() {
        return refusing;
    }

    private void copy(Socket from, Socket to, boolean answers) throws IOException {
        byte[] bytes = new byte[8192];
        try (from;
                to;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            for (int count = in.read(bytes); count > 0; count = in.read(bytes)) {
                if (isThrough(answers)) {
                    out.write(bytes, 0, count);
                } else {
                    harm.incrementAndGet();
                }
            }
        }
    }

    private synchronized boolean isThrough(boolean answers) {
        return network == Network.WELL || network == Network.ANSWERS_LOST && !answers;
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException closed) {
            // it is closed already
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void run(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException end) {
                        // a side has gone, which is what the other side is told by the close
                    }
                },
                "proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reset();
    }
}

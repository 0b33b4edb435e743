package ai.primespark.agent.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/** A wire between a client and a server that a test cuts, with or without the server's answers. */
final class CutProxy implements AutoCloseable {

    private final ServerSocket entrance;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean refuses;
    private volatile byte[] swallowAfter;
    private volatile byte[] holdAfter;
    private volatile CountDownLatch held = new CountDownLatch(0);

    CutProxy(int target) {
        this.target = target;
        try {
            this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    String url() {
        return "redis://127.0.0.1:" + entrance.getLocalPort();
    }

    /** Ends all connections, and those that are made until {@link #mend()}. */
    void cut() {
        refuses = true;
        sockets.forEach(CutProxy::quietly);
    }

    void mend() {
        refuses = false;
    }

    /** Lets the next request that holds some text through, keeps its answer back and ends the connection then. */
    void loseAnswerTo(byte[] text) {
        swallowAfter = text;
    }

    /** Lets the next request that holds some text through, and keeps the answers to it back until {@link #release()}. */
    void holdAnswersTo(byte[] text) {
        held = new CountDownLatch(1);
        holdAfter = text;
    }

    void release() {
        held.countDown();
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket client = entrance.accept();
                if (refuses) {
                    client.close();
                    continue;
                }
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(client);
                sockets.add(server);
                Answers answers = new Answers();
                start(() -> copy(client, server, answers, true));
                start(() -> copy(server, client, answers, false));
            } catch (IOException e) {
                // closed, or the server is away: the client sees its connection end
            }
        }
    }

    /** What becomes of the answers on one connection. */
    private static final class Answers {
        volatile boolean swallowed;
        volatile boolean held;
    }

    private void copy(Socket from, Socket to, Answers answers, boolean request) {
        byte[] buffer = new byte[1 << 16];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (request) {
                    look(buffer, n, answers);
                } else if (answers.swallowed) {
                    return; // the server has done it, and nobody hears of it
                } else if (answers.held) {
                    held.await();
                }
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            // cut
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private void look(byte[] request, int length, Answers answers) {
        byte[] swallowed = swallowAfter;
        if (swallowed != null && contains(request, length, swallowed)) {
            swallowAfter = null;
            answers.swallowed = true;
        }
        byte[] kept = holdAfter;
        if (kept != null && contains(request, length, kept)) {
            holdAfter = null;
            answers.held = true;
        }
    }

    private static boolean contains(byte[] buffer, int length, byte[] wanted) {
        for (int at = 0; at + wanted.length <= length; at++) {
            if (Arrays.equals(buffer, at, at + wanted.length, wanted, 0, wanted.length)) {
                return true;
            }
        }
        return false;
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "cut-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void quietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        cut();
    }
}

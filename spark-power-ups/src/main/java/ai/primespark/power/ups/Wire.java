package ai.primespark.power.ups;

import ai.primespark.spi.Deadline;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A connection whose every use ends in time: a timer closes it at the deadline, which also ends what a read timeout would not, such as
 * bytes that trickle or a handshake. Used by one thread at a time; {@link #close()} from any.
 */
final class Wire implements AutoCloseable {

    private final ScheduledExecutorService scheduler;
    private volatile boolean closed;
    private volatile boolean tooLate;
    private volatile @Nullable Closeable base;
    private @Nullable Socket plain;
    private @Nullable SocketOption<Boolean> quickAck;
    private @Nullable Socket socket;
    private @Nullable InputStream in;
    private @Nullable OutputStream out;
    private boolean loopback;
    private boolean encrypted;

    /** Makes one that is not connected. */
    Wire(ScheduledExecutorService scheduler) {
        this.scheduler = scheduler;
    }

    /** Something that is done over the connection. */
    interface Exchange<T> {
        T run() throws IOException;
    }

    /** The deadline ended an exchange. */
    static final class TooLateException extends IOException {
        private static final long serialVersionUID = 1L;

        TooLateException() {
            super("no answer came in time");
        }
    }

    /**
     * Does something, and closes the connection when the deadline comes first.
     *
     * @throws TooLateException when the deadline came first
     */
    <T> T within(Deadline deadline, Exchange<T> exchange) throws IOException {
        if (deadline.isOver()) {
            throw new TooLateException();
        }
        Future<?> guard;
        try {
            guard = scheduler.schedule(this::cut, deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            throw new IOException("the engine is closed", e);
        }
        try {
            Socket timed = socket;
            if (timed != null && !closed) {
                timed.setSoTimeout((int)
                        Math.max(1, Math.min(3_600_000, deadline.remaining().toMillis())));
            }
            return exchange.run();
        } catch (java.net.SocketTimeoutException e) {
            throw new TooLateException();
        } catch (IOException e) {
            throw tooLate ? new TooLateException() : e;
        } finally {
            guard.cancel(false);
        }
    }

    private void cut() {
        tooLate = true;
        close();
    }

    /** Connects to the first of these addresses that answers. To be called {@link #within} a deadline. */
    void connect(InetAddress[] addresses, int port, Duration timeout) throws IOException {
        IOException failure = null;
        for (InetAddress address : addresses) {
            Socket attempt = new Socket();
            own(attempt);
            try {
                attempt.connect(new InetSocketAddress(address, port), (int) Math.max(1, timeout.toMillis()));
                attempt.setTcpNoDelay(true);
                attempt.setSoTimeout((int) Math.max(1, timeout.toMillis()));
                plain = attempt;
                quickAck = quickAck(attempt);
                socket = attempt;
                in = new BufferedInputStream(attempt.getInputStream());
                out = attempt.getOutputStream();
                loopback = address.isLoopbackAddress();
                return;
            } catch (IOException e) {
                attempt.close();
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        throw failure == null ? new IOException("the name has no address") : failure;
    }

    /** Connects to a socket in the file system. To be called {@link #within} a deadline. */
    void connect(Path path) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        own(channel);
        channel.connect(UnixDomainSocketAddress.of(path));
        in = new BufferedInputStream(Channels.newInputStream(channel));
        out = Channels.newOutputStream(channel);
        loopback = true;
    }

    private void own(Closeable opened) throws IOException {
        base = opened;
        if (closed) {
            opened.close();
            throw new IOException("closed");
        }
    }

    /**
     * Goes on encrypted. Nothing may be left to read: what came before the handshake is not part of it. To be called {@link #within}
     * a deadline.
     *
     * @param tls whom to trust
     * @param host the name that the certificate must be for, also sent as SNI
     * @param verifyHost whether it must be
     */
    void startTls(SSLContext tls, String host, boolean verifyHost) throws IOException {
        Socket clear = plain;
        InputStream before = in;
        if (clear == null || before == null) {
            throw new IOException("not connected");
        }
        if (before.available() > 0) {
            throw new IOException("the server went on in clear text after it had agreed to encrypt");
        }
        SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(clear, host, clear.getPort(), true);
        if (verifyHost) {
            SSLParameters parameters = secure.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secure.setSSLParameters(parameters);
        }
        secure.startHandshake();
        // base stays the plain socket: closing that one never waits for the other side
        socket = secure;
        in = new BufferedInputStream(secure.getInputStream());
        out = secure.getOutputStream();
        encrypted = true;
    }

    boolean isEncrypted() {
        return encrypted;
    }

    /** Whether the other side is on this machine. */
    boolean isLoopback() {
        return loopback;
    }

    void send(byte[] bytes) throws IOException {
        OutputStream to = out;
        if (to == null || closed) {
            throw new IOException("the connection is closed");
        }
        to.write(bytes);
        to.flush();
        acknowledgeAtOnce();
    }

    /**
     * Servers write their answers line by line, and the kernel there holds back the second until the first is acknowledged, which the
     * kernel here puts off by 40 ms: measured against upsd, 44 ms a reading instead of 0.04 ms. The option lasts for a while only.
     */
    private void acknowledgeAtOnce() {
        Socket clear = plain;
        SocketOption<Boolean> option = quickAck;
        if (clear != null && option != null) {
            try {
                clear.setOption(option, true);
            } catch (IOException | UnsupportedOperationException e) {
                quickAck = null; // slower, and otherwise the same
            }
        }
    }

    /** Found by its name, because it belongs to a module that not every JDK has (jdk.net), and to Linux. */
    @SuppressWarnings("unchecked") // the type is compared
    private static @Nullable SocketOption<Boolean> quickAck(Socket socket) {
        for (SocketOption<?> option : socket.supportedOptions()) {
            if (option.name().equals("TCP_QUICKACK") && option.type() == Boolean.class) {
                return (SocketOption<Boolean>) option;
            }
        }
        return null;
    }

    /** Whether something can be read without waiting. */
    boolean hasMore() throws IOException {
        return input().available() > 0;
    }

    /**
     * Reads up to a line feed, which is left out like a carriage return before it.
     *
     * @param most how many bytes a line may have
     * @throws EOFException when the other side ends before the line does
     */
    String readLine(int most) throws IOException {
        InputStream from = input();
        ByteArrayOutputStream line = new ByteArrayOutputStream(80);
        for (int next = from.read(); next != '\n'; next = from.read()) {
            if (next < 0) {
                throw new EOFException(line.size() == 0 ? "the server closed the connection" : "the answer is cut off");
            }
            if (line.size() == most) {
                throw new IOException("the answer has a line of more than " + most + " bytes");
            }
            line.write(next);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    /**
     * Reads so many bytes.
     *
     * @throws EOFException when the other side ends before
     */
    byte[] read(int count) throws IOException {
        byte[] bytes = input().readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException(bytes.length == 0 ? "the server closed the connection" : "the answer is cut off");
        }
        return bytes;
    }

    private InputStream input() throws IOException {
        InputStream from = in;
        if (from == null) {
            throw new IOException("not connected");
        }
        return from;
    }

    /** Ends the connection, and whatever waits for it. */
    @Override
    public void close() {
        closed = true;
        Closeable opened = base;
        if (opened != null) {
            try {
                opened.close();
            } catch (IOException e) {
                // it is of no more use anyway
            }
        }
    }
}

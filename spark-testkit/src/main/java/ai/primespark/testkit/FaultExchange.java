package ai.primespark.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request to a {@link FaultServer}, and the steps of the answer. The steps are for the script's thread; the request and
 * {@link #clientClosed} are for any thread.
 */
public final class FaultExchange {

    private static final int MAX_LINE = 64 * 1024;
    private static final int MAX_BODY = 64 * 1024 * 1024;

    /** Longest wait of a script, so that a test that forgets to release it ends all the same. */
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final String method;
    private final String path;
    private final Map<String, String> headers;
    private final String body;
    private final CountDownLatch clientGone = new CountDownLatch(1);
    private final CountDownLatch serverGone = new CountDownLatch(1);
    private boolean chunked;

    private FaultExchange(
            Socket socket, InputStream in, String method, String path, Map<String, String> headers, String body)
            throws IOException {
        this.socket = socket;
        this.in = in;
        this.out = socket.getOutputStream();
        this.method = method;
        this.path = path;
        this.headers = headers;
        this.body = body;
    }

    /** Reads a request; null when the client connected without asking anything. */
    static @Nullable FaultExchange read(Socket socket) throws IOException {
        InputStream in = new BufferedInputStream(socket.getInputStream());
        String first = line(in);
        String[] parts = first.split(" ", 3);
        if (parts.length < 3) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
                headers.merge(name, line.substring(colon + 1).strip(), (a, b) -> a + ", " + b);
            }
        }
        String target = parts[1];
        int query = target.indexOf('?');
        return new FaultExchange(
                socket, in, parts[0], query < 0 ? target : target.substring(0, query), headers, body(in, headers));
    }

    /**
     * The request's method.
     *
     * @return for example {@code POST}
     */
    public String method() {
        return method;
    }

    /**
     * The request's path.
     *
     * @return without the query
     */
    public String path() {
        return path;
    }

    /**
     * A header of the request.
     *
     * @param name in any case
     * @return its value, several joined by commas; empty when it is not there
     */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    /**
     * The request's body.
     *
     * @return as UTF-8
     */
    public String body() {
        return body;
    }

    /**
     * Answers at once and completely.
     *
     * @param status the HTTP status
     * @param contentType the content's type
     * @param content the whole body
     * @param more further headers: name, value, name, value …
     * @return this exchange
     * @throws IOException when the client has hung up
     */
    public FaultExchange respond(int status, String contentType, String content, String... more) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        head(status, contentType, "Content-Length: " + bytes.length, more);
        return raw(bytes);
    }

    /**
     * Begins an answer whose body follows in chunks.
     *
     * @param status the HTTP status
     * @param contentType the content's type
     * @param more further headers: name, value, name, value …
     * @return this exchange
     * @throws IOException when the client has hung up
     */
    public FaultExchange headers(int status, String contentType, String... more) throws IOException {
        chunked = true;
        return head(status, contentType, "Transfer-Encoding: chunked", more);
    }

    /**
     * Sends a piece of the body as one chunk, at once.
     *
     * @param text not empty
     * @return this exchange
     * @throws IOException when the client has hung up
     */
    public FaultExchange piece(String text) throws IOException {
        return piece(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Sends a piece of the body as one chunk, at once.
     *
     * @param bytes not empty
     * @return this exchange
     * @throws IOException when the client has hung up
     */
    public FaultExchange piece(byte[] bytes) throws IOException {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream(bytes.length + 16);
        chunk.writeBytes((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        chunk.writeBytes(bytes);
        chunk.writeBytes(new byte[] {'\r', '\n'});
        return raw(chunk.toByteArray());
    }

    /**
     * Sends every byte as a chunk of its own.
     *
     * @param text what to send
     * @return this exchange
     * @throws IOException when the client has hung up
     */
    public FaultExchange byteByByte(String text) throws IOException {
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            piece(new byte[] {one});
        }
        return this;
    }

    /**
     * Sends bytes as they are, with no regard to HTTP.
     *
     * @param bytes what to send
     * @return this exchange
     * @throws IOException when the client has hung up
     */
    public FaultExchange raw(byte[] bytes) throws IOException {
        try {
            out.write(bytes);
            out.flush();
            return this;
        } catch (IOException e) {
            if (serverGone.getCount() > 0) {
                clientGone.countDown();
            }
            throw e;
        }
    }

    /**
     * Ends a chunked body in the proper way. Without it the connection breaks off in the middle of the body.
     *
     * @return this exchange
     * @throws IOException when the client has hung up
     */
    public FaultExchange end() throws IOException {
        if (chunked) {
            chunked = false;
            raw("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        return this;
    }

    /**
     * Resets the connection: the client's next read fails, even if bytes were on their way.
     *
     * @throws IOException when the connection is gone already
     */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /**
     * Waits until the test goes on; a minute at most.
     *
     * @param release what the test counts down
     * @return this exchange
     * @throws InterruptedException when the server is closed
     * @throws IOException when the server is closed
     */
    public FaultExchange pauseUntil(CountDownLatch release) throws IOException, InterruptedException {
        long end = System.nanoTime() + LONGEST.toNanos();
        while (!release.await(10, TimeUnit.MILLISECONDS)) {
            if (serverGone.getCount() == 0 || System.nanoTime() - end > 0) {
                throw new IOException("the pause was not released");
            }
        }
        return this;
    }

    /**
     * Waits, sending nothing, until the client hangs up; a minute at most.
     *
     * @throws IOException when the connection fails in another way
     */
    public void awaitClientClosed() throws IOException {
        clientCloses(LONGEST);
    }

    /**
     * Watches, sending nothing, whether the client hangs up. For the script's thread; it also serves to send slowly.
     *
     * @param within how long to watch
     * @return true when it has
     * @throws IOException when the connection fails in another way
     */
    public boolean clientCloses(Duration within) throws IOException {
        if (clientGone.getCount() == 0) {
            return true;
        }
        socket.setSoTimeout((int) Math.max(1, within.toMillis()));
        try {
            while (in.read() >= 0) {
                // a client that goes on talking has not hung up
            }
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            if (serverGone.getCount() == 0) {
                throw e;
            }
            // a reset is a way of hanging up, too
        }
        clientGone.countDown();
        return true;
    }

    /**
     * Whether the client has hung up while the script was watching or sending. For the test's thread.
     *
     * @param within how long to wait for it
     * @return true when it has
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public boolean clientClosed(Duration within) throws InterruptedException {
        return clientGone.await(within.toNanos(), TimeUnit.NANOSECONDS);
    }

    void serverClosed() {
        serverGone.countDown();
    }

    /** Closes the connection the normal way, so that everything that was sent arrives. */
    void finish() throws IOException {
        if (!socket.isClosed() && !socket.isOutputShutdown()) {
            socket.shutdownOutput();
        }
    }

    @Override
    public String toString() {
        return "FaultExchange[" + method + " " + path + "]";
    }

    private FaultExchange head(int status, String contentType, String framing, String... more) throws IOException {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Scripted\r\n");
        head.append("Content-Type: ").append(contentType).append("\r\n");
        for (int i = 0; i + 1 < more.length; i += 2) {
            head.append(more[i]).append(": ").append(more[i + 1]).append("\r\n");
        }
        head.append(framing).append("\r\nConnection: close\r\n\r\n");
        return raw(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String body(InputStream in, Map<String, String> headers) throws IOException {
        if (headers.getOrDefault("transfer-encoding", "")
                .toLowerCase(Locale.ROOT)
                .contains("chunked")) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int size = chunkSize(in); size > 0; size = chunkSize(in)) {
                all.write(exactly(in, size));
                line(in);
                checkSize(all.size());
            }
            line(in);
            return all.toString(StandardCharsets.UTF_8);
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        checkSize(length);
        return new String(exactly(in, length), StandardCharsets.UTF_8);
    }

    private static int chunkSize(InputStream in) throws IOException {
        int size = Integer.parseInt(line(in).split(";", 2)[0].strip(), 16);
        checkSize(size);
        return size;
    }

    private static void checkSize(int size) throws IOException {
        if (size < 0 || size > MAX_BODY) {
            throw new IOException("request too large");
        }
    }

    private static byte[] exactly(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the request ended early");
        }
        return bytes;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n' && line.size() < MAX_LINE; b = in.read()) {
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}

package ai.primespark.it.llm.privacy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/** The answer to one request, over a connection that is used again if the answer is complete. For one thread. */
final class Reply {

    private final Socket socket;
    private final OutputStream out;
    private boolean complete;

    Reply(Socket socket, OutputStream out) {
        this.socket = socket;
        this.out = out;
    }

    boolean complete() {
        return complete;
    }

    /** A whole answer. */
    void whole(int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        send(head(status, type) + "Content-Length: " + bytes.length + "\r\n\r\n", bytes);
        complete = true;
    }

    /** Begins an answer in chunks, with the first of them. */
    void begin(String type, String piece) throws IOException {
        send(head(200, type) + "Transfer-Encoding: chunked\r\n\r\n" + chunk(piece), new byte[0]);
    }

    /** The last chunk. */
    void end(String piece) throws IOException {
        send((piece.isEmpty() ? "" : chunk(piece)) + "0\r\n\r\n", new byte[0]);
        complete = true;
    }

    /** Says nothing for a while; true when the client hung up meanwhile. */
    boolean clientHangsUpWithin(Duration time) throws IOException {
        socket.setSoTimeout((int) time.toMillis());
        try {
            int more = socket.getInputStream().read();
            if (more >= 0) {
                throw new IOException("a client that does not wait for its answer");
            }
            return true;
        } catch (SocketTimeoutException e) {
            socket.setSoTimeout(0);
            return false;
        }
    }

    /** Resets the connection. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static String head(int status, String type) {
        return "HTTP/1.1 " + status + " Scripted\r\nContent-Type: " + type + "\r\n";
    }

    private static String chunk(String piece) {
        int length = piece.getBytes(StandardCharsets.UTF_8).length;
        return Integer.toHexString(length) + "\r\n" + piece + "\r\n";
    }

    private void send(String head, byte[] body) throws IOException {
        byte[] first = head.getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(first, first.length + body.length);
        System.arraycopy(body, 0, all, first.length, body.length);
        out.write(all);
        out.flush();
    }
}

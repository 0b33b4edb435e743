package ai.primespark.testkit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Just enough of Redis's protocol (RESP2) to command a server in a test. For one thread. */
final class RedisWire implements AutoCloseable {

    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;
    private String lastAnswer = "";
    private boolean failed;

    RedisWire(int port, Duration patience) throws IOException {
        try {
            socket.connect(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), (int)
                    patience.toMillis());
            socket.setSoTimeout((int) patience.toMillis());
            in = new BufferedInputStream(socket.getInputStream());
            out = new BufferedOutputStream(socket.getOutputStream());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    String send(String... words) throws IOException {
        sendRaw(words);
        if (failed) {
            throw new IllegalStateException(words[0] + ": " + lastAnswer);
        }
        return lastAnswer;
    }

    /** Sends a command; an error is an answer, too. */
    void sendRaw(String... words) throws IOException {
        out.write(('*' + String.valueOf(words.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            out.write(('$' + String.valueOf(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(bytes);
            out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        out.flush();
        failed = false;
        lastAnswer = read();
    }

    String lastAnswer() {
        return lastAnswer;
    }

    private String read() throws IOException {
        String line = line();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '-' -> {
                failed = true;
                yield rest;
            }
            case '$' -> bulk(Integer.parseInt(rest));
            case '*' -> {
                List<String> elements = new ArrayList<>();
                for (int left = Integer.parseInt(rest); left > 0; left--) {
                    elements.add(read());
                }
                yield String.join("\n", elements);
            }
            default -> rest;
        };
    }

    private String bulk(int length) throws IOException {
        if (length < 0) {
            return "";
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length || in.readNBytes(2).length < 2) {
            throw new EOFException("the connection ended in an answer");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection ended");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        if (line.length() == 0) {
            throw new EOFException("an empty answer");
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

package ai.primespark.benchmarks.llm;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ollama's side of the wire as cheap as can be: answers are made before they are asked for, connections are kept, each has a
 * thread. The model's name says what to answer. Runs in a JVM of its own, so that a client is measured without it; ends when its
 * standard input does.
 */
final class FakeOllama {

    /** Answers with three tokens, in one packet. */
    static final String SHORT = "short";

    /** Answers with {@link #TOKENS} tokens, as fast as the client takes them. */
    static final String LONG = "long";

    /** Answers when {@link #TOGETHER} calls have come, with {@link #PACED} tokens one after the other. */
    static final String GATHERING = "gathering";

    static final int TOKENS = 5_000;
    static final int TOGETHER = 200;
    static final int PACED = 200;

    private static final long BEAT_MILLIS = 10;
    private static final byte[] END_OF_CHUNKS = bytes("0\r\n\r\n");
    private static final byte[] CHUNKED = bytes("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
            + "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n");

    private final byte[] shortLines = lines(3);
    private final byte[] shortDocument = document(3);
    private final byte[] longLines = lines(TOKENS);
    private final byte[] longDocument = document(TOKENS);
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private final CyclicBarrier together = new CyclicBarrier(TOGETHER);

    private FakeOllama() {}

    /** Prints the port and serves. */
    public static void main(String[] arguments) throws Exception {
        ServerSocket listener = new ServerSocket(0, 512, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        FakeOllama server = new FakeOllama();
        daemon(() -> server.accept(listener));
        System.out.println(listener.getLocalPort());
        while (System.in.read() >= 0) {
            // whoever started this holds the other end
        }
        System.exit(0);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
    }

    /** A chunk a line, as Ollama sends them. */
    private static byte[] lines(int tokens) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(CHUNKED);
        for (int i = 0; i < tokens; i++) {
            out.writeBytes(chunk(Wire.LINES.text(token(i))));
        }
        out.writeBytes(chunk(Wire.LINES.done("stop")));
        out.writeBytes(END_OF_CHUNKS);
        return out.toByteArray();
    }

    private static byte[] chunk(String line) {
        byte[] bytes = bytes(line);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(bytes(Integer.toHexString(bytes.length) + "\r\n"));
        out.writeBytes(bytes);
        out.writeBytes(bytes("\r\n"));
        return out.toByteArray();
    }

    private static byte[] document(int tokens) {
        StringBuilder text = new StringBuilder(Wire.DOCUMENT.begin());
        for (int i = 0; i < tokens; i++) {
            text.append(token(i));
        }
        return whole(text.append(Wire.DOCUMENT.done("stop")).toString());
    }

    private static String token(int number) {
        return " word" + number % 10;
    }

    private static byte[] whole(String json) {
        return bytes("HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
                + "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: " + bytes(json).length + "\r\n\r\n" + json);
    }

    private void accept(ServerSocket listener) {
        try {
            while (true) {
                Socket socket = listener.accept();
                daemon(() -> serve(socket));
            }
        } catch (IOException e) {
            // the process ends
        }
    }

    private void serve(Socket socket) {
        connections.incrementAndGet();
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
            OutputStream out = socket.getOutputStream();
            while (true) {
                String line = line(in);
                if (line.isEmpty()) {
                    return;
                }
                int length = 0;
                boolean chunked = false;
                for (String header = line(in); !header.isEmpty(); header = line(in)) {
                    if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
                        length = Integer.parseInt(header.substring(15).strip());
                    }
                    chunked |= header.equalsIgnoreCase("transfer-encoding: chunked");
                }
                String body = chunked ? chunks(in) : new String(in.readNBytes(length), StandardCharsets.UTF_8);
                answer(line.split(" ")[1], body, out);
            }
        } catch (IOException e) {
            // the client has hung up
        } catch (Exception e) {
            throw new IllegalStateException("the fake server failed", e);
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder(80);
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    private static String chunks(InputStream in) throws IOException {
        StringBuilder body = new StringBuilder();
        for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
            body.append(new String(in.readNBytes(size), StandardCharsets.UTF_8));
            String unused = line(in);
        }
        String unused = line(in);
        return body.toString();
    }

    private void answer(String path, String body, OutputStream out) throws Exception {
        if (path.equals("/stats")) {
            out.write(whole(connections + " " + requests));
            return;
        }
        requests.incrementAndGet();
        if (!path.equals("/api/chat")) {
            out.write(whole(Trial.lookup(path)));
            return;
        }
        boolean document = Wire.of(body) == Wire.DOCUMENT;
        if (body.contains("\"" + GATHERING + "\"")) {
            gather(out);
        } else if (body.contains("\"" + LONG + "\"")) {
            out.write(document ? longDocument : longLines);
        } else {
            out.write(document ? shortDocument : shortLines);
        }
    }

    private void gather(OutputStream out) throws Exception {
        out.write(CHUNKED);
        out.write(chunk(Wire.LINES.text(token(0))));
        int unused = together.await(30, TimeUnit.SECONDS);
        for (int i = 1; i < PACED; i++) {
            TimeUnit.MILLISECONDS.sleep(BEAT_MILLIS);
            out.write(chunk(Wire.LINES.text(token(i))));
        }
        out.write(chunk(Wire.LINES.done("stop")));
        out.write(END_OF_CHUNKS);
    }
}

package ai.primespark.examples.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Calls itself Ollama, and says what it likes, byte by byte. */
final class HostileBackend implements AutoCloseable {

    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *(\\d+)");

    /** What is said to a request. */
    interface Saying {
        void to(OutputStream out) throws IOException;
    }

    /** Counted down when somebody hung up on it. */
    final CountDownLatch hungUp = new CountDownLatch(1);

    private final ServerSocket socket;
    private final Map<String, Saying> sayings = new ConcurrentHashMap<>();

    HostileBackend() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        says("/api/version", json("{\"version\": \"0.12.3\"}"));
        String model = "{\"name\": \"" + FakeOllama.MODEL + "\", \"model\": \"" + FakeOllama.MODEL
                + "\", \"size\": 1, \"digest\": \"d\", \"details\": {}}";
        says("/api/tags", json("{\"models\": [" + model + "]}"));
        says("/api/ps", json("{\"models\": [" + model + "]}"));
        says(
                "/api/show",
                json(
                        "{\"capabilities\": [\"completion\", \"tools\", \"embedding\"], \"details\": {}, \"model_info\": {}}"));
        daemon(this::serve);
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "hostile-backend");
        thread.setDaemon(true);
        thread.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    void says(String path, Saying saying) {
        sayings.put(path, saying);
    }

    /** An orderly answer with this body. */
    static Saying json(String body) {
        return answer("200 OK", "Content-Type: application/json\r\n", body);
    }

    static Saying answer(String status, String headers, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return out -> {
            out.write(("HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + bytes.length
                            + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            out.write(bytes);
        };
    }

    /** These bytes and no others. */
    static Saying bytes(byte[] bytes) {
        return out -> out.write(bytes);
    }

    /** A head that promises more, and then this piece over and over. */
    static Saying endless(String piece) {
        return out -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
            while (true) {
                out.write(bytes);
            }
        };
    }

    private void serve() {
        while (!socket.isClosed()) {
            try {
                Socket caller = socket.accept();
                daemon(() -> answer(caller));
            } catch (IOException e) {
                // closed
            }
        }
    }

    private void answer(Socket caller) {
        try (caller) {
            String head = head(caller.getInputStream());
            Matcher length = LENGTH.matcher(head);
            caller.getInputStream().readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
            String path = head.split(" ", 3)[1];
            Saying saying = sayings.getOrDefault(path, answer("404 Not Found", "", "{}"));
            saying.to(caller.getOutputStream());
            caller.getOutputStream().flush();
        } catch (IOException e) {
            hungUp.countDown();
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no request");
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

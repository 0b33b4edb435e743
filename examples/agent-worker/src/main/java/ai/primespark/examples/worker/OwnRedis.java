package ai.primespark.examples.worker;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A {@code redis-server} of this process's own, on this machine only, that keeps nothing. */
final class OwnRedis implements AutoCloseable {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final Process process;
    private final int port;

    private OwnRedis(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Where the program is; empty when it is not installed. */
    static Optional<Path> find() {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, "redis-server"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static OwnRedis start(Path folder) throws IOException, InterruptedException {
        Path program = find().orElseThrow(() ->
                new IllegalStateException("the demonstration needs a Redis server: install one"
                        + " (Debian: apt-get install redis-server), or name one with --queue redis://HOST:PORT"));
        int port = freePort();
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--bind",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port),
                        "--dir",
                        folder.toString(),
                        "--save",
                        "")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("redis.log").toFile())
                .start();
        OwnRedis redis = new OwnRedis(process, port);
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!redis.answers()) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                redis.close();
                throw new IllegalStateException("redis-server did not start: "
                        + Files.readString(folder.resolve("redis.log")).strip());
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return redis;
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() == '+';
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}

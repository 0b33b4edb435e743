package ai.primespark.benchmarks.memory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A Redis server of the system's own package, on a free port of the loopback interface, that keeps nothing on disk. */
final class RedisProcess implements AutoCloseable {

    final int port;
    final long pid;

    RedisProcess(int port, long pid) {
        this.port = port;
        this.pid = pid;
    }

    static RedisProcess start(Path directory) throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Process process = new ProcessBuilder(
                        "redis-server",
                        "--port",
                        String.valueOf(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--appendonly",
                        "no",
                        "--dir",
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        RedisProcess redis = new RedisProcess(port, process.pid());
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!redis.answers()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new IOException("redis-server does not answer; is the package redis-server installed?");
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return redis;
    }

    private boolean answers() {
        try {
            return command("PING").startsWith("+PONG");
        } catch (IOException e) {
            return false;
        }
    }

    /** Sends one command over a connection of its own, as text, and gives the beginning of the answer. */
    String command(String line) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
            byte[] answer = new byte[4096];
            int length = socket.getInputStream().read(answer);
            return new String(answer, 0, Math.max(0, length), StandardCharsets.US_ASCII);
        }
    }

    /** Stops the server as if its machine hung, or lets it go on. */
    void signal(String name) throws IOException, InterruptedException {
        int code = new ProcessBuilder("kill", "-" + name, String.valueOf(pid))
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException("kill -" + name + " " + pid + " ended with " + code);
        }
    }

    /** Cuts all clients' connections. */
    void cutConnections() throws IOException {
        String unused = command("CLIENT KILL TYPE normal SKIPME yes");
        unused = command("CLIENT KILL TYPE pubsub SKIPME yes");
    }

    @Override
    public void close() {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
}

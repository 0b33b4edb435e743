package ai.primespark.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real {@code redis-server} as a child process on the loopback address, with a port and a directory of its own, that a test
 * starts, freezes, kills and starts again. Needs the program; this class brings none.
 *
 * <pre>{@code
 * try (LocalRedis redis = LocalRedis.start("--maxmemory", "64mb")) {
 *     redis.command("SET", "a", "1");
 *     redis.pause(); // a server that hangs
 *     redis.resume();
 * }
 * }</pre>
 *
 * <p>Without arguments the server keeps nothing on disk. It ends with {@link #close()}, or with this JVM. For one thread.
 */
public final class LocalRedis implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String LOOPBACK = "127.0.0.1";

    private final Path program;
    private final List<String> arguments;
    private final Path directory;
    private final Thread hook;
    private final int port;
    private volatile @Nullable Process process;
    private String[] login = {};

    private LocalRedis(Path program, int port, List<String> arguments) {
        this.program = program;
        this.port = port;
        this.arguments = List.copyOf(arguments);
        try {
            this.directory = Files.createTempDirectory("spark-testkit-redis-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.hook = new Thread(() -> {
            Process running = process;
            if (running != null) {
                running.destroyForcibly();
            }
        });
    }

    /**
     * Looks for {@code redis-server} on the search path of programs.
     *
     * @return the program, or empty when it is not installed
     */
    public static Optional<Path> find() {
        return find("redis-server");
    }

    private static Optional<Path> find(String name) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator))
                .filter(folder -> !folder.isBlank())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Starts the {@code redis-server} on the search path and waits until it answers.
     *
     * @param arguments more arguments, for example {@code "--appendonly", "yes"}; later ones win
     * @return the running server
     * @throws IllegalStateException when the program is missing, or ends at once; the message holds what it said
     */
    public static LocalRedis start(String... arguments) {
        return start(
                find().orElseThrow(
                                () -> new IllegalStateException(
                                        "redis-server is not on the search path; install it, for example by: apt-get install redis-server")),
                arguments);
    }

    /**
     * Starts a program and waits until it answers.
     *
     * @param program a {@code redis-server}
     * @param arguments more arguments; later ones win
     * @return the running server
     * @throws IllegalStateException when it ends at once; the message holds what it said
     */
    public static LocalRedis start(Path program, String... arguments) {
        LocalRedis server = new LocalRedis(program, freePort(), Arrays.asList(arguments));
        Runtime.getRuntime().addShutdownHook(server.hook);
        try {
            server.startAgain();
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /**
     * Starts a server that speaks TLS only. {@link #command} does not, and works no more.
     *
     * @param certificate the server's certificate (PEM)
     * @param key its private key (PEM)
     * @param arguments more arguments; later ones win
     * @return the running server
     * @throws IllegalStateException when the program is missing, ends at once or knows no TLS; the message holds what it said
     */
    public static LocalRedis startTls(Path certificate, Path key, String... arguments) {
        List<String> all = new ArrayList<>(List.of(
                "--port",
                "0",
                "--tls-port",
                "{port}",
                "--tls-cert-file",
                certificate.toString(),
                "--tls-key-file",
                key.toString()));
        all.addAll(Arrays.asList(arguments));
        return start(all.toArray(String[]::new));
    }

    /**
     * Starts a sentinel that watches a master, and waits until it answers. Two seconds of silence make the master count as down.
     *
     * @param name what the master is called
     * @param master the master
     * @param quorum how many sentinels must agree that it is down
     * @return the running sentinel
     */
    public static LocalRedis startSentinel(String name, LocalRedis master, int quorum) {
        Path program = find().orElseThrow(() -> new IllegalStateException("redis-server is not on the search path"));
        LocalRedis sentinel = new LocalRedis(program, freePort(), List.of("sentinel"));
        Runtime.getRuntime().addShutdownHook(sentinel.hook);
        try {
            Files.write(
                    sentinel.directory.resolve("sentinel.conf"),
                    List.of(
                            "bind " + LOOPBACK,
                            "port " + sentinel.port,
                            "dir " + sentinel.directory,
                            "sentinel monitor " + name + " " + LOOPBACK + " " + master.port + " " + quorum,
                            "sentinel down-after-milliseconds " + name + " 2000",
                            "sentinel failover-timeout " + name + " 10000"));
            sentinel.startAgain();
        } catch (IOException e) {
            sentinel.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            sentinel.close();
            throw e;
        }
        return sentinel;
    }

    /**
     * A port that was free a moment ago.
     *
     * @return small enough that the port of a cluster's bus, 10,000 above, exists
     */
    public static int freePort() {
        for (int attempt = 0; attempt < 200; attempt++) {
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
                if (socket.getLocalPort() < 55_000) {
                    return socket.getLocalPort();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new IllegalStateException("no free port below 55000");
    }

    /**
     * The address.
     *
     * @return {@code redis://127.0.0.1:port}
     */
    public String url() {
        return "redis://" + LOOPBACK + ":" + port;
    }

    /**
     * The port.
     *
     * @return constant, also over restarts
     */
    public int port() {
        return port;
    }

    /**
     * The server's directory, for its files and those of the test.
     *
     * @return exists until {@link #close()}
     */
    public Path directory() {
        return directory;
    }

    /**
     * How {@link #command} logs in, for servers that ask for it.
     *
     * @param words a password, or a user and a password
     * @return this
     */
    public LocalRedis login(String... words) {
        login = words.clone();
        return this;
    }

    /**
     * Sends a command over a connection of its own and waits for the answer.
     *
     * @param words the command and its arguments
     * @return text, a number in digits, lines of the elements of a list, or an empty text for nothing
     * @throws IllegalStateException when the server answers with an error
     */
    public String command(String... words) {
        try (RedisWire wire = new RedisWire(port, PATIENCE)) {
            if (login.length > 0) {
                String[] auth = new String[login.length + 1];
                auth[0] = "AUTH";
                System.arraycopy(login, 0, auth, 1, login.length);
                wire.send(auth);
            }
            return wire.send(words);
        } catch (IOException e) {
            throw new UncheckedIOException("redis-server on port " + port + " did not answer", e);
        }
    }

    /** Freezes the process (SIGSTOP): connections stay and nothing answers. */
    public void pause() {
        signal("STOP");
    }

    /** Lets the process go on (SIGCONT). */
    public void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            Process kill = new ProcessBuilder(
                            "kill", "-" + name, String.valueOf(running().pid()))
                    .start();
            if (!kill.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new IllegalStateException("kill -" + name + " failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Ends the process as a power cut would (SIGKILL). */
    public void kill() {
        running().destroyForcibly();
        awaitEnd();
    }

    /** Starts the process again after {@link #kill()}, with the same port, directory and arguments. */
    public void startAgain() {
        Process before = process;
        if (before != null && before.isAlive()) {
            throw new IllegalStateException("redis-server on port " + port + " is running");
        }
        boolean sentinel = arguments.equals(List.of("sentinel"));
        List<String> line = new ArrayList<>(List.of(program.toString()));
        if (sentinel) {
            line.addAll(List.of(directory.resolve("sentinel.conf").toString(), "--sentinel"));
        } else {
            line.addAll(List.of(
                    "--bind", LOOPBACK, "--port", String.valueOf(port), "--dir", directory.toString(), "--save", ""));
            arguments.forEach(argument ->
                    line.add(argument.replace("{dir}", directory.toString()).replace("{port}", String.valueOf(port))));
        }
        Path log = directory.resolve("server.log");
        try {
            process = new ProcessBuilder(line)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitAnswer(log);
    }

    private void awaitAnswer(Path log) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end && running().isAlive()) {
            try (RedisWire wire = new RedisWire(port, Duration.ofSeconds(1))) {
                if (arguments.contains("--tls-port")) {
                    return; // listening is all that can be seen from here
                }
                wire.sendRaw("PING"); // an error, such as NOAUTH, is an answer; LOADING is not the one awaited
                if (!wire.lastAnswer().startsWith("LOADING")) {
                    return;
                }
            } catch (IOException e) {
                // not yet
            }
            java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        throw new IllegalStateException("redis-server on port " + port + " does not answer; it said: " + read(log));
    }

    private static String read(Path log) {
        try {
            String text = Files.readString(log, StandardCharsets.ISO_8859_1);
            return text.substring(Math.max(0, text.length() - 2_000));
        } catch (IOException e) {
            return "nothing";
        }
    }

    private Process running() {
        return Objects.requireNonNull(process, "the process");
    }

    private void awaitEnd() {
        try {
            if (!running().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("redis-server on port " + port + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Kills the process and deletes the directory. */
    @Override
    public void close() {
        if (process != null) {
            kill();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the JVM is ending, and the hook with it
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "LocalRedis[" + port + "]";
    }
}

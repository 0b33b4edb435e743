package ai.primespark.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real NUT server, {@code upsd}, and its driver {@code dummy-ups} as child processes on the loopback address, with a port and a
 * directory of their own. The UPS is called {@value #UPS} and says what the test wants.
 *
 * <pre>{@code
 * try (LocalNut nut = LocalNut.start()) {
 *     nut.set("ups.status", "OB DISCHRG LB");
 *     nut.pauseDriver(); // after three seconds the server's data is stale
 * }
 * }</pre>
 *
 * <p>Needs the programs (Debian packages {@code nut-server}, and {@code libnss3-tools} for TLS). Ends with {@link #close()}, or with
 * this JVM. For one thread.
 */
public final class LocalNut implements AutoCloseable {

    /** The name of the UPS. */
    public static final String UPS = "test";

    /** The name of a second UPS, which never has a driver. */
    public static final String GHOST = "ghost";

    /** A user who may log in as a secondary; also the user's password. */
    public static final String SECONDARY = "secondary";

    static final Duration PATIENCE = Duration.ofSeconds(20);
    static final String LOOPBACK = "127.0.0.1";
    static final String PRIMARY = "primary";

    private final Path directory;
    private final int port = LocalRedis.freePort();
    private final Map<String, String> variables = new LinkedHashMap<>();
    private final Thread hook = new Thread(this::killAll);
    private volatile @Nullable Process driver;
    private volatile @Nullable Process server;
    private int version;

    private LocalNut() {
        try {
            this.directory = Files.createTempDirectory("spark-testkit-nut-");
            Files.createDirectories(directory.resolve("etc"));
            Files.createDirectories(directory.resolve("run"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Why no server can be started here.
     *
     * @return what is missing; empty when nothing is
     */
    public static Optional<String> obstacle() {
        List<String> missing = new ArrayList<>();
        if (program("upsd").isEmpty() || program("dummy-ups").isEmpty()) {
            missing.add("upsd and dummy-ups are missing (Debian package nut-server)");
        }
        if (program("certutil").isEmpty()) {
            missing.add("certutil is missing (Debian package libnss3-tools)");
        }
        return missing.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", missing));
    }

    /** Where distributions put them; /sbin/upsd of Debian is a wrapper that looks at /etc. */
    private static Optional<Path> program(String name) {
        Stream<String> folders = Stream.concat(
                Stream.of("/lib/nut", "/usr/lib/nut", "/usr/libexec/nut"),
                Stream.of(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator)));
        return folders.filter(folder -> !folder.isBlank())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static String programOrFail(String name) {
        return program(name)
                .orElseThrow(() -> new IllegalStateException(
                        name + " is missing; install it, for example by: apt-get install nut-server libnss3-tools"))
                .toString();
    }

    /**
     * Starts driver and server and waits until they say that the UPS is on mains.
     *
     * @return the running server
     * @throws IllegalStateException when a program is missing or ends at once; the message holds what it said
     */
    public static LocalNut start() {
        return start(List.of());
    }

    /**
     * Starts a server that can also speak TLS, with a certificate that it signs itself.
     *
     * @param names what the certificate is for, for example {@code "dns:localhost"} and {@code "ip:127.0.0.1"}
     * @return the running server
     * @throws IllegalStateException when a program is missing or ends at once; the message holds what it said
     */
    public static LocalNut startTls(String... names) {
        return start(List.of(names));
    }

    private static LocalNut start(List<String> certified) {
        LocalNut nut = new LocalNut();
        try {
            if (!certified.isEmpty()) {
                NutFiles.certify(nut.directory, programOrFail("certutil"), String.join(",", certified));
            }
            NutFiles.configure(nut.directory, nut.port, !certified.isEmpty());
            nut.variables.putAll(Map.of(
                    "ups.status", "OL CHRG",
                    "battery.charge", "97",
                    "battery.runtime", "1800",
                    "ups.load", "23",
                    "ups.realpower", "38"));
            nut.writeVariables();
            nut.startDriver();
            nut.startServer();
            nut.await("the UPS to be on mains", nut.server, () -> nut.status().equals("OL CHRG"));
            return nut;
        } catch (IOException e) {
            nut.close();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            nut.close();
            throw e;
        }
    }

    /**
     * The server's certificate, for those who trust it.
     *
     * @return a PEM file; it exists only after {@link #startTls}
     */
    public Path certificate() {
        return NutFiles.certificate(directory);
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
     * Changes a variable of the UPS. The driver notices within a second or so.
     *
     * @param name for example {@code ups.status}
     * @param value its new value
     */
    public void set(String name, String value) {
        variables.put(name, value);
        try {
            writeVariables();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void writeVariables() throws IOException {
        Path file = directory.resolve("etc").resolve("test.dev");
        Path next = directory.resolve("etc").resolve("test.dev.next");
        List<String> lines = new ArrayList<>();
        variables.forEach((name, value) -> lines.add(name + ": " + value));
        Files.write(next, lines);
        // the driver compares whole seconds
        Files.setLastModifiedTime(next, FileTime.from(Instant.now().plusSeconds(version++)));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Orders a shutdown as the primary would. Only a restart of the server takes it back. */
    public void forceShutdown() {
        List<String> answers = ask("USERNAME " + PRIMARY, "PASSWORD " + PRIMARY, "FSD " + UPS);
        if (!answers.get(2).startsWith("OK")) {
            throw new IllegalStateException("FSD was refused: " + answers);
        }
    }

    /**
     * How many are logged in to the UPS.
     *
     * @return the server's count
     */
    public int logins() {
        String[] words = ask("GET NUMLOGINS " + UPS).get(0).split(" ");
        return Integer.parseInt(words[words.length - 1]);
    }

    /**
     * What the server says of the UPS.
     *
     * @return its {@code ups.status}, or an error
     */
    public String status() {
        String answer = ask("GET VAR " + UPS + " ups.status").get(0);
        int quote = answer.indexOf('"');
        return quote < 0 ? answer : answer.substring(quote + 1, answer.length() - 1);
    }

    /**
     * Sends lines over a connection of its own.
     *
     * @param lines one command each, whose answer is one line
     * @return the answers
     */
    public List<String> ask(String... lines) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(LOOPBACK, port), 2_000);
            socket.setSoTimeout(5_000);
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            List<String> answers = new ArrayList<>();
            for (String line : lines) {
                socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.ISO_8859_1));
                String answer = in.readLine();
                answers.add(answer == null ? "" : answer);
            }
            return answers;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Freezes the driver (SIGSTOP): three seconds later the server calls its data stale. */
    public void pauseDriver() {
        signal(driver, "STOP");
    }

    /** Lets the driver go on (SIGCONT). */
    public void resumeDriver() {
        signal(driver, "CONT");
    }

    /** Freezes the server (SIGSTOP): connections stay and nothing answers. */
    public void pauseServer() {
        signal(server, "STOP");
    }

    /** Lets the server go on (SIGCONT). */
    public void resumeServer() {
        signal(server, "CONT");
    }

    /** Ends the driver as a power cut would (SIGKILL). */
    public void killDriver() {
        kill(driver);
    }

    /** Ends the server as a power cut would (SIGKILL). */
    public void killServer() {
        kill(server);
    }

    /** Starts the driver, again after {@link #killDriver()}. The server finds it within some seconds. */
    public void startDriver() {
        Path socket = directory.resolve("run").resolve("dummy-ups-" + UPS);
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        driver =
                spawn("driver.log", programOrFail("dummy-ups"), "-F", "-u", System.getProperty("user.name"), "-a", UPS);
        await("the driver's socket", driver, () -> Files.exists(socket));
    }

    /** Starts the server, again after {@link #killServer()}, with the same port, and waits until it answers. */
    public void startServer() {
        server = spawn("server.log", programOrFail("upsd"), "-F", "-u", System.getProperty("user.name"));
        await("the server", server, () -> !ask("VER").get(0).isEmpty());
    }

    private Process spawn(String log, String... command) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(directory.resolve(log).toFile()));
        builder.environment().put("NUT_CONFPATH", directory.resolve("etc").toString());
        builder.environment().put("NUT_STATEPATH", directory.resolve("run").toString());
        builder.environment().put("NUT_ALTPIDPATH", directory.resolve("run").toString());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void await(String what, @Nullable Process process, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end && process != null && process.isAlive()) {
            try {
                if (condition.getAsBoolean()) {
                    return;
                }
            } catch (UncheckedIOException e) {
                // not yet
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        throw new IllegalStateException(
                "waited in vain for " + what + "; driver: " + log("driver.log") + "; server: " + log("server.log"));
    }

    private String log(String name) {
        try {
            String text = Files.readString(directory.resolve(name), StandardCharsets.ISO_8859_1);
            return text.substring(Math.max(0, text.length() - 1_000));
        } catch (IOException e) {
            return "nothing";
        }
    }

    private static void signal(@Nullable Process process, String name) {
        if (process == null) {
            throw new IllegalStateException("not running");
        }
        try {
            NutFiles.run(List.of("kill", "-" + name, String.valueOf(process.pid())), null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void kill(@Nullable Process process) {
        if (process != null) {
            process.destroyForcibly();
            if (!ended(process)) {
                throw new IllegalStateException("process " + process.pid() + " does not end");
            }
        }
    }

    static boolean ended(Process process) {
        try {
            return process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void killAll() {
        for (Process process : new Process[] {server, driver}) {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }

    /** Kills the processes and deletes the directory. */
    @Override
    public void close() {
        kill(server);
        kill(driver);
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
        return "LocalNut[" + port + "]";
    }
}

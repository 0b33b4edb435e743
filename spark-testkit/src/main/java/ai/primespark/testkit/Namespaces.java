package ai.primespark.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Network namespaces of a test's own, joined by virtual cables: machines with a network of their own, as far as a network goes. Needs
 * Linux, root and {@code ip}; see {@link NeedsWireGuard}. Closing ends every process in them and takes them away.
 *
 * <pre>{@code
 * try (Namespaces net = new Namespaces()) {
 *     String one = net.add("one");
 *     String other = net.add("other");
 *     net.join(one, "192.0.2.1/24", other, "192.0.2.2/24");
 *     net.run(one, "ping", "-c", "1", "192.0.2.2");
 * }
 * }</pre>
 *
 * <p>For one thread at a time.
 */
public final class Namespaces implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final Path SOCKETS = Path.of("/var/run/wireguard");
    private static final Path ETC = Path.of("/etc/netns");

    private final String id = "s" + Long.toString(ProcessHandle.current().pid(), 36) + "x";
    private final Set<String> namespaces = new LinkedHashSet<>();
    private final List<String> devices = new ArrayList<>();
    private final Thread hook = new Thread(this::remove, "testkit-namespaces");

    /** Makes none yet. */
    public Namespaces() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Makes a namespace, with a loopback interface that is up.
     *
     * @param label a few letters, to tell it from the others
     * @return its name, which no other has
     */
    public String add(String label) {
        String name = id + NUMBERS.incrementAndGet() + label;
        must(List.of("ip", "netns", "add", name));
        namespaces.add(name);
        must(List.of("ip", "-n", name, "link", "set", "lo", "up"));
        return name;
    }

    /**
     * A name for a tunnel's interface. The control sockets of WireGuard are not in namespaces, so that it must be unique on the machine;
     * closing takes such a socket away.
     *
     * @return up to 15 characters
     */
    public String device() {
        String name = id + "w" + NUMBERS.incrementAndGet();
        devices.add(name);
        return name;
    }

    /**
     * Joins two namespaces by a cable.
     *
     * @param one a namespace
     * @param oneAddress its end's address, such as {@code 192.0.2.1/24}
     * @param other another
     * @param otherAddress its end's address
     * @return the names of the two ends
     */
    public List<String> join(String one, String oneAddress, String other, String otherAddress) {
        int number = NUMBERS.incrementAndGet();
        String left = id + number + "l";
        String right = id + number + "r";
        must(List.of("ip", "link", "add", left, "netns", one, "type", "veth", "peer", "name", right, "netns", other));
        address(one, left, oneAddress);
        address(other, right, otherAddress);
        return List.of(left, right);
    }

    private static void address(String namespace, String device, String address) {
        must(List.of("ip", "-n", namespace, "addr", "add", address, "dev", device));
        must(List.of("ip", "-n", namespace, "link", "set", device, "up"));
    }

    /**
     * What a command in a namespace begins with.
     *
     * @param namespace which
     * @return words to put before the program
     */
    public static List<String> prefix(String namespace) {
        return List.of("ip", "netns", "exec", namespace);
    }

    /**
     * Runs a program in a namespace.
     *
     * @param namespace which
     * @param command the program and its arguments
     * @return what it printed
     * @throws IllegalStateException when it fails, with what it printed
     */
    public String run(String namespace, String... command) {
        List<String> all = new ArrayList<>(prefix(namespace));
        all.addAll(Arrays.asList(command));
        return must(all);
    }

    /**
     * Whether a program in a namespace succeeds.
     *
     * @param namespace which
     * @param command the program and its arguments
     * @return true when it ends with code 0
     */
    public boolean succeeds(String namespace, String... command) {
        List<String> all = new ArrayList<>(prefix(namespace));
        all.addAll(Arrays.asList(command));
        return execute(all).code == 0;
    }

    /**
     * Files of a namespace's own in {@code /etc}, such as {@code hosts}: what {@link #prefix} begins sees them in the place of the
     * machine's (ip-netns(8)). Each must have one of the same name there. A file that is written to anew is seen by what runs already;
     * one that is replaced is not.
     *
     * @param namespace which
     * @return a folder for them; closing takes it away
     */
    public Path etc(String namespace) {
        Path folder = ETC.resolve(namespace);
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The processes in a namespace.
     *
     * @param namespace which
     * @return their ids
     */
    public List<Long> processes(String namespace) {
        return must(List.of("ip", "netns", "pids", namespace))
                .lines()
                .map(Long::valueOf)
                .toList();
    }

    /**
     * Stops everything in a namespace (SIGSTOP): it keeps its connections and answers nothing any more.
     *
     * @param namespace which
     */
    public void freeze(String namespace) {
        signal(namespace, "STOP");
    }

    /**
     * Lets everything in a namespace go on (SIGCONT).
     *
     * @param namespace which
     */
    public void thaw(String namespace) {
        signal(namespace, "CONT");
    }

    private void signal(String namespace, String signal) {
        for (long process : processes(namespace)) {
            must(List.of("kill", "-" + signal, Long.toString(process)));
        }
    }

    /** Ends what runs in the namespaces, and removes them and the tunnels' sockets. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the JVM is ending, and the hook with it
        }
        remove();
    }

    private void remove() {
        for (String namespace : namespaces) {
            for (long process : processes(namespace)) {
                ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly);
            }
            execute(List.of("ip", "netns", "del", namespace));
            execute(List.of("rm", "-rf", ETC.resolve(namespace).toString()));
        }
        namespaces.clear();
        for (String device : devices) {
            try {
                Files.deleteIfExists(SOCKETS.resolve(device + ".sock"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        devices.clear();
    }

    private record Ended(int code, String said) {}

    private static String must(List<String> command) {
        Ended ended = execute(command);
        if (ended.code != 0) {
            throw new IllegalStateException(String.join(" ", command) + ": " + ended.said.strip());
        }
        return ended.said;
    }

    /** Its output goes to a file, because a process that it leaves behind may keep a pipe open. */
    private static Ended execute(List<String> command) {
        try {
            Path out = Files.createTempFile("namespaces", ".out");
            try {
                ProcessBuilder builder = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(out.toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(
                                Path.of("/dev/null").toFile()));
                builder.environment().remove("LOG_LEVEL");
                Process process = builder.start();
                if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new IllegalStateException(String.join(" ", command) + ": did not end");
                }
                return new Ended(process.exitValue(), Files.readString(out, StandardCharsets.ISO_8859_1));
            } finally {
                Files.deleteIfExists(out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    public String toString() {
        return "Namespaces" + namespaces;
    }
}

package ai.primespark.vpn.wireguard.driver;

import ai.primespark.spi.Deadline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs programs: by lists of arguments and never through a shell, until a deadline, with bounded output. Nobody waits for the end of
 * an output, because {@code wg-quick} may leave a {@code wireguard-go} behind that keeps it open for ever. Thread-safe.
 */
final class ToolRunner implements AutoCloseable {

    static final int MOST_BYTES = 16 << 20; // a dump of 100,000 peers
    private static final long STEP = TimeUnit.MILLISECONDS.toNanos(2);
    private static final Duration GRACE = Duration.ofMillis(400);

    private volatile boolean closed;

    /**
     * What a program did.
     *
     * @param exit its exit code; 0 is success
     * @param output what it printed, as it is: it may hold secrets, and is for parsers only
     * @param errors what it printed as errors, without secrets
     */
    record Result(int exit, byte[] output, String errors) {

        boolean succeeded() {
            return exit == 0;
        }

        /** The output as text, without secrets. */
        String said() {
            return Masking.mask(new String(output, StandardCharsets.UTF_8)).strip();
        }

        /** The output as it is, for parsers. */
        String text() {
            return new String(output, StandardCharsets.UTF_8).strip();
        }

        /** Forgets the output. */
        void wipe() {
            Arrays.fill(output, (byte) 0);
        }

        @Override
        public String toString() {
            return "Result[" + exit + "]";
        }
    }

    /** A program did not end in time, or printed without end; it and its children were killed, as far as rights go. */
    static final class RunawayException extends IOException {
        private static final long serialVersionUID = 1L;

        RunawayException(String message) {
            super(message);
        }

        private RunawayException(RunawayException e, boolean ended) {
            super(
                    e.getMessage()
                            + (ended
                                    ? "; it and its children were ended"
                                    : "; it was told to end and did not, and it runs with other rights, so that this process"
                                            + " cannot do more: give it a time limit there (for sudo, TIMEOUT in sudoers)"),
                    e);
        }
    }

    /**
     * Runs a program that ends with its children, and gives what it printed.
     *
     * @throws RunawayException when it does not end by the deadline or prints too much
     * @throws IOException when it cannot be started
     * @throws InterruptedException when the thread is interrupted; the program is killed
     */
    Result run(List<String> command, Map<String, String> environment, Deadline deadline)
            throws IOException, InterruptedException {
        Process process = builder(command, environment).start();
        try (InputStream out = process.getInputStream();
                InputStream err = process.getErrorStream()) {
            Capture output = new Capture(out);
            Capture errors = new Capture(err);
            boolean alive;
            do {
                alive = !process.waitFor(STEP, TimeUnit.NANOSECONDS);
                output.take();
                errors.take();
                if (alive) {
                    check(command, output.size() + errors.size(), deadline);
                }
            } while (alive);
            output.take(); // what came between the last take and the end
            errors.take();
            return new Result(
                    process.exitValue(),
                    output.bytes(),
                    Masking.mask(errors.text()).strip());
        } catch (RunawayException e) {
            throw new RunawayException(e, kill(process));
        } catch (IOException | InterruptedException | RuntimeException e) {
            var unused = kill(process);
            throw e;
        }
    }

    /**
     * Runs a program that may leave a service behind. What it prints goes to a file of mode 0600, which is gone afterwards, so that
     * the service never writes into a closed pipe.
     */
    Result runAndLeave(List<String> command, Map<String, String> environment, Deadline deadline)
            throws IOException, InterruptedException {
        Path file = Files.createTempFile(
                "spark-vpn",
                ".out",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Process process = null;
        try {
            process = builder(command, environment)
                    .redirectErrorStream(true)
                    .redirectOutput(file.toFile())
                    .start();
            while (!process.waitFor(STEP, TimeUnit.NANOSECONDS)) {
                check(command, Files.size(file), deadline);
            }
            byte[] said = Files.readAllBytes(file);
            return new Result(
                    process.exitValue(),
                    said,
                    Masking.mask(new String(said, StandardCharsets.UTF_8)).strip());
        } catch (RunawayException e) {
            throw new RunawayException(e, process == null || kill(process));
        } catch (IOException | InterruptedException | RuntimeException e) {
            if (process != null) {
                var unused = kill(process);
            }
            throw e;
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static ProcessBuilder builder(List<String> command, Map<String, String> environment) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove("LOG_LEVEL"); // with it, wireguard-go keeps the output open
        builder.environment().put("LC_ALL", "C"); // messages are compared
        builder.environment().putAll(environment);
        return builder.redirectInput(
                ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    }

    private void check(List<String> command, long printed, Deadline deadline) throws IOException {
        if (closed) {
            throw new IOException("the VPN driver was closed");
        }
        if (printed > MOST_BYTES) {
            throw new RunawayException(name(command) + " printed more than " + (MOST_BYTES >> 20) + " MiB");
        }
        if (deadline.isOver()) {
            throw new RunawayException(name(command) + " did not end in time");
        }
    }

    /** Ends whatever is running; further programs are ended at once. */
    @Override
    public void close() {
        closed = true;
    }

    /** The words of a command that are safe to tell: none of ours holds a secret. */
    static String name(List<String> command) {
        return "'" + String.join(" ", command) + "'";
    }

    /**
     * Ends what still runs of a program. First politely, because {@code wg-quick} then takes back what it did by halves; children
     * that have a new parent by then are found, because they were asked for before.
     *
     * @return false when it lives on: sudo hands on to what it has started as root that it should end, and nothing stronger
     */
    private static boolean kill(Process process) {
        if (!process.isAlive()) {
            return true;
        }
        List<ProcessHandle> family = process.descendants().toList();
        process.destroy();
        family.forEach(ProcessHandle::destroy);
        long end = System.nanoTime() + GRACE.toNanos();
        boolean interrupted = false;
        while (System.nanoTime() < end && (process.isAlive() || family.stream().anyMatch(ProcessHandle::isAlive))) {
            try {
                var unused = process.waitFor(STEP, TimeUnit.NANOSECONDS);
                TimeUnit.NANOSECONDS.sleep(STEP);
            } catch (InterruptedException e) {
                interrupted = true;
                break;
            }
        }
        List<ProcessHandle> foreign = Stream.concat(process.descendants(), family.stream())
                .filter(one -> !one.destroyForcibly() && one.isAlive())
                .toList();
        boolean ended = false;
        if (foreign.isEmpty()) { // else their parent is left to them: without it, nobody could end them any more
            process.destroyForcibly();
            try {
                ended = !interrupted && process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return ended;
    }

    /** Reads what is there and never waits for more. */
    private static final class Capture {

        private final InputStream source;
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final byte[] buffer = new byte[1 << 16];

        Capture(InputStream source) {
            this.source = source;
        }

        void take() throws IOException {
            int available;
            while ((available = source.available()) > 0 && taken.size() <= MOST_BYTES) {
                int count = source.read(buffer, 0, Math.min(available, buffer.length));
                if (count < 0) {
                    return;
                }
                taken.write(buffer, 0, count);
            }
        }

        long size() {
            return taken.size();
        }

        byte[] bytes() {
            Arrays.fill(buffer, (byte) 0);
            return taken.toByteArray();
        }

        String text() {
            return taken.toString(StandardCharsets.UTF_8);
        }
    }
}

package ai.primespark.examples.worker;

import ai.primespark.agent.TaskContext;
import ai.primespark.agent.TaskMethod;
import ai.primespark.agent.UnrecoverableTaskException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;

/** What this agent does besides the built-in {@code llm.*} and {@code memory.*}. Put your own here. Thread-safe. */
public final class PiTasks {

    private static final Path TEMPERATURE = Path.of("/sys/class/thermal/thermal_zone0/temp"); // thousandths of a degree

    /** For the worker. */
    public PiTasks() {}

    /**
     * Counts in a text.
     *
     * @param words how many words
     * @param lines how many lines
     */
    public record Counts(long words, long lines) {}

    /**
     * Counts words and lines.
     *
     * @param text any text
     * @return the counts
     */
    @TaskMethod("text.count")
    public Counts count(String text) {
        return new Counts(
                text.isBlank() ? 0 : text.strip().split("\\s+").length,
                text.lines().count());
    }

    /**
     * Which primes to count.
     *
     * @param below the limit
     */
    public record Primes(int below) {}

    /**
     * How far the counting is.
     *
     * @param next the next number to look at
     * @param found how many primes there are below it
     */
    public record Reached(int next, int found) {}

    /**
     * Counts primes: work for the processor that can be stopped at any time and goes on where it was, on another machine too.
     *
     * @param primes the task
     * @param task the attempt
     * @return how many there are
     */
    @TaskMethod("primes.count")
    public int primes(Primes primes, TaskContext task) {
        Reached reached = task.checkpoint(Reached.class).orElse(new Reached(2, 0));
        int found = reached.found();
        int step = Math.max(1_000, primes.below() / 20);
        for (int number = reached.next(); number < primes.below(); number++) {
            found += isPrime(number) ? 1 : 0;
            if (number % 1_000 == 0 && task.cancelled().isPresent()) {
                task.saveCheckpoint(new Reached(number + 1, found));
                throw new CancellationException();
            }
            if (number % step == 0) {
                task.progress((double) number / primes.below(), found + " primes below " + number);
                task.saveCheckpoint(new Reached(number + 1, found));
            }
        }
        return found;
    }

    private static boolean isPrime(int number) {
        for (int divisor = 2; (long) divisor * divisor <= number; divisor++) {
            if (number % divisor == 0) {
                return false;
            }
        }
        return number >= 2;
    }

    /**
     * How long to wait.
     *
     * @param seconds in all
     */
    public record Pause(double seconds) {}

    /**
     * Waits, as for a slow device, and says how far it is.
     *
     * @param pause the task
     * @param task the attempt
     * @return how many milliseconds it took
     * @throws InterruptedException when it is to stop
     */
    @TaskMethod("device.wait")
    public long pause(Pause pause, TaskContext task) throws InterruptedException {
        long begin = System.nanoTime();
        long nanos = (long) (pause.seconds() * 1e9);
        for (long left = nanos; left > 0; left = begin + nanos - System.nanoTime()) {
            task.progress(1 - (double) left / nanos, "waiting");
            TimeUnit.NANOSECONDS.sleep(Math.min(left, 50_000_000));
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }

    /**
     * How the machine is.
     *
     * @param os its system
     * @param processors how many it has
     * @param load its load over the last minute; negative when not known
     * @param celsius the processor's temperature; empty when not known
     */
    public record Host(String os, int processors, double load, Optional<Double> celsius) {}

    /**
     * Says how the machine is.
     *
     * @return what is known
     */
    @TaskMethod("host.report")
    public Host host() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        return new Host(
                system.getName() + " " + system.getVersion() + " " + system.getArch(),
                system.getAvailableProcessors(),
                system.getSystemLoadAverage(),
                celsius());
    }

    private static Optional<Double> celsius() {
        if (!Files.isReadable(TEMPERATURE)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Integer.parseInt(Files.readString(TEMPERATURE).strip()) / 1000.0);
        } catch (IOException | NumberFormatException e) {
            throw new UnrecoverableTaskException("the processor's temperature cannot be read", e);
        }
    }
}

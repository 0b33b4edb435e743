package ai.primespark.examples.memory;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;

/** One line on standard error that is written over and over, at most ten times a second. Thread-safe. */
final class ProgressBar implements AutoCloseable {

    private static final int WIDTH = 30;
    private static final long PAUSE_NANOS = 100_000_000;

    private final PrintStream err;
    private final boolean on;
    private int longest; // guarded by this
    private long last = System.nanoTime() - PAUSE_NANOS; // guarded by this

    ProgressBar(MemoryTool tool) {
        this.err = tool.err;
        this.on = tool.progress == MemoryTool.Progress.always
                || tool.progress == MemoryTool.Progress.auto && !tool.json && isTerminal();
    }

    /** From Java 22 on there is a console without a terminal, too, and a method that tells. */
    @SuppressWarnings("SystemConsoleNull") // asked in both ways
    private static boolean isTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    /**
     * Shows how far it is.
     *
     * @param expected about how many there are, or less than 1 when that is not known
     */
    synchronized void show(String what, long done, long expected) {
        long now = System.nanoTime();
        boolean end = expected > 0 && done >= expected;
        if (!on || now - last < PAUSE_NANOS && !end) {
            return;
        }
        last = now;
        String line = expected < 1
                ? String.format(Locale.ROOT, "%s: %,d", what, done)
                : String.format(
                        Locale.ROOT,
                        "[%s] %3d%% %s: %,d of %,d",
                        bar(done, expected),
                        percent(done, expected),
                        what,
                        done,
                        expected);
        err.print("\r" + line + " ".repeat(Math.max(0, longest - line.length())));
        err.flush();
        longest = Math.max(longest, line.length());
    }

    private static int percent(long done, long expected) {
        return (int) Math.min(100, Math.max(0, done) * 100.0 / expected);
    }

    private static String bar(long done, long expected) {
        int filled = percent(done, expected) * WIDTH / 100;
        return "#".repeat(filled) + ".".repeat(WIDTH - filled);
    }

    /** Ends the line. */
    @Override
    public synchronized void close() {
        if (longest > 0) {
            err.println();
            longest = 0;
        }
    }
}

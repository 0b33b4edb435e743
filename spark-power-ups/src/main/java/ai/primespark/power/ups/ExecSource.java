package ai.primespark.power.ups;

import ai.primespark.power.PowerException;
import ai.primespark.power.PowerReading;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program for each reading. What it prints to its standard output is read up to 64 KiB; what it prints to its standard error is
 * thrown away, because nobody knows whether a secret is in it. At the deadline it is killed with everything that it started.
 */
final class ExecSource extends BaseSource {

    private final List<String> command;
    private final HangableWork work;
    private volatile @Nullable Process running;

    ExecSource(ProviderContext context) {
        super(
                context,
                "exec",
                context.settings().get(ExecSourceProvider.COMMAND).get(0));
        this.command = context.settings().get(ExecSourceProvider.COMMAND);
        this.work = new HangableWork(name() + ": the program", context.blocking());
    }

    @Override
    PowerReading readNow(Deadline given) throws IOException {
        Deadline deadline = given.orIn(context().settings().get(CommonSettings.TIMEOUT));
        String printed;
        try {
            printed = work.run(() -> run(deadline), deadline);
        } catch (PowerException e) {
            kill();
            throw e;
        }
        return UpsVariables.reading(
                context().id(),
                context().clock().instant(),
                UpsFormat.parse(printed),
                CommonSettings.capacity(context().settings()));
    }

    private String run(Deadline deadline) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw failure("cannot start its program; check that it is there and may be run", false, e);
        }
        running = process;
        try {
            if (isClosed() || deadline.isOver()) { // whoever wanted to kill it came too early
                throw new IOException("it ended before its program began");
            }
            process.getOutputStream().close();
            byte[] bytes;
            try (InputStream in = process.getInputStream()) {
                bytes = in.readNBytes(FileSource.MAX_BYTES + 1);
            }
            if (bytes.length > FileSource.MAX_BYTES) {
                throw new IOException("its program printed more than " + FileSource.MAX_BYTES + " bytes");
            }
            if (!process.waitFor(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
                throw new IOException("its program did not end in time");
            }
            if (process.exitValue() != 0) {
                throw new IOException("its program ended with " + process.exitValue() + "; run it by hand to see why");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } finally {
            kill();
            running = null;
        }
    }

    private void kill() {
        Process process = running;
        if (process != null && process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    @Override
    void release() {
        kill();
    }
}

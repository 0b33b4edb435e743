package ai.primespark.power.ups;

import ai.primespark.power.PowerException;
import ai.primespark.power.PowerReading;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import ai.primespark.spi.ProviderContext;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What all sources have in common: a name in messages, an end, and one kind of exception. */
abstract class BaseSource implements PowerSource {

    private final ProviderContext context;
    private final String name;
    private volatile boolean closed;

    /**
     * For subclasses.
     *
     * @param type the provider's name
     * @param where what is read, for messages; empty when there is nothing to say
     */
    BaseSource(ProviderContext context, String type, String where) {
        this.context = context;
        this.name = "power source '" + context.id() + "' (" + type + (where.isEmpty() ? "" : " " + where) + ")";
    }

    final ProviderContext context() {
        return context;
    }

    /** How messages call it. */
    final String name() {
        return name;
    }

    final boolean isClosed() {
        return closed;
    }

    @Override
    public final PowerReading read(Deadline deadline) {
        if (closed) {
            throw new PowerException(name + " is closed", false, null);
        }
        if (deadline.isOver()) {
            throw failure("no time was left to read it", true, null);
        }
        try {
            return readNow(deadline);
        } catch (IOException e) {
            throw failure("cannot be read: " + Shown.text(e), true, e);
        }
    }

    /** Reads. What it throws as an {@link IOException} counts as passing. */
    abstract PowerReading readNow(Deadline deadline) throws IOException;

    /** Releases what there is to release. Called at least once, from any thread, also while something is read. */
    abstract void release();

    final PowerException failure(String what, boolean retryable, @Nullable Throwable cause) {
        return new PowerException(name + " " + what, retryable, cause);
    }

    @Override
    public final void close() {
        closed = true;
        release();
    }

    @Override
    public final String toString() {
        return name;
    }
}

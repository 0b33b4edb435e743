package ai.primespark.core.memory;

import ai.primespark.event.SparkEvent;
import ai.primespark.memory.MemoryException;
import ai.primespark.spi.Meters;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/** What the parts of the memory engine share. */
record Surroundings(
        InstantSource clock,
        Executor blocking,
        ScheduledExecutorService scheduler,
        Meters meters,
        Consumer<SparkEvent> events,
        Duration timeout,
        Duration tierTimeout,
        int tierMaxInFlight,
        Duration patience,
        Duration nearLife,
        Duration loadLease,
        boolean batchReads) {

    /** The waiting thread was interrupted: its flag is set again, and the operation is given up. */
    static MemoryException interrupted(String what) {
        Thread.currentThread().interrupt();
        return new MemoryException("interrupted while waiting for " + what, true, null);
    }
}

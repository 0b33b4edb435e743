package ai.primespark.examples.server;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.LoggerFactory;

/**
 * Holds the log back while the server starts, so that its few lines about what it found stand together; five seconds at the most,
 * because then it tells what takes so long. Afterwards one thread writes what has come, a few milliseconds of it at a time: every
 * request has a line, and to wake a thread for each would cost as much as the line. Nothing is left out: whoever logs waits while the
 * writer is far behind. Thread-safe.
 */
final class ServerLog extends UnsynchronizedAppenderBase<ILoggingEvent> {

    private static final int MOST = 4_096;
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long GATHERING = Duration.ofMillis(10).toNanos();
    private static final long FULL_PAUSE = Duration.ofMillis(1).toNanos();

    private final List<Appender<ILoggingEvent>> outputs = new ArrayList<>();
    private final BlockingQueue<ILoggingEvent> lines = new ArrayBlockingQueue<>(MOST);
    private final AtomicBoolean released = new AtomicBoolean();
    private final AtomicBoolean resting = new AtomicBoolean(); // the writer, until there is something to write
    private final Thread writer = new Thread(this::write, "prime-spark-log");

    private ServerLog() {
        writer.setDaemon(true);
    }

    /** Puts itself between this program's log and where it is written. */
    static ServerLog hold() {
        return hold((LoggerContext) LoggerFactory.getILoggerFactory(), LONGEST_HOLD);
    }

    static ServerLog hold(LoggerContext context, Duration longest) {
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        ServerLog log = new ServerLog();
        root.iteratorForAppenders().forEachRemaining(log.outputs::add);
        log.setContext(context);
        log.start();
        root.addAppender(log);
        log.outputs.forEach(root::detachAppender);
        context.addScheduledFuture(context.getScheduledExecutorService()
                .schedule(log::release, longest.toMillis(), TimeUnit.MILLISECONDS));
        return log;
    }

    /** Ends logging when all that waits has been written: nobody writes it once the process has ended. */
    static void finish() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }

    /** Writes what was held, and from now on what comes. */
    void release() {
        if (released.compareAndSet(false, true)) {
            writer.start();
        }
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        while (!lines.offer(event)) {
            release();
            LockSupport.parkNanos(FULL_PAUSE); // which an interrupt of the thread that logs does not cut short for good
        }
        if (resting.get() && resting.compareAndSet(true, false)) {
            LockSupport.unpark(writer);
        }
    }

    private void write() {
        List<ILoggingEvent> batch = new ArrayList<>();
        boolean more = true;
        while (more || isStarted()) {
            batch.clear();
            more = lines.drainTo(batch) > 0;
            batch.forEach(this::write);
            if (more) {
                LockSupport.parkNanos(GATHERING);
            } else {
                rest();
            }
        }
    }

    private void write(ILoggingEvent event) {
        try {
            outputs.forEach(output -> output.doAppend(event));
        } catch (RuntimeException | Error e) { // the lines behind it are to be written all the same
            addError("a line of the log could not be written", e);
        }
    }

    private void rest() {
        resting.set(true);
        if (lines.isEmpty() && isStarted()) {
            LockSupport.park(this);
        }
        resting.set(false);
    }

    @Override
    public void stop() {
        super.stop();
        release();
        LockSupport.unpark(writer);
        try {
            writer.join(PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        outputs.forEach(Appender::stop);
    }
}

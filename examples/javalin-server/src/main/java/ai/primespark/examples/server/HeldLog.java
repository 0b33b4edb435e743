package ai.primespark.examples.server;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * Holds the log back while the server starts, so that its few lines about what it found stand together. What was held is written behind
 * them; after five seconds at the latest, because then it tells what takes so long. Thread-safe.
 */
final class HeldLog extends UnsynchronizedAppenderBase<ILoggingEvent> {

    private static final int MOST = 1000;

    private final List<Appender<ILoggingEvent>> outputs = new ArrayList<>();
    private final List<ILoggingEvent> held = new ArrayList<>();
    private volatile boolean released;

    private HeldLog() {}

    /** Puts itself between the log and where it is written. */
    static HeldLog hold() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        HeldLog log = new HeldLog();
        root.iteratorForAppenders().forEachRemaining(log.outputs::add);
        log.setContext(context);
        log.start();
        root.addAppender(log);
        log.outputs.forEach(root::detachAppender);
        context.addScheduledFuture(context.getScheduledExecutorService().schedule(log::release, 5, TimeUnit.SECONDS));
        return log;
    }

    /** Ends logging when all that waits has been written: nobody writes it once the process has ended. */
    static void finish() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }

    /** Without a lock once all is written at once: every request logs. */
    @Override
    protected void append(ILoggingEvent event) {
        if (released || !isHeld(event)) {
            write(event);
        }
    }

    private synchronized boolean isHeld(ILoggingEvent event) {
        if (released) {
            return false;
        }
        event.prepareForDeferredProcessing();
        held.add(event);
        if (held.size() >= MOST) {
            release();
        }
        return true;
    }

    private void write(ILoggingEvent event) {
        outputs.forEach(output -> output.doAppend(event));
    }

    /** Writes what was held, and from now on everything at once. */
    synchronized void release() {
        if (!released) {
            held.forEach(this::write);
            held.clear();
            released = true;
        }
    }
}

package ai.primespark.it.llm.privacy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.LoggerFactory;

/** Looks for marks in everything that is printed: log lines of all levels down to DEBUG, and whatever it is shown. Thread-safe. */
final class Witness extends AppenderBase<ILoggingEvent> implements AutoCloseable {

    private static final int ENOUGH = 10;

    private final Logger ours = (Logger) LoggerFactory.getLogger("ai.primespark");
    private final Queue<String> seen = new ConcurrentLinkedQueue<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final LongAdder lines = new LongAdder();
    private final LongAdder shown = new LongAdder();

    /** Listens from now on; nothing else gets the log lines of the meantime. */
    static Witness listening() {
        Witness witness = new Witness();
        witness.start();
        witness.ours.setLevel(Level.DEBUG);
        witness.ours.setAdditive(false);
        witness.ours.addAppender(witness);
        return witness;
    }

    private Witness() {}

    @Override
    protected void append(ILoggingEvent event) {
        lines.increment();
        look("the log of " + event.getLoggerName(), event.getFormattedMessage());
        if (event.getThrowableProxy() != null) {
            String trace = ThrowableProxyUtil.asString(event.getThrowableProxy());
            look("a logged exception", trace);
            if (event.getLevel().isGreaterOrEqual(Level.WARN) && faults.size() < ENOUGH) {
                faults.add(event.getFormattedMessage() + "\n" + trace);
            }
        }
    }

    /** Looks through something that an application may print. */
    void shown(String what, Object printed) {
        shown.increment();
        look(what, String.valueOf(printed));
    }

    /** Looks through a failure, its causes and what was suppressed. */
    void shown(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            shown("a failure", t);
            for (Throwable other : t.getSuppressed()) {
                shown("a suppressed failure", other);
            }
        }
    }

    private void look(String what, String text) {
        if (text.contains(Mark.ANYWHERE) && seen.size() < ENOUGH) {
            seen.add(what + ": " + text);
        }
    }

    /** What should not have been printed. */
    Queue<String> seen() {
        return seen;
    }

    /** Exceptions in warnings: faults of our own, because a server's are told without. */
    Queue<String> faults() {
        return faults;
    }

    long lines() {
        return lines.sum();
    }

    long shownThings() {
        return shown.sum();
    }

    @Override
    public void close() {
        ours.detachAppender(this);
        ours.setAdditive(true);
        ours.setLevel(null);
        stop();
    }
}

package ai.primespark.core.agent;

import ai.primespark.spi.Meters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Knows whether the queue answers, counts when it does not, and logs changes only. Thread-safe. */
final class QueueTrouble {

    private static final Logger LOG = LoggerFactory.getLogger(QueueTrouble.class);

    private final Meters.Counter failures;
    private String problem = ""; // guarded by this
    private volatile boolean troubled;

    QueueTrouble(Meters meters) {
        this.failures = meters.counter("spark.agents.queue.failures");
    }

    /** A call failed. */
    void failed(String what, RuntimeException failure) {
        failures.increment();
        String words = String.valueOf(failure.getMessage());
        boolean first;
        synchronized (this) {
            first = !troubled;
            problem = words;
            troubled = true;
        }
        if (first) {
            LOG.warn("The task queue failed to {}; agents go on as soon as it answers: {}", what, words);
        }
    }

    /** A call that goes to the queue itself was answered. */
    void answered() {
        if (troubled) { // read without a lock by every call
            boolean over;
            synchronized (this) {
                over = troubled;
                troubled = false;
                problem = "";
            }
            if (over) {
                LOG.info("The task queue answers again");
            }
        }
    }

    /** What is wrong; empty when nothing is. */
    synchronized String problem() {
        return problem;
    }
}

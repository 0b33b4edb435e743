package ai.primespark.core.agent;

import ai.primespark.spi.Meters;
import ai.primespark.spi.TaskCompletion;
import java.time.Duration;

/** Counts how the attempts of one type of task ended. Thread-safe. */
final class Outcomes {

    private final Meters.Timer time;
    private final Meters.Counter succeeded;
    private final Meters.Counter failed;
    private final Meters.Counter released;
    private final Meters.Counter stopped;
    private final Meters.Counter refused;
    private final Meters.Counter lost;

    Outcomes(Meters meters, String type) {
        this.time = meters.timer("spark.agents.attempt.time", "type", type);
        this.succeeded = counter(meters, type, "succeeded");
        this.failed = counter(meters, type, "failed");
        this.released = counter(meters, type, "released");
        this.stopped = counter(meters, type, "stopped");
        this.refused = counter(meters, type, "refused");
        this.lost = counter(meters, type, "lost");
    }

    private static Meters.Counter counter(Meters meters, String type, String outcome) {
        return meters.counter("spark.agents.attempts", "type", type, "outcome", outcome);
    }

    void took(long nanos) {
        time.record(Duration.ofNanos(Math.max(0, nanos)));
    }

    /** The queue has taken an outcome. */
    void accepted(TaskCompletion completion) {
        if (completion instanceof TaskCompletion.Success) {
            succeeded.increment();
        } else if (completion instanceof TaskCompletion.Failure) {
            failed.increment();
        } else if (completion instanceof TaskCompletion.Release) {
            released.increment();
        } else {
            stopped.increment();
        }
    }

    /** The queue has not taken it, because the lease was over. */
    void refused() {
        refused.increment();
    }

    /** The lease was over before there was an outcome. */
    void lost() {
        lost.increment();
    }
}

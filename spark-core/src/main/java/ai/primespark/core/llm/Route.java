package ai.primespark.core.llm;

import ai.primespark.llm.LlmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What one call tries next: each candidate once, then again where that is safe, and at the very end those of last resort. Not
 * thread-safe.
 */
final class Route {

    /** When a server asks for no more than this, waiting for it is better than going farther away. */
    private static final long SHORT_WAIT_NANOS = Duration.ofSeconds(1).toNanos();

    /** A caller is not kept waiting for longer than this before an attempt. */
    private static final long LONGEST_WAIT_NANOS = Duration.ofSeconds(10).toNanos();

    private static final long FIRST_BACKOFF_NANOS = Duration.ofMillis(200).toNanos();

    private final List<Choice> choices;
    private final int retries;
    private final List<Failed> failed = new ArrayList<>(2);
    private int position;
    private @Nullable Failed hurried;
    private @Nullable LlmException lastFailure;

    Route(List<Choice> choices, int retries) {
        this.choices = choices;
        this.retries = retries;
    }

    /** Notes that a backend failed; {@code silent} when it had delivered nothing that the caller saw. */
    void failed(Choice choice, LlmException failure, boolean silent) {
        lastFailure = failure;
        Failed known = null;
        for (Failed other : failed) {
            if (other.choice.backend() == choice.backend()) {
                known = other;
            }
        }
        if (known == null) {
            known = new Failed(choice);
            failed.add(known);
        }
        known.failure = failure;
        known.again =
                silent && failure.sameBackendRetryable() && !choice.backend().lastResort();
        boolean shortWait = failure.kind() == LlmException.Kind.OVERLOADED
                && failure.retryAfter()
                        .filter(d -> d.compareTo(Duration.ofNanos(SHORT_WAIT_NANOS)) <= 0)
                        .isPresent();
        hurried = shortWait ? known : null;
    }

    /** The next attempt on a backend with a model; null when there is none within the time that is left. */
    @Nullable
    Step next(long remainingNanos) {
        Failed soon = hurried;
        hurried = null;
        if (soon != null) {
            Step again = again(soon, remainingNanos);
            if (again != null) {
                return again;
            }
        }
        if (position < choices.size() && !choices.get(position).backend().lastResort()) {
            return new Step(choices.get(position++), 0);
        }
        for (Failed candidate : failed) {
            Step again = again(candidate, remainingNanos);
            if (again != null) {
                return again;
            }
        }
        return null;
    }

    /** The next backend of last resort; null when there is none. */
    @Nullable
    Choice lastResort() {
        return position < choices.size() ? choices.get(position++) : null;
    }

    /** The latest failure; null when nobody was asked. */
    @Nullable
    LlmException lastFailure() {
        return lastFailure;
    }

    /** How long the servers asked to wait, the shortest of all; null when none did. */
    @Nullable
    Duration retryAfter() {
        Duration shortest = null;
        for (Failed candidate : failed) {
            Duration asked = candidate.failure == null
                    ? null
                    : candidate.failure.retryAfter().orElse(null);
            if (asked != null && (shortest == null || asked.compareTo(shortest) < 0)) {
                shortest = asked;
            }
        }
        return shortest;
    }

    private @Nullable Step again(Failed candidate, long remainingNanos) {
        LlmException failure = candidate.failure;
        if (failure == null || !candidate.again || candidate.retried >= retries) {
            return null;
        }
        long wait = candidate.waitNanos(failure);
        if (wait > LONGEST_WAIT_NANOS || wait >= remainingNanos) {
            return null;
        }
        candidate.retried++; // even if it is not let in then: nothing here may go on for ever
        String reason = "tried again after " + failure.kind();
        return new Step(new Choice(candidate.choice.backend(), reason), wait);
    }

    /** An attempt, and how long to wait before it. */
    record Step(Choice choice, long waitNanos) {}

    private static final class Failed {

        private final Choice choice;
        private @Nullable LlmException failure;
        private boolean again;
        private int retried;

        private Failed(Choice choice) {
            this.choice = choice;
        }

        /** What the server asked for, at least; otherwise twice as long each time, and never in step with others. */
        private long waitNanos(LlmException failure) {
            long backoff = FIRST_BACKOFF_NANOS << Math.min(retried, 10);
            long jittered = backoff / 2 + ThreadLocalRandom.current().nextLong(backoff / 2);
            Duration asked = failure.retryAfter().orElse(Duration.ZERO);
            if (asked.compareTo(Duration.ofDays(1)) > 0) {
                return Long.MAX_VALUE;
            }
            return asked.toNanos() + (asked.isZero() ? jittered : jittered / 4);
        }
    }
}

package ai.primespark.core.llm;

import ai.primespark.llm.LlmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What one call tries next: each candidate once, then again where that is safe, and at the very end those of last resort. Not
 * thread-safe.
 */
final class Route {

    /** A caller is not kept waiting for longer than this before an attempt. */
    private static final long LONGEST_WAIT_NANOS = Duration.ofSeconds(10).toNanos();

    private final List<Choice> choices;
    private final int retries;
    private final long backoffNanos;
    private final ToLongFunction<Choice> expected;
    private final List<Choice> busy = new ArrayList<>(1);
    private final List<Failed> failed = new ArrayList<>(2);
    private int position;
    private @Nullable LlmException lastFailure;
    private @Nullable LlmException failureBeside;

    /**
     * Makes one.
     *
     * @param choices best first
     * @param retries on the same backend
     * @param backoff before the first of them
     * @param expected nanoseconds that a backend is expected to take now
     */
    Route(List<Choice> choices, int retries, Duration backoff, ToLongFunction<Choice> expected) {
        this.choices = new ArrayList<>(choices);
        this.retries = retries;
        this.backoffNanos = backoff.toNanos();
        this.expected = expected;
    }

    /** Notes that a backend had no place, or was loading, and could be waited for when nobody else answers. */
    void busy(Choice choice) {
        busy.add(choice);
    }

    /** Takes a backend off the list, because it was asked beside another; what became of it comes by {@link #failed}. */
    void taken(BackendHandle backend) {
        for (int i = position; i < choices.size(); i++) {
            if (choices.get(i).backend() == backend) {
                choices.remove(i);
                return;
            }
        }
    }

    /** Notes that a backend could not go on with an answer, and is to begin it again next. */
    void again(Choice choice, LlmException failure) {
        lastFailure = failure;
        choices.add(position, choice);
    }

    /** Those that have not been tried. */
    List<Choice> untried() {
        return List.copyOf(choices.subList(Math.min(position, choices.size()), choices.size()));
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
    }

    /** Notes a failure of an attempt that this route did not give. */
    void failedBeside(LlmException failure) {
        failureBeside = failure;
    }

    /** The latest of those; null when there was none. */
    @Nullable
    LlmException failureBeside() {
        return failureBeside;
    }

    /** Whether a backend failed in a way that has nothing to do with the model. */
    boolean isOut(BackendHandle backend) {
        for (Failed candidate : failed) {
            LlmException failure = candidate.failure;
            if (candidate.choice.backend() == backend && failure != null) {
                return failure.kind() == LlmException.Kind.UNREACHABLE
                        || failure.kind() == LlmException.Kind.UNAUTHORIZED;
            }
        }
        return false;
    }

    /** The next attempt on a backend with a model; null when there is none within the time that is left. */
    @Nullable
    Step next(long remainingNanos) {
        if (position < choices.size() && !choices.get(position).backend().lastResort()) {
            return new Step(choices.get(position++), 0, true);
        }
        if (!busy.isEmpty()) {
            Choice soonest = Collections.min(busy, Comparator.comparingLong(expected));
            busy.remove(soonest); // waited for once
            return new Step(soonest, 0, false);
        }
        return soonestRetry(remainingNanos);
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

    /** Of those that may be tried again, the one that has to be waited for least. */
    private @Nullable Step soonestRetry(long remainingNanos) {
        Failed soonest = null;
        long least = Math.min(LONGEST_WAIT_NANOS + 1, remainingNanos);
        for (Failed candidate : failed) {
            long wait = candidate.again && candidate.retried < retries ? candidate.waitNanos() : Long.MAX_VALUE;
            if (wait < least) {
                least = wait;
                soonest = candidate;
            }
        }
        if (soonest == null) {
            return null;
        }
        soonest.retried++; // even if it is not let in then: nothing here may go on for ever
        String reason =
                "tried again after " + Objects.requireNonNull(soonest.failure).kind();
        return new Step(new Choice(soonest.choice.backend(), reason, soonest.choice.forecast()), least, false);
    }

    /**
     * An attempt.
     *
     * @param choice where
     * @param waitNanos how long to wait before it
     * @param first whether the backend was not tried before
     */
    record Step(Choice choice, long waitNanos, boolean first) {}

    private final class Failed {

        private final Choice choice;
        private @Nullable LlmException failure;
        private boolean again;
        private int retried;

        private Failed(Choice choice) {
            this.choice = choice;
        }

        /** What the server asked for, at least; otherwise twice as long each time, and never in step with others. */
        private long waitNanos() {
            long backoff = backoffNanos << Math.min(retried, 10);
            long jittered = backoff / 2 + ThreadLocalRandom.current().nextLong(backoff / 2);
            Duration asked = Objects.requireNonNull(failure).retryAfter().orElse(Duration.ZERO);
            if (asked.compareTo(Duration.ofDays(1)) > 0) {
                return Long.MAX_VALUE;
            }
            return asked.toNanos() + (asked.isZero() ? jittered : jittered / 4);
        }
    }
}

package ai.primespark.core.llm;

import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RouteTrace;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What threads share about one call: the running attempt, the trace, and how the call ended. Whoever decides the ending first
 * has decided; every attempt that was begun here is ended here exactly once. Thread-safe.
 */
final class CallState {

    private final Object lock = new Object();
    private final TraceBuilder trace; // guarded by lock
    private volatile @Nullable Attempt attempt; // set under lock
    private volatile @Nullable Attempt hedge; // set under lock
    private @Nullable Attempt
            answering; // the one that has begun to, after which none begins beside it; guarded by lock
    private @Nullable Attempt abandoned; // guarded by lock
    private @Nullable Attempt abandonedHedge; // guarded by lock
    private @Nullable RouteTrace finalTrace; // guarded by lock
    private volatile @Nullable Object ending; // an LlmResponse or an LlmException; set once, under lock

    CallState(TraceBuilder trace) {
        this.trace = trace;
    }

    boolean hasEnded() {
        return ending != null;
    }

    void throwIfEnded() {
        Object decided = ending;
        if (decided instanceof LlmException failure) {
            throw failure;
        }
        if (decided != null) {
            throw new IllegalStateException("the call has its answer");
        }
    }

    /** The failure that was decided; null when the call was answered or is running. */
    @Nullable
    LlmException failure() {
        return ending instanceof LlmException failure ? failure : null;
    }

    /** The answer that was decided; null when the call failed or is running. */
    @Nullable
    LlmResponse answer() {
        return ending instanceof LlmResponse answer ? answer : null;
    }

    @Nullable
    Attempt attempt() {
        return attempt;
    }

    void planned(Plan plan) {
        synchronized (lock) {
            trace.planned(plan);
        }
    }

    void skip(BackendHandle backend, String reason) {
        synchronized (lock) {
            trace.skip(backend, reason);
        }
    }

    /** Notes that the answer is going to be that to a similar question. */
    void similar(double similarity, boolean stale) {
        synchronized (lock) {
            trace.similar(similarity, stale);
        }
    }

    /** Begins an attempt. Gives false when the call has ended; the attempt is the caller's then. */
    boolean begin(Attempt next) {
        synchronized (lock) {
            if (ending != null) {
                return false;
            }
            attempt = next;
            return true;
        }
    }

    /**
     * Ends the running attempt by a failure that does not end the call. Gives false when it was outrun before, and left by whoever
     * decided that. Throws when the call has ended.
     */
    boolean failed(Attempt running, LlmException failure) {
        synchronized (lock) {
            throwIfEnded(); // it failed because the call ended, and is left to the thread that did that
            if (attempt != running) {
                return false;
            }
            trace.attempted(running, failure);
            attempt = null;
            return true;
        }
    }

    /**
     * Which of two attempts goes on.
     *
     * @param mine whether it is the one that asked
     * @param loser the other one, for the asker to leave; null when there is none
     */
    record Verdict(boolean mine, @Nullable Attempt loser) {}

    /** Begins an attempt beside the running one. Gives false when it is too late; the attempt is the caller's then. */
    boolean beginHedge(Attempt running, Attempt second) {
        synchronized (lock) {
            boolean begun = answering == running || running.firstTokenNanos() >= 0;
            if (ending != null || attempt != running || hedge != null || begun) {
                return false;
            }
            hedge = second;
            return true;
        }
    }

    /** Whether an attempt is the one that is running now. */
    boolean isRunning(Attempt one) {
        return attempt == one;
    }

    boolean hasHedge() {
        return hedge != null;
    }

    /** Whether an attempt is still running beside another. */
    boolean isHedge(Attempt second) {
        return hedge == second;
    }

    /** The running attempt has begun to answer. */
    Verdict began(Attempt running) {
        synchronized (lock) {
            throwIfEnded();
            if (attempt != running) {
                return new Verdict(false, null);
            }
            answering = running;
            Attempt loser = hedge;
            if (loser != null) {
                trace.outrun(loser, Hedge.outrun(loser.backend()));
                hedge = null;
            }
            return new Verdict(true, loser);
        }
    }

    /** The attempt beside the running one has begun to answer, and takes its place if it was first. */
    Verdict hedgeBegan(Attempt second, LlmException why) {
        synchronized (lock) {
            if (ending != null || hedge != second) {
                return new Verdict(false, null);
            }
            Attempt loser = attempt;
            if (loser != null) {
                trace.outrun(loser, why);
            }
            attempt = second;
            hedge = null;
            return new Verdict(true, loser);
        }
    }

    /** Ends the attempt beside the running one by a failure. Gives false when somebody else has ended it. */
    boolean hedgeFailed(Attempt second, LlmException failure) {
        synchronized (lock) {
            if (ending != null || hedge != second) {
                return false;
            }
            trace.attempted(second, failure);
            hedge = null;
            return true;
        }
    }

    /** Ends the call by an answer; {@code running} is null when it comes from the cache. */
    LlmResponse answered(@Nullable Attempt running, AnswerSource source, Function<RouteTrace, LlmResponse> finish) {
        synchronized (lock) {
            throwIfEnded();
            if (running != null) {
                trace.attempted(running, null);
                attempt = null;
            }
            RouteTrace whole = trace.build(source, running == null);
            LlmResponse response = finish.apply(whole);
            finalTrace = whole;
            ending = response;
            return response;
        }
    }

    /** Ends the call by a failure, unless it has ended; the failure that stands gets the trace. */
    LlmException fail(LlmException failure, String delivered, @Nullable String message) {
        synchronized (lock) {
            if (ending instanceof LlmException decided) {
                return decided;
            }
            if (ending != null) { // the answer was complete when somebody closed the call
                return failure;
            }
            Attempt running = attempt;
            if (running != null) {
                trace.attempted(running, failure);
                abandoned = running;
                attempt = null;
            }
            Attempt second = hedge;
            if (second != null) {
                trace.attempted(second, failure);
                abandonedHedge = second;
                hedge = null;
            }
            RouteTrace whole = trace.build(null, false);
            LlmException decided = LlmException.builder(
                            failure.kind(),
                            failure.backend(),
                            message != null ? message : String.valueOf(failure.getMessage()))
                    .delivered(delivered)
                    .retryAfter(failure.retryAfter().orElse(null))
                    .cause(failure.getCause())
                    .trace(whole)
                    .build();
            finalTrace = whole;
            ending = decided;
            return decided;
        }
    }

    /** The attempt that was running when the call failed, once; null when there was none. */
    @Nullable
    Attempt takeAbandoned() {
        synchronized (lock) {
            Attempt left = abandoned;
            abandoned = null;
            return left;
        }
    }

    /** The attempt beside the running one when the call failed, once; null when there was none. */
    @Nullable
    Attempt takeAbandonedHedge() {
        synchronized (lock) {
            Attempt left = abandonedHedge;
            abandonedHedge = null;
            return left;
        }
    }

    /** The trace of a call that ended, once; null before and after. */
    @Nullable
    RouteTrace takeFinalTrace() {
        synchronized (lock) {
            RouteTrace whole = finalTrace;
            finalTrace = null;
            return whole;
        }
    }

    /** Why nobody could answer, in words; {@code further} says what was tried besides backends. */
    String explain(List<String> further) {
        synchronized (lock) {
            return NoBackendMessage.of(trace.attempts(), trace.skipped(), further);
        }
    }
}

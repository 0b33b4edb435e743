package ai.primespark.core.llm;

import ai.primespark.llm.LlmEvent;
import ai.primespark.spi.CallLimits;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The second attempts of one call, one at a time. The reading thread's own, except for {@link #disarm}. */
final class Backup {

    private final RouterContext context;
    private final CallState state;
    private final Waiter waiter;
    private volatile @Nullable Hedge hedge;

    Backup(RouterContext context, CallState state, Waiter waiter) {
        this.context = context;
        this.state = state;
        this.waiter = waiter;
    }

    /** Prepares one for an attempt that was just opened, if there may be any. */
    void arm(Attempt attempt, Hedge.Way way) {
        if (context.hedging().enabled() && !attempt.backend().lastResort()) {
            hedge = Hedge.arm(context, state, waiter, attempt, way);
        }
    }

    /** Decides between an attempt that gives an event and the one beside it. Gives false when that has won. */
    boolean isFirst(Attempt running, LlmEvent event) {
        Hedge beside = hedge;
        if (beside == null || !Hedge.isAnswer(event)) {
            return true;
        }
        beside.disarm();
        CallState.Verdict verdict = state.began(running);
        Attempt loser = verdict.loser();
        if (loser != null) {
            Hedge.leave(loser, Hedge.outrun(loser.backend()));
        }
        if (verdict.mine()) {
            hedge = null;
        }
        return verdict.mine();
    }

    /** The one that has won. */
    Hedge takeWinner() {
        Hedge won = Objects.requireNonNull(hedge);
        hedge = null;
        return won;
    }

    /** After an attempt failed: waits until the one beside it has failed too, or has won, or the call has ended. */
    void await(long remainingNanos) throws InterruptedException {
        while (state.hasHedge()) {
            waiter.pause(remainingNanos, () -> !state.hasHedge());
            state.throwIfEnded();
        }
    }

    /** Forgets what was prepared for an attempt that failed; the backend that was asked beside it is not asked again. */
    void drop(Route route) {
        Hedge before = hedge;
        hedge = null;
        if (before != null) {
            before.disarm();
            Choice other = before.choice();
            if (other != null) {
                route.taken(other.backend());
            }
        }
    }

    /** Nothing begins any more. From any thread; harmless when repeated. */
    void disarm() {
        Hedge prepared = hedge;
        if (prepared != null) {
            prepared.disarm();
        }
    }

    /** What is left of limits after some time. */
    static CallLimits within(CallLimits limits, long remaining) {
        return limits.withTotalAtMost(Duration.ofNanos(Math.max(1, remaining)));
    }
}

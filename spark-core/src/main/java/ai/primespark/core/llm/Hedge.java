package ai.primespark.core.llm;

import ai.primespark.core.llm.observe.CallWatch;
import ai.primespark.core.llm.observe.RequestMdc;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.RouteTrace.Readiness;
import ai.primespark.spi.CallLimits;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A second attempt, made beside a first one that takes longer to begin than it usually does. It reads, on a thread of its own,
 * until its first piece of an answer; {@link CallState} decides which of the two was first, and whoever lost is broken off.
 * From then on the call's reading thread reads on. Thread-safe.
 */
final class Hedge {

    private static final Logger log = LoggerFactory.getLogger(Hedge.class);

    private static final long SHORTEST_PAUSE = Duration.ofMillis(10).toNanos();

    private final RouterContext context;
    private final CallState state;
    private final Waiter waiter;
    private final Attempt primary;
    private final Way way;
    private final AtomicBoolean disarmed = new AtomicBoolean();
    private volatile @Nullable Future<?> timer;
    private volatile @Nullable Choice choice;
    private volatile @Nullable LlmEvent first; // set before the state lets anybody see the attempt

    /**
     * What a hedge may do.
     *
     * @param others backends that have not been tried, best first
     * @param allowed whether the call may go to a backend at this moment
     * @param gate knows what to expect of a backend
     * @param opener opens the attempt
     * @param watch follows the call
     */
    record Way(
            List<Choice> others,
            Predicate<BackendHandle> allowed,
            Gate gate,
            Function<BackendHandle, Opening> opener,
            CallWatch watch) {}

    /**
     * What to ask a backend.
     *
     * @param request with the model's name there
     * @param limits what is left of them
     */
    record Opening(LlmRequest request, CallLimits limits) {}

    private Hedge(RouterContext context, CallState state, Waiter waiter, Attempt primary, Way way) {
        this.context = context;
        this.state = state;
        this.waiter = waiter;
        this.primary = primary;
        this.way = way;
    }

    /** Prepares one for the moment at which the attempt is late. Gives null when it is not known when that is. */
    static @Nullable Hedge arm(RouterContext context, CallState state, Waiter waiter, Attempt primary, Way way) {
        long slow = primary.backend().knowledge().slowFirstToken(primary.model());
        if (slow < 0 || way.others().isEmpty()) {
            return null;
        }
        Hedge hedge = new Hedge(context, state, waiter, primary, way);
        hedge.comeBack(slow, slow - primary.nanos());
        return hedge;
    }

    private void comeBack(long slow, long after) {
        try {
            timer = context.scheduler().schedule(() -> fire(slow), after, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("no second attempt: everything is being closed");
        }
    }

    /** Does not begin any more, if it has not. */
    void disarm() {
        disarmed.set(true);
        Future<?> waiting = timer;
        if (waiting != null) {
            waiting.cancel(false);
        }
    }

    /** The backend it went to; null when it has not begun. */
    @Nullable
    Choice choice() {
        return choice;
    }

    /** The first piece of its answer, once it has won. */
    LlmEvent first() {
        return Objects.requireNonNull(first);
    }

    private void fire(long slow) {
        if (disarmed.get() || !state.isRunning(primary) || primary.firstTokenNanos() >= 0) {
            return;
        }
        if (!primary.isReading()) { // its consumer does something else, so nobody knows whether it is late
            comeBack(slow, Math.max(slow, SHORTEST_PAUSE));
            return;
        }
        try {
            context.blocking().execute(() -> {
                String before = RequestMdc.enter(way.watch().requestId());
                try {
                    begin(slow);
                } catch (RuntimeException | Error e) { // must not go unseen: nobody asks for this task's result
                    log.warn("a second attempt failed by a fault of its own", e);
                } finally {
                    RequestMdc.leave(before);
                }
            });
        } catch (RejectedExecutionException e) {
            log.debug("no thread is free for a second attempt");
        }
    }

    private void begin(long slow) {
        Hedging hedging = context.hedging();
        if (!hedging.isPowered()) {
            return;
        }
        Choice backup = null;
        for (Choice other : way.others()) {
            BackendHandle backend = other.backend();
            if (way.allowed().test(backend)
                    && Hedging.suits(primary.backend(), backend, way.gate().forecast(backend))) {
                backup = other;
                break;
            }
        }
        if (backup == null || !hedging.spend()) {
            return;
        }
        BackendHandle backend = backup.backend();
        Bill bill = way.gate().bill(backend);
        if (bill.enter() != null) {
            hedging.refund();
            return;
        }
        Opening opening = way.opener().apply(backend);
        String reason = "hedge: '" + primary.backend().id() + "' had not begun after " + slow / 1_000_000
                + " ms, which is longer than in 95 of 100 calls";
        Entry entry = new Entry(way.gate().work(), Readiness.WARM, null, true, bill);
        Attempt attempt = new Attempt(backend, opening.request().model().orElse(""), reason, entry, way.watch());
        if (!state.beginHedge(primary, attempt)) {
            attempt.leave(outrun(backend));
            hedging.refund();
            return;
        }
        choice = new Choice(backend, reason, backup.forecast()); // before the attempt can have failed or won
        hedging.begun();
        run(attempt, opening);
    }

    private void run(Attempt attempt, Opening opening) {
        LlmEvent event;
        try {
            attempt.open(opening.request(), opening.limits());
            if (!state.isHedge(attempt)) { // whoever dropped it may not have seen the backend's call yet
                attempt.breakOff();
                return;
            }
            do {
                event = attempt.next();
            } while (!isAnswer(event));
        } catch (LlmException failure) {
            if (state.hedgeFailed(attempt, failure)) {
                attempt.breakOff();
                attempt.leave(failure);
                waiter.wake();
            }
            return;
        }
        first = event;
        LlmException why = outrun(primary.backend());
        CallState.Verdict verdict = state.hedgeBegan(attempt, why);
        if (verdict.mine()) {
            context.hedging().won();
            Attempt loser = verdict.loser();
            if (loser != null) {
                leave(loser, why);
            }
            waiter.wake();
        } else {
            attempt.breakOff(); // left by whoever decided
        }
    }

    /** Gives up the attempt that was not first. */
    static void leave(Attempt loser, LlmException why) {
        loser.outrun();
        loser.breakOff();
        loser.leave(why);
    }

    static LlmException outrun(BackendHandle loser) {
        return LlmException.builder(
                        LlmException.Kind.CANCELLED,
                        loser.id(),
                        "was broken off, because the attempt beside it began sooner")
                .build();
    }

    /** Whether an event is a part of an answer, or its end, rather than news of a way there. */
    static boolean isAnswer(LlmEvent event) {
        return !(event instanceof LlmEvent.Routed
                || event instanceof LlmEvent.FailedOver
                || event instanceof LlmEvent.Restarted
                || event instanceof LlmEvent.Continued);
    }
}

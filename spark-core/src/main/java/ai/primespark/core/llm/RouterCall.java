package ai.primespark.core.llm;

import ai.primespark.core.llm.budget.BudgetAccount;
import ai.primespark.core.llm.observe.CallWatch;
import ai.primespark.core.llm.observe.RequestMdc;
import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Thinking;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.CallLimits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One call on its way over backends. It begins when its consumer first asks for an event, and goes on only while its consumer
 * does, on the consumer's thread.
 *
 * <p>How it ended is decided once, in its {@link CallState}: by the reading thread with an answer or a failure, by any thread
 * that closes it, or by the watchdog. All that was taken (admission, circuit, flight) is given back by {@link #abort()}, which
 * the skeleton calls at the end.
 */
final class RouterCall extends AbstractLlmCall implements RunningCalls.Running {

    private final RouterContext context;
    private final LlmRequest request;
    private final CallLimits limits;
    private final long startedAt = System.nanoTime();
    private final String logicalModel;
    private final CallState state;
    private final CallWatch watch;
    private final Waiter waiter = new Waiter();
    private final Backup backup;
    private final Handover handover;
    private final Gate gate;
    private final KnownAnswers known;

    // What follows belongs to the reading thread.
    private final Queue<LlmEvent> pending = new ArrayDeque<>(4);
    private boolean begun;
    private @Nullable Route route;
    private @Nullable Choice choice;
    private @Nullable Replay replay;
    private @Nullable Attempt asked; // the one that events are read from
    private @Nullable LlmEvent held; // the first event of an attempt, which its announcement goes before
    private boolean asksLarger; // whether the model that is wanted has its turn
    private boolean sought; // whether it was looked for what could be told offline
    private @Nullable StepDown ahead; // smaller models that are asked first, while power is short
    private @Nullable StepDown down; // once nobody could answer with the model that is wanted
    private @Nullable Attempt smaller; // the latest with another model than the one that is wanted
    private long freeAfter =
            Long.MAX_VALUE; // nanoseconds after which a backend without a place may have one; 0 for some time

    RouterCall(RouterContext context, LlmRequest request, CallWatch watch, CallLimits limits) {
        super(context.self(), onlyTotal(limits.total()), context.scheduler(), context.blocking());
        this.context = context;
        this.request = request;
        this.limits = limits;
        this.logicalModel = context.models().logical(request.model().orElse(null));
        this.state = new CallState(
                new TraceBuilder(watch.requestId(), context.order().name(), startedAt));
        this.watch = watch;
        this.backup = new Backup(context, state, waiter);
        this.handover = new Handover(request, limits.outputChars());
        this.known = new KnownAnswers(context, state, request, logicalModel, waiter);
        this.gate = gate(logicalModel, context.queueWait());
    }

    private Gate gate(String model, Duration queueWait) {
        return new Gate(
                context,
                waiter,
                model,
                Workload.of(request),
                limits,
                queueWait,
                mostAnswerTokens(request, limits),
                backend -> context.order().barrier(backend, request));
    }

    /** Each attempt has limits of its own, which lead to the next backend; only the total one ends the call. */
    private static CallLimits onlyTotal(Duration total) {
        return new CallLimits(total, total, total, total, total, Integer.MAX_VALUE);
    }

    /** How long the answer may become, for what it is expected to use up; 0 when the request does not say. */
    private static long mostAnswerTokens(LlmRequest request, CallLimits limits) {
        Integer asked = request.sampling().maxTokens();
        return asked == null ? 0 : Math.min(asked, limits.outputChars());
    }

    @Override
    public void cancel() {
        close();
    }

    @Override
    public boolean hasEnded() {
        return state.hasEnded();
    }

    @Override
    protected LlmEvent pull() throws InterruptedException {
        known.entered();
        try {
            LlmEvent event;
            do {
                event = step();
            } while (event == null);
            return event;
        } finally {
            known.left();
        }
    }

    /** The next event, or null; with the request's id for the log, except while text streams, when nobody has much to say. */
    private @Nullable LlmEvent step() throws InterruptedException {
        if (handover.any() && asked != null && state.attempt() == asked) {
            return next();
        }
        String before = RequestMdc.enter(watch.requestId());
        try {
            if (!begun) {
                begun = true;
                begin();
            }
            return next();
        } finally {
            RequestMdc.leave(before);
        }
    }

    private void begin() throws InterruptedException {
        if (!context.running().enter(this)) {
            throw failure(Kind.CANCELLED, closedMessage()).build();
        }
        if (state.hasEnded()) { // abort() may have been there before us
            context.running().leave(this);
            state.throwIfEnded();
        }
        replay = known.same();
    }

    /** The next event; null when the call went a step further without one. */
    private @Nullable LlmEvent next() throws InterruptedException {
        state.throwIfEnded();
        LlmEvent ready = pending.poll();
        if (ready != null) {
            return ready;
        }
        if (replay != null) {
            return replayed(replay);
        }
        Attempt running = state.attempt();
        if (running == null) {
            goOn();
            return null;
        }
        if (running != asked) {
            return adopt(running);
        }
        if (handover.isFull()) {
            return answered(
                    running,
                    done(FinishReason.LENGTH, running.model(), Usage.NONE, Timings.NONE, List.of())
                            .response());
        }
        LlmEvent first = held;
        if (first != null) {
            held = null;
            return relay(running, first);
        }
        LlmEvent event;
        try {
            event = running.next();
        } catch (LlmException failure) {
            leave(running, failure);
            return null;
        }
        if (handover.isSeam(running, event)) {
            held = event;
            return new LlmEvent.Continued(running.backend().id());
        }
        return backup.isFirst(running, event) ? relay(running, event) : null;
    }

    /** Goes on with the attempt that has won against the one before. */
    private LlmEvent adopt(Attempt winner) {
        Hedge won = backup.takeWinner();
        asked = winner;
        choice = Objects.requireNonNull(won.choice());
        if (route != null) {
            route.taken(winner.backend());
        }
        watch.adopted(winner.backend().info());
        held = won.first();
        return new LlmEvent.Routed(winner.backend().id(), winner.backend().zone(), winner.model(), winner.reason());
    }

    private void goOn() throws InterruptedException {
        backup.await(remaining());
        if (state.attempt() != null) {
            return;
        }
        Route way = route;
        if (way == null) {
            replay = known.inFront(remaining());
            if (replay != null) {
                return;
            }
            Plan plan = context.order().plan(request, remaining());
            state.planned(plan);
            way = new Route(
                    plan.choices(),
                    context.retries(),
                    context.retryBackoff(),
                    next -> gate.forecast(next.backend()).nanos());
            route = way;
        }
        backup.drop(way);
        if (askSmaller(way)) {
            return;
        }
        Route.Step step;
        while (down == null && (step = way.next(remaining())) != null) {
            if (step.waitNanos() > 0) {
                waiter.pause(step.waitNanos(), () -> false);
                state.throwIfEnded();
            }
            if (ask(step.choice(), step.first())) {
                return;
            }
        }
        if (stepDown(way) || tellStored()) {
            return;
        }
        Choice last;
        while ((last = way.lastResort()) != null) {
            if (ask(last, false)) {
                return;
            }
        }
        throw refusal(way);
    }

    /** Why there is no answer: all were busy, only budgets stood in the way, or nobody could. */
    private LlmException refusal(Route way) {
        String message = state.explain(further());
        LlmException last = way.lastFailure();
        if (remaining() <= 0) { // the last one's limits were what was left of the call's
            return failure(Kind.TIMEOUT, late()).cause(last).build();
        }
        if (last == null && freeAfter != Long.MAX_VALUE) {
            return failure(Kind.OVERLOADED, message)
                    .retryAfter(freeAfter > 0 ? Duration.ofNanos(freeAfter) : way.retryAfter())
                    .build();
        }
        BudgetAccount.Block spent = last == null ? context.order().onlyBudgets(request) : null;
        return spent == null
                ? failure(Kind.NO_BACKEND, message)
                        .retryAfter(way.retryAfter())
                        .cause(last == null ? way.failureBeside() : last)
                        .build()
                : failure(Kind.BUDGET, message).retryAfter(spent.remaining()).build();
    }

    /** Asks for smaller models before the one that is wanted, while power is short. Gives false when none is left. */
    private boolean askSmaller(Route way) throws InterruptedException {
        StepDown steps = ahead;
        if (steps == null
                && down == null
                && !asksLarger
                && !request.urgent()
                && context.thrift().smallerModels()) {
            steps = new StepDown(context, request, logicalModel, way, "power is short");
            ahead = steps;
        }
        if (steps != null && !asksLarger && ask(steps)) {
            return true;
        }
        asksLarger = true;
        return false;
    }

    /** Asks for smaller models, once nobody could answer with the one that is wanted. Gives false when none is left. */
    private boolean stepDown(Route way) throws InterruptedException {
        StepDown steps = down;
        if (steps == null) {
            String reason = "'" + logicalModel + "' gave no answer";
            steps = ahead == null ? new StepDown(context, request, logicalModel, way, reason) : ahead;
            down = steps;
        }
        return ask(steps);
    }

    private boolean ask(StepDown steps) throws InterruptedException {
        StepDown.Step step;
        while ((step = steps.next(remaining())) != null) {
            if (ask(step.choice(), false, step.model(), gate(step.model(), Duration.ZERO))) {
                return true;
            }
        }
        return false;
    }

    /** Asks a backend. Gives false when it did not let us in, or failed at once. */
    private boolean ask(Choice next, boolean first) throws InterruptedException {
        return ask(next, first, logicalModel, gate);
    }

    private boolean ask(Choice next, boolean first, String logical, Gate entrance) throws InterruptedException {
        BackendHandle backend = next.backend();
        long remaining = remaining();
        if (remaining <= 0) {
            throw failure(Kind.TIMEOUT, late()).build();
        }
        String obstacle =
                context.order().barrier(backend, request); // things change, and privacy is asked for every time
        Entry entry = null;
        if (obstacle == null) {
            List<Choice> others = first && route != null ? route.untried() : List.of();
            Gate.Pass pass = entrance.enter(backend, others, remaining);
            entry = pass.entry();
            obstacle = entry == null ? pass.obstacle() : null;
            if (pass.busy()) {
                freeAfter = Math.min(freeAfter, pass.passes());
                if (first && route != null) {
                    route.busy(next);
                }
            }
        }
        if (obstacle != null) {
            state.throwIfEnded();
            state.skip(backend, obstacle);
            return false;
        }
        String model = context.models().on(backend.id(), logical);
        Attempt now = new Attempt(backend, model, next.reason(), entry, watch);
        smaller = logical.equals(logicalModel) ? null : now;
        if (!state.begin(now)) {
            now.leave(state.failure());
            state.throwIfEnded();
        }
        choice = next;
        asked = now;
        try {
            LlmRequest there = requestFor(model);
            CallLimits left = Backup.within(limits, remaining());
            if (!handover.resume(now, there, textDelivered(), left)) {
                now.open(there, left);
            }
        } catch (LlmException failure) {
            leave(now, failure);
            return false;
        }
        if (state.hasEnded()) { // whoever ended us may not have seen the backend's call yet
            now.breakOff();
            state.throwIfEnded();
        }
        if (route != null && smaller == null && !now.isResumed()) {
            backup.arm(now, new Hedge.Way(route.untried(), this::isAllowed, gate, this::opening, watch));
        }
        takenOver(backend.id(), now.isResumed());
        pending.add(new LlmEvent.Routed(backend.id(), backend.zone(), model, now.reason()));
        return true;
    }

    private boolean isAllowed(BackendHandle backend) {
        return context.order().barrier(backend, request) == null;
    }

    private Hedge.Opening opening(BackendHandle backend) {
        String model = context.models().on(backend.id(), logicalModel);
        return new Hedge.Opening(requestFor(model), Backup.within(limits, remaining()));
    }

    private LlmRequest requestFor(String model) {
        boolean same = model.equals(request.model().orElse(""));
        boolean quiet = request.thinking() == Thinking.DEFAULT
                && !request.urgent()
                && context.thrift().thinkingOff();
        if (same && !quiet) {
            return request;
        }
        return request.toBuilder()
                .model(model)
                .thinking(quiet ? Thinking.OFF : request.thinking())
                .build();
    }

    private void takenOver(String backend, boolean resumed) {
        if (handover.takenOver(backend, resumed, pending)) {
            discardText();
        }
    }

    /** An attempt failed: either the call fails with it, or the next backend's turn comes. */
    private void leave(Attempt running, LlmException failure) {
        if (!state.failed(running, failure)) {
            return; // another attempt was sooner
        }
        running.breakOff();
        running.leave(failure);
        boolean again = handover.failed(running, failure, charsDelivered());
        // what a stand-in refuses says nothing about the model that is wanted
        boolean refused = running == smaller && (failure.kind() == Kind.REJECTED || failure.kind() == Kind.PRIVACY);
        if (!again && (!failure.retryable() && !refused || handover.isFinal())) {
            throw failure;
        }
        Route way = route;
        Choice its = choice;
        if (way != null && running == smaller) {
            way.failedBeside(failure);
        } else if (way != null && its != null && again) {
            way.again(its, failure);
        } else if (way != null && its != null) {
            way.failed(its, failure, running.firstTokenNanos() < 0);
        }
    }

    private boolean tellStored() throws InterruptedException {
        if (sought) {
            return false;
        }
        sought = true;
        replay = known.offline(remaining());
        if (replay != null) {
            takenOver(replay.answer().backend(), false);
        }
        return replay != null;
    }

    private @Nullable LlmEvent relay(Attempt running, LlmEvent event) {
        if (event instanceof LlmEvent.Done done) {
            return answered(running, done.response());
        }
        if (!Hedge.isAnswer(event)) {
            if (event instanceof LlmEvent.Restarted) {
                handover.forget();
                discardText();
            }
            return event;
        }
        return handover.deliver(event, charsDelivered());
    }

    private LlmEvent answered(Attempt running, LlmResponse response) {
        LlmResponse given = running.isResumed() ? joined(response) : response;
        AnswerSource source = running == smaller
                ? AnswerSource.SMALLER_MODEL
                : running.backend().lastResort() ? AnswerSource.RECALL : AnswerSource.LIVE;
        LlmResponse whole = state.answered(running, source, trace -> running.answer(given, trace));
        running.breakOff();
        running.leave(null);
        if (!running.isResumed()) { // what two hosts wrote is not what one would write
            known.store(whole);
        }
        return new LlmEvent.Done(whole);
    }

    /** The whole of an answer of which a backend gave the last part. What the ones before used up, they could not say. */
    private LlmResponse joined(LlmResponse last) {
        return done(last.finish(), last.model(), last.usage(), last.timings(), last.sources())
                .response();
    }

    private LlmEvent replayed(Replay source) {
        LlmEvent piece = source.next();
        return piece != null
                ? piece
                : new LlmEvent.Done(state.answered(null, source.source(), source.answer()::withTrace));
    }

    /** What was tried besides backends, for whoever gets no answer. */
    private List<String> further() {
        List<String> further = new ArrayList<>(3);
        if (down != null) {
            further.add(down.words());
        }
        further.add(known.words());
        if (!context.order().hasLastResort()) {
            further.add("there is no backend that answers without a model, such as recall");
        }
        return further;
    }

    @Override
    protected LlmException refine(LlmException failure) {
        boolean closed = failure.kind() == Kind.CANCELLED && context.running().isClosed();
        return state.fail(failure, textDelivered(), closed ? closedMessage() : null);
    }

    @Override
    protected void abort() {
        LlmException failure = state.failure();
        waiter.end();
        Attempt left = state.takeAbandoned();
        if (left != null) {
            left.breakOff();
            left.leave(failure);
        }
        backup.disarm();
        Attempt beside = state.takeAbandonedHedge();
        if (beside != null) {
            beside.breakOff();
            beside.leave(failure);
        }
        known.end(failure == null);
        context.running().leave(this);
        RouteTrace whole = state.takeFinalTrace();
        if (whole != null) {
            Kind error = failure == null ? null : failure.kind();
            context.ledger().ended(whole, error);
            if (known.missed() && whole.source() != AnswerSource.CACHE && whole.source() != AnswerSource.STALE_CACHE) {
                context.ledger().missed();
            }
            watch.ended(whole, state.answer(), error);
        }
    }

    private String late() {
        return "the call took longer than its total limit of " + limits.total();
    }

    private long remaining() {
        return limits.total().toNanos() - (System.nanoTime() - startedAt);
    }

    static String closedMessage() {
        return "Prime Spark was closed; open a new instance to ask again";
    }
}

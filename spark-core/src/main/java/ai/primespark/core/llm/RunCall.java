package ai.primespark.core.llm;

import ai.primespark.core.llm.observe.RequestMdc;
import ai.primespark.core.llm.observe.Span;
import ai.primespark.core.llm.schema.Shape;
import ai.primespark.core.llm.tools.ToolBatch;
import ai.primespark.core.llm.tools.ToolHost;
import ai.primespark.core.llm.tools.ToolSet;
import ai.primespark.llm.AnswerFormatException;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.LlmResult;
import ai.primespark.llm.LlmRun;
import ai.primespark.llm.Message;
import ai.primespark.llm.StepLimitException;
import ai.primespark.llm.ToolResult;
import ai.primespark.llm.Toolbox;
import ai.primespark.llm.Transcript;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.CallLimits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A conversation between the router and tools. Goes on only while its consumer does, on the consumer's thread, except for the
 * tools, which have threads of their own. Each step is a call of the router in its own right, with its own routing, failover and
 * trace; the limits of the whole are this call's.
 */
final class RunCall<T> extends AbstractLlmCall implements LlmRun<T>, RunningCalls.Running {

    private static final Logger log = LoggerFactory.getLogger(RunCall.class);

    private final RouterContext context;
    private final StepRequests requests;
    private final Toolbox toolbox;
    private final ToolSet tools;
    private final ToolHost host;
    private final @Nullable Shape shape;
    private final Function<LlmRequest, LlmCall> router;
    private final Duration total;
    private final long startedAt = System.nanoTime();

    // What other threads look at.
    private final Span span;
    private volatile LlmException.@Nullable Kind failed;
    private volatile boolean aborted;
    private volatile @Nullable LlmCall answering;
    private volatile @Nullable ToolBatch batch;
    private volatile Transcript transcript;
    private volatile @Nullable LlmResult<T> result;

    // What follows belongs to the reading thread.
    private final Queue<LlmEvent> pending = new ArrayDeque<>(2);
    private final List<Message> messages;
    private @Nullable Iterator<LlmEvent> events;
    private @Nullable LlmResponse asking; // the answer whose tools are running
    private boolean begun;
    private boolean formOnly; // tools are done with, and the form is what is asked for
    private boolean anew; // the cache gave an answer that is of no use
    private int toolSteps;
    private int reAsksLeft;

    RunCall(
            RouterContext context,
            StepRequests requests,
            Toolbox toolbox,
            ToolSet tools,
            ToolHost host,
            @Nullable Shape shape,
            int reAsks,
            Function<LlmRequest, LlmCall> router) {
        this(
                context,
                requests,
                toolbox,
                tools,
                host,
                shape,
                reAsks,
                router,
                total(context, requests),
                context.reports().run());
    }

    private RunCall(
            RouterContext context,
            StepRequests requests,
            Toolbox toolbox,
            ToolSet tools,
            ToolHost host,
            @Nullable Shape shape,
            int reAsks,
            Function<LlmRequest, LlmCall> router,
            Duration total,
            Span span) {
        super(
                context.self(),
                new CallLimits(total, total, total, total, total, Integer.MAX_VALUE),
                context.scheduler(),
                context.blocking());
        this.context = context;
        this.requests = requests;
        this.toolbox = toolbox;
        this.tools = tools;
        this.host = host;
        this.shape = shape;
        this.router = router;
        this.total = total;
        this.reAsksLeft = reAsks;
        this.span = span;
        this.messages = new ArrayList<>(requests.original().messages());
        this.transcript = new Transcript(messages, List.of());
    }

    private static Duration total(RouterContext context, StepRequests requests) {
        Duration configured = context.limits().total();
        Duration asked = requests.original().timeout().orElse(configured);
        return asked.compareTo(configured) < 0 ? asked : configured;
    }

    @Override
    public LlmResult<T> result() {
        var unused = await();
        return Objects.requireNonNull(result, "an answered run has a result");
    }

    @Override
    public CompletableFuture<LlmResult<T>> resultFuture() {
        CompletableFuture<LlmResult<T>> promise = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
                boolean cancelled = super.cancel(mayInterruptIfRunning);
                close();
                return cancelled;
            }
        };
        var unused = future().whenComplete((answer, failure) -> {
            if (failure != null) {
                promise.completeExceptionally(failure);
            } else {
                promise.complete(Objects.requireNonNull(result));
            }
        });
        return promise;
    }

    @Override
    public Transcript transcript() {
        return transcript;
    }

    @Override
    public void cancel() {
        close();
    }

    @Override
    public boolean hasEnded() {
        return aborted;
    }

    @Override
    protected LlmEvent pull() throws InterruptedException {
        if (!begun) {
            begun = true;
            if (!context.running().enter(this)) {
                throw failure(LlmException.Kind.CANCELLED, RouterCall.closedMessage())
                        .build();
            }
        }
        LlmEvent event = null;
        while (event == null) {
            if (aborted) { // abort() may have been there before what it should have broken off
                context.running().leave(this);
                throw failure(LlmException.Kind.CANCELLED, "the run was cancelled")
                        .build();
            }
            event = next();
        }
        tell(event);
        return event;
    }

    /** The next event; null when the run went a step further without one. */
    private @Nullable LlmEvent next() throws InterruptedException {
        LlmEvent ready = pending.poll();
        if (ready != null) {
            return ready;
        }
        ToolBatch work = batch;
        if (work != null) {
            LlmEvent event = work.next();
            if (event == null && !aborted) {
                takeResults(work.results());
            }
            return event;
        }
        Iterator<LlmEvent> answer = events;
        if (answer == null) {
            ask();
            return null;
        }
        LlmEvent event = answer.next();
        if (event instanceof LlmEvent.Done done) {
            events = null;
            return answered(done.response());
        }
        if (event instanceof LlmEvent.Restarted) {
            discardText();
        }
        return event;
    }

    private void ask() {
        Duration remaining = total.minusNanos(System.nanoTime() - startedAt);
        if (remaining.isNegative() || remaining.isZero()) {
            throw failure(LlmException.Kind.TIMEOUT, "the run took longer than its total limit of " + total)
                    .build();
        }
        discardText();
        LlmCall call = openStep(requests.next(messages, remaining, formOnly, anew));
        answering = call;
        if (aborted) {
            call.close();
        }
        events = call.iterator();
    }

    private LlmCall openStep(LlmRequest request) {
        try (Span.Scope scope = span.enter()) { // a step is a part of the run, whoever reads it
            return router.apply(request);
        } catch (IllegalStateException e) { // closed meanwhile, by somebody who is about to tell us
            throw failure(LlmException.Kind.CANCELLED, RouterCall.closedMessage())
                    .cause(e)
                    .build();
        }
    }

    /** A step's answer is complete: it asks for tools, is the final one, or is to be given again. */
    private @Nullable LlmEvent answered(LlmResponse response) {
        messages.add(Message.assistant(response));
        step(response, List.of());
        if (!response.toolCalls().isEmpty()) {
            switch (response.finish()) {
                case LENGTH ->
                    throw unusable(
                            "asks for tools but was cut at its length limit, so none was run; raise maxTokens",
                            response);
                case FILTERED -> throw unusable("asks for tools but was cut by a filter, so none was run", response);
                default -> {}
            }
            return useTools(response);
        }
        if (shape == null) {
            @SuppressWarnings("unchecked") // any text was wanted
            T text = (T) response.text();
            return end(text, response);
        }
        switch (response.finish()) {
            case LENGTH ->
                throw unusable(
                        "was cut at its length limit, so it was not read; raise maxTokens or ask for less", response);
            case FILTERED ->
                throw unusable(
                        "was withheld or cut by a filter of the server or the model, so it was not read; ask differently,"
                                + " or another model",
                        response);
            default -> {}
        }
        Shape.Reading reading = shape.read(response.text());
        Object read = reading.value();
        if (read != null) {
            @SuppressWarnings("unchecked") // the shape was made for this type
            T value = (T) read;
            return end(value, response);
        }
        askAgain(reading, shape, response);
        return null;
    }

    private LlmEvent end(T value, LlmResponse response) {
        result = new LlmResult<>(value, response, transcript);
        return new LlmEvent.Done(response);
    }

    private @Nullable LlmEvent useTools(LlmResponse response) {
        toolSteps++;
        if (toolSteps >= toolbox.stepLimit()) {
            throw new StepLimitException(
                    "the model still asked for tools in answer " + toolSteps
                            + ", which is as many as the toolbox allows;"
                            + " raise its stepLimit, or go on with the transcript",
                    transcript,
                    response);
        }
        Executor executor = RequestMdc.over(context.blocking(), response.trace().requestId(), span);
        ToolBatch work = new ToolBatch(toolbox, tools, response.toolCalls(), executor, host);
        asking = response;
        batch = work;
        if (aborted) {
            work.cancel();
        } else {
            work.begin();
        }
        return new LlmEvent.StepEnded(transcript.steps().size(), response);
    }

    private void takeResults(List<ToolResult> results) {
        batch = null;
        for (ToolResult result : results) {
            messages.add(Message.tool(result.invocation(), result.content()));
        }
        List<Transcript.Step> steps = new ArrayList<>(transcript.steps());
        steps.set(steps.size() - 1, new Transcript.Step(Objects.requireNonNull(asking), results));
        transcript = new Transcript(messages, steps);
        anew = false;
    }

    /** The answer does not fit: another way to ask is found, or the run fails. */
    private void askAgain(Shape.Reading reading, Shape form, LlmResponse response) {
        if (response.degraded()) {
            throw unusable("comes from a backend without a model, which cannot give it a form", response);
        }
        if (response.cached() && !anew) {
            anew = true;
            messages.remove(messages.size() - 1); // the same question again, to somebody who can think about it
        } else if (!formOnly && !tools.declarations().isEmpty()) {
            formOnly = true; // until now the form was only asked for
            anew = false;
            messages.add(StepRequests.complaint(reading.violations()));
        } else if (reAsksLeft > 0) {
            reAsksLeft--;
            anew = false;
            messages.add(StepRequests.complaint(reading.violations()));
        } else {
            int count = reading.violations().size();
            throw new AnswerFormatException(
                    "the answer of backend '" + response.backend() + "' does not fit the schema of " + form.name()
                            + ": " + count + (count == 1 ? " violation, at " : " violations, the first at ")
                            + reading.violations().get(0).place(),
                    reading.violations(),
                    transcript,
                    response,
                    reading.cause());
        }
        transcript = new Transcript(messages, transcript.steps());
        pending.add(new LlmEvent.StepEnded(transcript.steps().size(), response));
    }

    private AnswerFormatException unusable(String why, LlmResponse response) {
        return new AnswerFormatException(
                "the answer of backend '" + response.backend() + "' " + why, List.of(), transcript, response, null);
    }

    private void step(LlmResponse response, List<ToolResult> results) {
        List<Transcript.Step> steps = new ArrayList<>(transcript.steps());
        steps.add(new Transcript.Step(response, results));
        transcript = new Transcript(messages, steps);
    }

    private void tell(LlmEvent event) {
        try {
            toolbox.listener().accept(event);
        } catch (RuntimeException e) { // an observer's fault must not end a run
            log.warn(
                    "the toolbox's listener failed on {}: {}",
                    event.getClass().getSimpleName(),
                    e.getClass().getName());
        }
    }

    @Override
    protected LlmException refine(LlmException failure) {
        failed = failure.kind();
        boolean closed = failure.kind() == LlmException.Kind.CANCELLED
                && context.running().isClosed();
        return closed
                ? failure(LlmException.Kind.CANCELLED, RouterCall.closedMessage())
                        .build()
                : failure;
    }

    @Override
    protected void abort() {
        aborted = true;
        LlmCall call = answering;
        if (call != null) {
            call.close();
        }
        ToolBatch work = batch;
        if (work != null) {
            work.cancel();
        }
        context.running().leave(this);
        context.reports().runEnded(span, transcript.steps().size(), failed);
    }
}

package ai.primespark.spi;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Source;
import ai.primespark.llm.Timings;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.Usage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The skeleton of a call: one terminal outcome, limits, cancelling, collecting, and the three ways of consuming. A subclass says
 * how the next event is read, and how that is broken off.
 *
 * <p>The consumer's thread reads from the server ({@link #pull()}); there is no thread and no queue in between. A watchdog on the
 * scheduler calls {@link #abort()} when a limit is over, because the JDK's request timeout ends at the response's headers.
 */
public abstract class AbstractLlmCall implements LlmCall {

    private final BackendInfo info;
    private final CallLimits limits;
    private final Executor executor;
    private final CallWatchdog watchdog;

    private final ReentrantLock pulling = new ReentrantLock();

    @SuppressWarnings("JdkObsolete") // changed under pulling, and read at the same time by whoever ends the call
    private final StringBuffer text = new StringBuffer();

    private final StringBuilder thinking = new StringBuilder(); // guarded by pulling
    private final List<ToolInvocation> toolCalls = new ArrayList<>(); // guarded by pulling

    /** The one outcome: an LlmResponse or an LlmException. Whoever sets it first has decided. */
    private final AtomicReference<@Nullable Object> outcome = new AtomicReference<>();

    private final AtomicBoolean subscribed = new AtomicBoolean();
    private final AtomicReference<@Nullable CompletableFuture<LlmResponse>> future = new AtomicReference<>();
    private volatile int delivered;
    private boolean full; // guarded by pulling

    /**
     * Makes a call. The total limit counts from now, the others while somebody waits.
     *
     * @param info the backend
     * @param limits how long things may take
     * @param scheduler for the watchdog; its tasks are short
     * @param executor where {@link #future()} and subscriptions read
     */
    protected AbstractLlmCall(
            BackendInfo info, CallLimits limits, ScheduledExecutorService scheduler, Executor executor) {
        this.info = info;
        this.limits = limits;
        this.executor = executor;
        this.watchdog = new CallWatchdog(limits, scheduler, this::expire);
        this.watchdog.begin();
    }

    /**
     * Reads the next event, waiting as long as it takes. Called by one thread at a time, and not again after it returned
     * {@link LlmEvent.Done} or threw. Empty texts must not be returned.
     *
     * @return the next event; {@link LlmEvent.Done} made by {@link #done} at the end
     * @throws IOException when the connection fails; turned into {@link LlmException.Kind#RESET}
     * @throws InterruptedException when the reading thread is interrupted, which cancels the call
     * @throws LlmException for every failure that is known better
     */
    protected abstract LlmEvent pull() throws IOException, InterruptedException;

    /**
     * Breaks off what {@link #pull()} is waiting for and releases the connection. Called once at least when the call ends, from
     * any thread; must not wait, and must be harmless when repeated.
     */
    protected abstract void abort();

    /**
     * Says that the server gave a sign of life that is no event, such as an empty chunk. Keeps the silence limit from ending
     * the call.
     */
    protected final void alive() {
        watchdog.alive();
    }

    /**
     * How much text has been delivered.
     *
     * @return characters since the start, or since the last {@link #discardText()}
     */
    protected final int charsDelivered() {
        return delivered;
    }

    /**
     * The text that has been delivered.
     *
     * @return all of it since the start, or since the last {@link #discardText()}
     */
    protected final String textDelivered() {
        return text.toString();
    }

    /** Forgets the text collected so far, because the answer begins again. Call it from {@link #pull()} only. */
    protected final void discardText() {
        text.setLength(0);
        thinking.setLength(0);
        toolCalls.clear();
        delivered = 0;
    }

    /**
     * Makes the last event from what was delivered.
     *
     * @param finish why the answer ended; tool calls turn {@code STOP} into {@code TOOL_CALLS}
     * @param model the model that answered, by its name there
     * @param usage tokens
     * @param timings the server's own measures
     * @param sources what the answer quotes
     * @return the event
     */
    protected final LlmEvent.Done done(
            FinishReason finish, String model, Usage usage, Timings timings, List<Source> sources) {
        FinishReason reason = finish == FinishReason.STOP && !toolCalls.isEmpty() ? FinishReason.TOOL_CALLS : finish;
        return new LlmEvent.Done(new LlmResponse(
                text.toString(),
                thinking.toString(),
                toolCalls,
                reason,
                info.id(),
                info.zone(),
                model,
                usage,
                timings,
                sources,
                RouteTrace.DIRECT));
    }

    /**
     * Starts a failure of this call.
     *
     * @param kind what went wrong
     * @param message what failed and what to do about it; never a prompt or an answer
     * @return a builder that knows the backend and what was delivered
     */
    protected final LlmException.Builder failure(LlmException.Kind kind, String message) {
        return LlmException.builder(kind, info.id(), message).delivered(textDelivered());
    }

    /**
     * Adds facts to the outcome before anybody sees it. The default changes nothing.
     *
     * @param failure how the call failed
     * @return the failure that the consumer gets
     */
    protected LlmException refine(LlmException failure) {
        return failure;
    }

    @Override
    public final void close() {
        if (outcome.get() != null) {
            return;
        }
        end(failure(LlmException.Kind.CANCELLED, "the call was cancelled").build());
    }

    @Override
    public final LlmResponse await() {
        LlmEvent event;
        do {
            event = advance();
        } while (event != null);
        return result();
    }

    @Override
    public final CompletableFuture<LlmResponse> future() {
        CompletableFuture<LlmResponse> existing = future.get();
        if (existing != null) {
            return existing;
        }
        CompletableFuture<LlmResponse> created = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
                boolean cancelled = super.cancel(mayInterruptIfRunning);
                close();
                return cancelled;
            }
        };
        if (!future.compareAndSet(null, created)) {
            return Objects.requireNonNull(future.get());
        }
        try {
            executor.execute(() -> {
                try {
                    created.complete(await());
                } catch (Throwable e) { // must reach whoever waits for the future
                    created.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            created.completeExceptionally(noThread(e));
        }
        return created;
    }

    @Override
    public final Iterator<LlmEvent> iterator() {
        return new Iterator<>() {
            private @Nullable LlmEvent next;
            private boolean ended;

            @Override
            public boolean hasNext() {
                if (next == null && !ended) {
                    next = advance();
                    ended = next == null;
                }
                return next != null;
            }

            @Override
            public LlmEvent next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("the call has ended");
                }
                LlmEvent event = Objects.requireNonNull(next);
                next = null;
                return event;
            }
        };
    }

    @Override
    public final void subscribe(Flow.Subscriber<? super LlmEvent> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        boolean first = subscribed.compareAndSet(false, true);
        new CallSubscription(this, subscriber, executor).begin(first);
    }

    /**
     * Reads one event.
     *
     * @return null when {@code Done} was given before
     * @throws LlmException when the call failed, each time
     */
    @Nullable
    final LlmEvent advance() {
        if (outcome.get() != null) { // known, so nobody needs to wait for it, not even an interrupted thread
            return ended();
        }
        try {
            pulling.lockInterruptibly();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        try {
            if (outcome.get() != null) {
                return ended();
            }
            if (full) {
                return accept(done(FinishReason.LENGTH, "", Usage.NONE, Timings.NONE, List.of()));
            }
            watchdog.waiting();
            LlmEvent event = Objects.requireNonNull(pull(), "pull() gave no event");
            watchdog.served(isToken(event));
            return accept(event);
        } catch (LlmException e) {
            throw end(e);
        } catch (IOException e) {
            throw end(failure(
                            LlmException.Kind.RESET,
                            "the connection to '" + info.id() + "' broke: "
                                    + e.getClass().getSimpleName())
                    .cause(e)
                    .build());
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (RuntimeException | Error e) { // a fault in the backend must end the call like any other
            throw end(failure(
                            LlmException.Kind.PROTOCOL,
                            "backend '" + info.id() + "' is faulty: it threw "
                                    + e.getClass().getName())
                    .cause(e)
                    .build());
        } finally {
            pulling.unlock();
        }
    }

    private @Nullable LlmEvent ended() {
        if (outcome.get() instanceof LlmException failure) {
            throw failure;
        }
        return null;
    }

    /** Takes what fits. What is cut off is never delivered, and what is collected always was. */
    private LlmEvent take(LlmEvent.Text piece) {
        int room = limits.outputChars() - text.length();
        full = piece.text().length() > room;
        String fitting = full ? piece.text().substring(0, whole(piece.text(), room)) : piece.text();
        text.append(fitting);
        delivered = text.length();
        if (!full) {
            return piece;
        }
        return fitting.isEmpty()
                ? done(FinishReason.LENGTH, "", Usage.NONE, Timings.NONE, List.of())
                : new LlmEvent.Text(fitting);
    }

    /** Not in the middle of a surrogate pair. */
    private static int whole(String piece, int length) {
        return length > 0 && Character.isHighSurrogate(piece.charAt(length - 1)) ? length - 1 : length;
    }

    private LlmEvent accept(LlmEvent event) {
        LlmEvent accepted = event;
        if (event instanceof LlmEvent.Text piece) {
            accepted = take(piece);
        } else if (event instanceof LlmEvent.Thinking piece) {
            if (thinking.length() + piece.text().length() > limits.outputChars()) {
                accepted = done(FinishReason.LENGTH, "", Usage.NONE, Timings.NONE, List.of());
            } else {
                thinking.append(piece.text());
            }
        } else if (event instanceof LlmEvent.ToolCall call) {
            toolCalls.add(call.invocation());
        }
        if (accepted instanceof LlmEvent.Done done) {
            if (!outcome.compareAndSet(null, done.response())) {
                throw failed();
            }
            watchdog.stop();
            abort();
        } else if (outcome.get() != null) { // cancelled or expired while reading
            throw failed();
        }
        return accepted;
    }

    private static boolean isToken(LlmEvent event) {
        return !(event instanceof LlmEvent.Routed);
    }

    private LlmException interrupted() {
        Thread.currentThread().interrupt();
        return end(failure(LlmException.Kind.CANCELLED, "the waiting thread was interrupted")
                .build());
    }

    private void expire(String limit) {
        end(failure(
                        LlmException.Kind.TIMEOUT,
                        "backend '" + info.id() + "' took longer than " + limit + "; see primespark.llm.limits")
                .build());
    }

    /** Ends the call because nobody can read it. */
    final LlmException noThread(RejectedExecutionException cause) {
        return end(failure(LlmException.Kind.OVERLOADED, "no thread is free to read from '" + info.id() + "'")
                .cause(cause)
                .build());
    }

    /** Sets the outcome unless there is one, and gives the failure that stands. */
    private LlmException end(LlmException failure) {
        LlmException refined = refine(failure);
        if (outcome.compareAndSet(null, refined)) {
            watchdog.stop();
            abort();
        }
        return failed(refined);
    }

    private LlmException failed() {
        return outcome.get() instanceof LlmException failure
                ? failure
                : failure(LlmException.Kind.CANCELLED, "the call has ended").build();
    }

    private LlmException failed(LlmException otherwise) {
        return outcome.get() instanceof LlmException failure ? failure : otherwise;
    }

    private LlmResponse result() {
        Object ended = outcome.get();
        if (ended instanceof LlmResponse response) {
            return response;
        }
        throw failed();
    }

    @Override
    public final String toString() {
        Object ended = outcome.get();
        return "LlmCall[" + info.id() + ", "
                + (ended == null
                        ? "running"
                        : ended instanceof LlmException e ? e.kind().toString() : "done") + "]";
    }
}
